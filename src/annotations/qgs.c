/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the address of a quote generation service. */
#include "qgs.h"

#include <string.h>
#include <strings.h>

#include "address.h"
#include "base/text.h"

#define VSOCK "vsock:"

/* Linux linux/vm_sockets.h: CID 0 is the hypervisor's, 1 loops back, 2 is the host, the highest
 * means any; so does the highest port. */
#define HIGHEST_VSOCK 4294967294U

static int parse_inet(const char *place, const char *text, struct lsec_value *value,
                      struct lsec_problems *problems)
{
	const char *colon = strrchr(text, ':');
	struct lsec_host_name host;
	if (!lsec_host_name_read(text, (size_t)(colon - text), &host))
		return lsec_problem_add(
			problems, place,
			"must be HOST:PORT (a name, an IPv4 address, or an IPv6 address in brackets), vsock:CID:PORT, unix:PATH, an absolute path, default or none, got %s",
			lsec_quote(text).text);
	if (!lsec_is_decimal(colon + 1, strlen(colon + 1), LSEC_HIGHEST_PORT))
		return lsec_problem_add(
			problems, place,
			"the port must be a number from 1 to 65535 without leading zeros, got %s",
			lsec_quote(text).text);
	value->word = LSEC_WORD_INET;
	return 0;
}

static int parse_vsock(const char *place, const char *text, struct lsec_value *value,
                       struct lsec_problems *problems)
{
	const char *cid = text + strlen(VSOCK);
	const char *colon = strchr(cid, ':');
	if (colon == NULL || !lsec_is_decimal(cid, (size_t)(colon - cid), HIGHEST_VSOCK) ||
	    !lsec_is_decimal(colon + 1, strlen(colon + 1), HIGHEST_VSOCK))
		return lsec_problem_add(
			problems, place,
			"must be vsock:CID:PORT with numbers from 1 to 4294967294 without leading zeros, got %s; use vsock:2:4050 for the usual port on the host",
			lsec_quote(text).text);
	value->word = LSEC_WORD_VSOCK;
	return 0;
}

/* Refuses what is not an address, and suggests the one that was probably meant. */
static int refuse_word(const char *place, const char *text, struct lsec_problems *problems)
{
	bool port = lsec_is_decimal(text, strlen(text), LSEC_HIGHEST_PORT);
	bool word = strcasecmp(text, "default") == 0;
	return lsec_problem_add(
		problems, place,
		"must be default, none, an absolute path, vsock:CID:PORT or HOST:PORT, got %s%s%s%s",
		lsec_quote(text).text,
		port   ? "; did you mean vsock:2:"
		: word ? "; did you mean default"
		       : "",
		port ? text : "", port || word ? "?" : "");
}

int lsec_qgs_parse(const char *place, const char *text, struct lsec_value *value,
                   struct lsec_problems *problems)
{
	if (strcmp(text, "default") == 0 || strcmp(text, "none") == 0) {
		value->word = text[0] == 'd' ? LSEC_WORD_DEFAULT : LSEC_WORD_NONE;
		return 0;
	}
	if (strncmp(text, VSOCK, strlen(VSOCK)) == 0)
		return parse_vsock(place, text, value, problems);
	const char *path = strncmp(text, "unix:", 5) == 0 ? text + 5 : text;
	if (path == text && path[0] != '/')
		return strchr(path, ':') == NULL ? refuse_word(place, text, problems)
		                                 : parse_inet(place, text, value, problems);
	if (lsec_value_check_path(place, path, LSEC_MAX_SOCKET_PATH, problems) < 0)
		return -1;
	value->text = lsec_strdup(path);
	return 0;
}

bool lsec_qgs_elsewhere(const struct lsec_value *value)
{
	return value->word == LSEC_WORD_VSOCK || value->word == LSEC_WORD_INET;
}

struct json_object *lsec_qgs_address(const struct lsec_value *value)
{
	bool vsock = value->word == LSEC_WORD_VSOCK;
	const char *host = vsock ? value->text + strlen(VSOCK) : value->text;
	const char *colon = strrchr(host, ':');
	size_t brackets = host[0] == '[' ? 1 : 0;
	cleanup_free char *name =
		lsec_strndup(host + brackets, (size_t)(colon - host) - 2 * brackets);
	struct json_object *address = lsec_json_new_object();
	lsec_json_add_text(address, "type", vsock ? "vsock" : "inet");
	lsec_json_add_text(address, vsock ? "cid" : "host", name);
	lsec_json_add_text(address, "port", colon + 1);
	return address;
}
