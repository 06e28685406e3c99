/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What <launchSecurity> has besides its fields: kept, but for what another TEE's element had, and
 * for quote generation services in words that libvirt does not read, where another one is asked
 * for.
 */
#include <ctype.h>
#include <strings.h>

#include "fuzz.h"

/* libvirt's docs/formatdomain.rst, "Launch Security". */
static bool is_field(enum lsec_tee tee, const char *name, bool attribute)
{
	static const char *const snp[] = {"cbitpos", "reducedPhysBits", "policy",
	                                  "idBlock", "idAuth",          "guestVisibleWorkarounds",
	                                  "hostData"};
	static const char *const tdx[] = {"policy", "mrConfigId", "mrOwner", "mrOwnerConfig",
	                                  "quoteGenerationService"};
	static const char *const snp_attributes[] = {"type", "kernelHashes", "authorKey", "vcek"};
	bool is_snp = tee == LSEC_TEE_SEV_SNP;
	const char *const *names = is_snp ? snp : tdx;
	size_t count = is_snp ? COUNT(snp) : COUNT(tdx);
	if (attribute) {
		names = snp_attributes;
		count = is_snp ? COUNT(snp_attributes) : 1;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_service(const char *name)
{
	fuzz_owned letters = fuzz_text((const uint8_t *)name, strlen(name));
	size_t len = 0;
	for (; *name != '\0'; name++)
		if (isalnum((unsigned char)*name))
			letters[len++] = (char)tolower((unsigned char)*name);
	letters[len] = '\0';
	return strstr(letters, "quotegeneration") != NULL || strcasecmp(letters, "qgs") == 0;
}

/* Whether something unknown is to stay. */
static bool stays(const struct fuzz_wish *wish, const char *name, bool same)
{
	bool goes = wish->tee == LSEC_TEE_TDX && wish->service_asked && is_service(name);
	return same && !goes;
}

static bool is_text(const xmlNode *node)
{
	return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

static bool is_known(const struct fuzz_wish *wish, const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE && node->ns == NULL &&
	       is_field(wish->tee, (const char *)node->name, false);
}

/* The next node that has to be in both; text is compared as a whole. */
static const xmlNode *next_kept(const struct fuzz_wish *wish, const xmlNode *node, bool same)
{
	while (node != NULL &&
	       (is_text(node) || is_known(wish, node) ||
	        (node->type == XML_ELEMENT_NODE && !stays(wish, (const char *)node->name, same))))
		node = node->next;
	return node;
}

static char *text_of(const xmlNode *parent)
{
	size_t len = 0;
	size_t room = 1;
	for (const xmlNode *one = parent->children; one != NULL; one = one->next)
		room += is_text(one) ? strlen((const char *)one->content) : 0;
	char *all = calloc(1, room);
	HOLDS(all != NULL, "out of memory");
	for (const xmlNode *one = parent->children; one != NULL; one = one->next)
		for (const xmlChar *c = is_text(one) ? one->content : NULL; c != NULL && *c != 0;
		     c++)
			if (strchr(" \t\r\n", *c) == NULL)
				all[len++] = (char)*c;
	return all;
}

static const xmlAttr *find(const xmlNode *element, const xmlAttr *wanted)
{
	const xmlAttr *one = element->properties;
	while (one != NULL && !(xmlStrEqual(one->name, wanted->name) &&
	                        (one->ns == NULL) == (wanted->ns == NULL) &&
	                        (one->ns == NULL || xmlStrEqual(one->ns->href, wanted->ns->href))))
		one = one->next;
	return one;
}

/* Each attribute of `one` that is no field and stays is in `other`, with the same value. */
static void check_attributes(const struct fuzz_wish *wish, const xmlNode *one, const xmlNode *other,
                             bool same, const char *field)
{
	for (const xmlAttr *at = one->properties; at != NULL; at = at->next) {
		const char *name = (const char *)at->name;
		bool known = field == NULL ? is_field(wish->tee, name, true)
		                           : strcmp(field, "quoteGenerationService") == 0 &&
		                                     strcmp(name, "path") == 0;
		if ((known && at->ns == NULL) || (field == NULL && !stays(wish, name, same)))
			continue;
		const xmlAttr *match = find(other, at);
		HOLDS(match != NULL, "@%s came or went", name);
		xmlChar *value = xmlNodeGetContent((const xmlNode *)at);
		xmlChar *matching = xmlNodeGetContent((const xmlNode *)match);
		HOLDS(xmlStrEqual(value, matching), "@%s has another value", name);
		xmlFree(value);
		xmlFree(matching);
	}
}

/* libvirt's own element of the service has just its path where another service is asked for. */
static void check_service(const struct fuzz_wish *wish, const xmlNode *before, const xmlNode *after)
{
	const xmlNode *old = before == NULL ? NULL : before->children;
	const xmlNode *new = after->children;
	if (wish->service_asked || before == NULL) {
		HOLDS(after->properties == NULL || after->properties->next == NULL,
		      "attributes beside a path");
		for (; new != NULL; new = new->next)
			HOLDS(new->type != XML_ELEMENT_NODE &&
			              (!is_text(new) || xmlIsBlankNode(new)),
			      "something beside a path");
		return;
	}
	check_attributes(wish, before, after, true, (const char *)after->name);
	check_attributes(wish, after, before, true, (const char *)after->name);
	for (; old != NULL && new != NULL; old = old->next, new = new->next)
		fuzz_check_node(old, new);
	HOLDS(old == NULL && new == NULL, "something went out of the service");
}

static void check_fields(const struct fuzz_wish *wish, const xmlNode *before, const xmlNode *after)
{
	for (const xmlNode *one = after->children; one != NULL; one = one->next) {
		if (!is_known(wish, one))
			continue;
		const char *name = (const char *)one->name;
		const xmlNode *old = fuzz_child(before, name);
		if (strcmp(name, "quoteGenerationService") == 0) {
			check_service(wish, old, one);
			continue;
		}
		HOLDS(old != NULL || one->properties == NULL, "%s has attributes", name);
		if (old != NULL) {
			check_attributes(wish, old, one, true, name);
			check_attributes(wish, one, old, true, name);
		}
	}
}

void fuzz_check_unknown(const struct fuzz_wish *wish, const xmlNode *before, const xmlNode *after)
{
	static const xmlNode nothing = {.type = XML_ELEMENT_NODE};
	const xmlNode *was = before == NULL ? &nothing : before;
	bool same =
		before != NULL &&
		fuzz_attribute_is(before, "type", wish->tee == LSEC_TEE_TDX ? "tdx" : "sev-snp");
	fuzz_owned text = text_of(was);
	fuzz_owned new_text = text_of(after);
	HOLDS(strcmp(text, new_text) == 0, "text in launchSecurity came or went");
	check_attributes(wish, was, after, same, NULL);
	for (const xmlAttr *at = after->properties; at != NULL; at = at->next) {
		const char *name = (const char *)at->name;
		HOLDS((at->ns == NULL && is_field(wish->tee, name, true)) ||
		              (stays(wish, name, same) && find(was, at) != NULL),
		      "@%s came or stayed", name);
	}
	const xmlNode *old = next_kept(wish, was->children, same);
	for (const xmlNode *new = after->children; new != NULL; new = new->next) {
		if (is_text(new) || is_known(wish, new))
			continue;
		HOLDS(old != NULL && new == next_kept(wish, new, same),
		      "<%s> came or stayed in launchSecurity", (const char *)new->name);
		fuzz_check_node(old, new);
		old = next_kept(wish, old->next, same);
	}
	HOLDS(old == NULL, "<%s> went out of launchSecurity", (const char *)old->name);
	check_fields(wish, was, after);
}
