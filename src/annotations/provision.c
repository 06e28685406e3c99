/* SPDX-License-Identifier: Apache-2.0 */
/* The document that leads a guest to the disk key that Trustee's provisioner plugin keeps. */
#include "provision.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "base/text.h"

/* Kubernetes' names: apimachinery pkg/util/validation, DNS1123Subdomain and DNS1123Label. */
#define LONGEST_NAME 253
#define LONGEST_NAME_SPACE 63

static int refuse_url(const struct lsec_reading *c, const char *what)
{
	return lsec_problem_add(c->problems, c->place, "%s, got %s", what,
	                        lsec_quote(c->text).text);
}

/* HOST[:PORT] of `len` bytes. */
static int check_authority(const struct lsec_reading *c, const char *text, size_t len)
{
	struct lsec_host_name host;
	/* The last colon, unless it is in brackets. */
	const char *colon = memrchr(text, ':', len);
	const char *bracket = memrchr(text, ']', len);
	if (colon != NULL && bracket != NULL && colon < bracket)
		colon = NULL;
	size_t host_len = colon == NULL ? len : (size_t)(colon - text);
	if (!lsec_host_name_read(text, host_len, &host))
		return refuse_url(
			c,
			"the host of the key broker must be a name, an IPv4 address, or an IPv6 address in brackets");
	if (colon != NULL && !lsec_is_decimal(colon + 1, len - host_len - 1, LSEC_HIGHEST_PORT))
		return refuse_url(
			c,
			"the port of the key broker must be a number from 1 to 65535 without leading zeros");
	return 0;
}

/* Path segments that every client and shell reads alike. */
static bool is_path(const char *path)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	while (*path == '/') {
		size_t len = strspn(++path, good);
		if (len == 0 || strspn(path, ".") >= len)
			return false;
		path += len;
	}
	return *path == '\0';
}

int lsec_parse_provision(const struct lsec_reading *c, struct lsec_value *value)
{
	static const char *const schemes[] = {"https://", "http://"};
	const char *authority = NULL;
	(void)value; /* the text as it is */
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(c->text, schemes[i], strlen(schemes[i])) == 0)
			authority = c->text + strlen(schemes[i]);
	if (strchr(c->text, '@') != NULL)
		return lsec_problem_add(
			c->problems, c->place,
			"must be a URL without a user and password, since the document is not secret; remove them and the @");
	if (authority == NULL)
		return refuse_url(
			c,
			"must be the URL of the key broker, such as https://kbs.example.com:8080");
	if (strlen(c->text) > LSEC_MAX_URL)
		return lsec_problem_add(c->problems, c->place,
		                        "must be a URL of at most " LSEC_TEXT(
						LSEC_MAX_URL) " bytes, got %zu; use a shorter one",
		                        strlen(c->text));
	size_t len = strcspn(authority, "/?#");
	if (check_authority(c, authority, len) < 0)
		return -1;
	size_t end = strlen(c->text);
	if (c->text[end - 1] == '/')
		return refuse_url(c, "the path of the key broker's URL must not end in a slash");
	if (!is_path(authority + len))
		return refuse_url(
			c,
			"the path of the key broker's URL must consist of letters, digits and -._~ between single slashes");
	return 0;
}

bool lsec_provision_is_named(const struct lsec_vmi *vmi)
{
	return vmi->name != NULL && vmi->name_space != NULL && !vmi->names_several;
}

/* The length of the label that a text begins with (RFC 1123); 0: it begins with none. */
static size_t label_len(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len == 0 || text[0] == '-' || text[len - 1] == '-' ? 0 : len;
}

bool lsec_is_name_space(const char *name)
{
	size_t len = label_len(name);
	return len > 0 && len <= LONGEST_NAME_SPACE && name[len] == '\0';
}

/* Labels with dots between them. Such a name needs no escapes in a URL, JSON or shell either. */
static bool is_name(const char *name)
{
	const char *label = name;
	size_t len;
	while ((len = label_len(label)) > 0 && label[len] == '.')
		label += len + 1;
	return len > 0 && label[len] == '\0' && (size_t)(label + len - name) <= LONGEST_NAME;
}

#define KEY_OF_NAMES "the disk key's path is made from the VM's namespace and name, "

static int check_names(const char *place, const struct lsec_vmi *vmi,
                       struct lsec_problems *problems)
{
	if (vmi->names_several)
		return lsec_problem_add(
			problems, place,
			KEY_OF_NAMES
			"but VMs made from a template get their names later; use a VirtualMachine");
	if (vmi->name == NULL)
		return lsec_problem_add(
			problems, "metadata.name",
			KEY_OF_NAMES
			"but its name is unknown; give a manifest with metadata.name (generateName makes a name only when the VM is created)");
	if (vmi->name_space == NULL)
		return lsec_problem_add(
			problems, "metadata.namespace",
			KEY_OF_NAMES
			"but its namespace is unknown; add metadata.namespace to the manifest, or --namespace NAME");
	if (!lsec_is_name_space(vmi->name_space))
		return lsec_problem_add(
			problems, "metadata.namespace",
			"%s is not a valid namespace name in Kubernetes; correct it",
			lsec_quote(vmi->name_space).text);
	if (!is_name(vmi->name))
		return lsec_problem_add(problems, "metadata.name",
		                        "%s is not a valid VM name in Kubernetes; correct it",
		                        lsec_quote(vmi->name).text);
	return 0;
}

int lsec_provision_make(const char *place, const struct lsec_vmi *vmi, const char *url,
                        struct lsec_provision *ret, struct lsec_problems *problems)
{
	/* The plugin's PROVISIONER_NAMESPACE. */
	static const uint8_t of_plugin[LSEC_UUID_SIZE] = {0xfe, 0xab, 0x55, 0x99, 0x68, 0x54,
	                                                  0x52, 0xbc, 0x95, 0xf0, 0x02, 0x41,
	                                                  0xc0, 0x3e, 0x62, 0x0a};
	struct lsec_provision provision = {.resource = NULL};
	if (check_names(place, vmi, problems) < 0)
		return -1;
	cleanup_free char *name = lsec_format("%s/%s", vmi->name_space, vmi->name);
	provision.uuid = lsec_uuid_of_name(of_plugin, name);
	provision.resource = lsec_format("kbs+provisioner:///default/%s/root", provision.uuid.text);
	/* Of the algorithms that Trustee knows the one whose digest fills MRCONFIGID, by the name
	 * that all its versions read (kbs-types HashAlgorithm). */
	provision.document = lsec_format("algorithm = \"sha384\"\n"
	                                 "version = \"0.1.0\"\n"
	                                 "\n"
	                                 "[data]\n"
	                                 "\"trustee.kbs.url\" = \"%s\"\n"
	                                 "\"trustee.kbs.resource\" = \"%s\"\n",
	                                 url, provision.resource);
	provision.len = strlen(provision.document);
	provision.digest = lsec_digest_of(LSEC_SHA_384, provision.document, provision.len);
	*ret = provision;
	return 0;
}

int lsec_provision_refuse_initdata(struct lsec_problems *problems)
{
	return lsec_problem_add(
		problems, LSEC_PREFIX "provision",
		"cannot be combined with " LSEC_PREFIX
		"initdata, since a report binds one document; remove one of them, or merge the output of \"launchsec provision\" into initdata");
}

void lsec_provision_clear(struct lsec_provision *provision)
{
	free(provision->resource);
	free(provision->document);
	*provision = (struct lsec_provision){.resource = NULL};
}
