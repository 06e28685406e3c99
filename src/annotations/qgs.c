/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the address of a quote generation service. */
#include "qgs.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define VSOCK "vsock:"

/* A DNS name and one label of it (RFC 1035 2.3.4, without the length bytes). */
#define LONGEST_NAME 253
#define LONGEST_LABEL 63

/* Linux linux/vm_sockets.h: CID 0 is the hypervisor's, 1 loops back, 2 is the host, the highest
 * means any; so does the highest port. */
#define HIGHEST_VSOCK 4294967294U
#define HIGHEST_PORT 65535U

/* Whether a text is a number from 1 to `highest` in the one way to write it. */
static bool is_number(const char *text, size_t len, uint64_t highest)
{
	uint64_t number = 0;
	if (len == 0 || len > 10 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number <= highest;
}

/*
 * Whether a host is an IPv4 address or a name. What is neither, but what resolvers take for an
 * address all the same (127.1, 0x7f000001), has a last label like a number.
 */
static bool is_host(const char *host)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	struct in_addr address;
	const char *label = host;
	if (inet_pton(AF_INET, host, &address) == 1)
		return true;
	for (;;) {
		size_t len = strspn(label, good);
		if (len == 0 || len > LONGEST_LABEL || label[0] == '-' || label[len - 1] == '-')
			return false;
		if (label[len] == '\0')
			break;
		if (label[len] != '.')
			return false;
		label += len + 1;
	}
	bool number = label[strspn(label, "0123456789")] == '\0' ||
	              (label[0] == '0' && (label[1] | 0x20) == 'x');
	return strlen(host) <= LONGEST_NAME && !number;
}

/* The host of HOST:PORT, without brackets: at most a name's length. */
static bool copy_host(const char *text, const char *colon, char ret[LONGEST_NAME + 1],
                      bool *ret_bracketed)
{
	size_t len = (size_t)(colon - text);
	*ret_bracketed = len >= 2 && text[0] == '[' && colon[-1] == ']';
	if (*ret_bracketed) {
		text++;
		len -= 2;
	}
	if (len > LONGEST_NAME)
		return false;
	memcpy(ret, text, len);
	ret[len] = '\0';
	return true;
}

static int parse_inet(const char *place, const char *text, struct lsec_value *value,
                      struct lsec_problems *problems)
{
	const char *colon = strrchr(text, ':');
	char host[LONGEST_NAME + 1] = "";
	struct in6_addr address;
	bool bracketed = false;
	if (!copy_host(text, colon, host, &bracketed) ||
	    !(bracketed ? inet_pton(AF_INET6, host, &address) == 1 : is_host(host)))
		return lsec_problem_add(
			problems, place,
			"found %s; want HOST:PORT with a name, an IPv4 address, or an IPv6 address in brackets; or vsock:CID:PORT, unix:PATH, an absolute path, default or none",
			lsec_quote(text).text);
	if (!is_number(colon + 1, strlen(colon + 1), HIGHEST_PORT))
		return lsec_problem_add(
			problems, place,
			"found %s; want a port from 1 to 65535 behind the host, in decimal without leading zeros",
			lsec_quote(text).text);
	value->word = LSEC_WORD_INET;
	return 0;
}

static int parse_vsock(const char *place, const char *text, struct lsec_value *value,
                       struct lsec_problems *problems)
{
	const char *cid = text + strlen(VSOCK);
	const char *colon = strchr(cid, ':');
	if (colon == NULL || !is_number(cid, (size_t)(colon - cid), HIGHEST_VSOCK) ||
	    !is_number(colon + 1, strlen(colon + 1), HIGHEST_VSOCK))
		return lsec_problem_add(
			problems, place,
			"found %s; want vsock:CID:PORT, both from 1 to 4294967294 in decimal without leading zeros; CID 2 is the host, 4050 the service's usual port",
			lsec_quote(text).text);
	value->word = LSEC_WORD_VSOCK;
	return 0;
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
	if (path == text && path[0] != '/' && strchr(path, ':') != NULL)
		return parse_inet(place, text, value, problems);
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
	char name[LONGEST_NAME + 1] = "";
	bool bracketed = false;
	copy_host(host, colon, name, &bracketed);
	struct json_object *address = lsec_json_new_object();
	lsec_json_add_text(address, "type", vsock ? "vsock" : "inet");
	lsec_json_add_text(address, vsock ? "cid" : "host", name);
	lsec_json_add_text(address, "port", colon + 1);
	return address;
}
