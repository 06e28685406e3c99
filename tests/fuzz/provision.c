/* SPDX-License-Identifier: Apache-2.0 */
/* The document of provision, from docs/provision.md. */
#include <nettle/sha1.h>
#include <stdio.h>

#include "fuzz.h"

/* Names that no URL, shell or JSON reads in another way. */
static bool is_plain(const char *name, size_t longest)
{
	return name != NULL && name[0] != '\0' && strlen(name) <= longest &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(name);
}

char *fuzz_provision_document(const struct lsec_vmi *vmi, const char *url)
{
	static const uint8_t plugin[] = "\xfe\xab\x55\x99\x68\x54\x52\xbc\x95\xf0\x02\x41\xc0\x3e"
					"\x62\x0a";
	struct sha1_ctx sha1;
	uint8_t u[16];
	char *document = NULL;
	HOLDS(!vmi->names_several && is_plain(vmi->name, 253) && is_plain(vmi->name_space, 63) &&
	              strchr(vmi->name_space, '.') == NULL,
	      "a disk key for a VM without a name was taken");
	HOLDS(strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0,
	      "%.40s was taken for a URL", url);
	HOLDS(strpbrk(url, "\"\\'@?#$`% \t\r\n") == NULL && url[strlen(url) - 1] != '/' &&
	              strlen(url) <= 1024,
	      "%.40s was taken for a URL", url);
	sha1_init(&sha1);
	sha1_update(&sha1, 16, plugin);
	sha1_update(&sha1, strlen(vmi->name_space), (const uint8_t *)vmi->name_space);
	sha1_update(&sha1, 1, (const uint8_t *)"/");
	sha1_update(&sha1, strlen(vmi->name), (const uint8_t *)vmi->name);
	sha1_digest(&sha1, sizeof(u), u);
	int len = asprintf(
		&document,
		"algorithm = \"sha384\"\nversion = \"0.1.0\"\n\n[data]\n\"trustee.kbs.url\" = \"%s\"\n\"trustee.kbs.resource\" = \"kbs+provisioner:///default/%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x/root\"\n",
		url, u[0], u[1], u[2], u[3], u[4], u[5], u[6] % 16 + 0x50, u[7], u[8] % 64 + 0x80,
		u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
	HOLDS(len > 0, "out of memory");
	return document;
}
