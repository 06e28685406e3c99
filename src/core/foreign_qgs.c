/* SPDX-License-Identifier: Apache-2.0 */
/* Recognizes spellings of a quote generation service that stock libvirt does not know. */
#include "foreign_qgs.h"

#include <ctype.h>
#include <string.h>

#include "annotations/values.h"
#include "base/text.h"

/* Elements that are looked at; real ones have one or two. */
#define MOST_ELEMENTS 16

/* What was found of an address (QEMU qapi/sockets.json, SocketAddress); the first of each counts.
 */
enum part { TYPE, CID, HOST, PORT, PATH, WHOLE, PARTS };

struct parts {
	char *of[PARTS];
	unsigned elements;
};

static void parts_clear(struct parts *parts)
{
	for (size_t i = 0; i < PARTS; i++)
		free(parts->of[i]);
}

bool lsec_is_foreign_qgs(const char *name)
{
	static const char wanted[] = "quotegeneration";
	size_t at = 0;
	if (strcasecmp(name, lsec_key(LSEC_KEY_QGS)->name) == 0)
		return true;
	for (; *name != '\0' && wanted[at] != '\0'; name++) {
		char c = (char)tolower((unsigned char)*name);
		if (c == wanted[at])
			at++;
		else if (isalnum((unsigned char)c))
			at = c == wanted[0];
	}
	return wanted[at] == '\0';
}

bool lsec_foreign_qgs_inside(const xmlNode *service)
{
	for (const xmlAttr *one = service->properties; one != NULL; one = one->next)
		if (one->ns != NULL || strcmp((const char *)one->name, "path") != 0)
			return true;
	for (const xmlNode *one = service->children; one != NULL; one = one->next)
		if (one->type == XML_ELEMENT_NODE ||
		    ((one->type == XML_TEXT_NODE || one->type == XML_CDATA_SECTION_NODE) &&
		     !xmlIsBlankNode(one)))
			return true;
	return false;
}

bool lsec_foreign_qgs_removed(const struct lsec_settings *settings)
{
	enum lsec_origin origin = settings->of[LSEC_KEY_QGS].origin;
	return origin == LSEC_FROM_ANNOTATION || origin == LSEC_FROM_CLUSTER;
}

static enum part part_named(const char *name)
{
	static const struct {
		const char *name;
		enum part part;
	} names[] = {{"type", TYPE}, {"cid", CID},      {"host", HOST}, {"address", HOST},
	             {"port", PORT}, {"service", PORT}, {"path", PATH}};
	size_t i = 0;
	while (i < sizeof(names) / sizeof(names[0]) && strcasecmp(names[i].name, name) != 0)
		i++;
	return i < sizeof(names) / sizeof(names[0]) ? names[i].part : WHOLE;
}

/* Takes ownership of a text. A whole address in one text has a colon or is a path. */
static void put(struct parts *parts, const char *name, char *text)
{
	enum part part = part_named(name);
	if (part == PATH && text[0] != '/')
		part = WHOLE;
	bool useful =
		text[0] != '\0' && (part != WHOLE || text[0] == '/' || strchr(text, ':') != NULL);
	if (!useful || parts->of[part] != NULL)
		free(text);
	else
		parts->of[part] = text;
}

static void put_attribute(const xmlNode *attribute, struct parts *parts)
{
	put(parts, (const char *)attribute->name, (char *)xmlNodeGetContent(attribute));
}

static void gather(const xmlNode *element, struct parts *parts)
{
	bool leaf = true;
	if (++parts->elements > MOST_ELEMENTS)
		return;
	if (element->type == XML_ATTRIBUTE_NODE) {
		put_attribute(element, parts);
		return;
	}
	for (const xmlAttr *one = element->properties; one != NULL; one = one->next)
		put_attribute((const xmlNode *)one, parts);
	for (const xmlNode *one = element->children; one != NULL; one = one->next) {
		if (one->type != XML_ELEMENT_NODE)
			continue;
		leaf = false;
		gather(one, parts);
	}
	if (leaf)
		put(parts, (const char *)element->name, lsec_xml_text(element));
}

/* The parts as the annotation has them; NULL where some are missing. */
static char *join(const struct parts *parts)
{
	char *const *of = parts->of;
	bool vsock = of[CID] != NULL || (of[TYPE] != NULL && strcasecmp(of[TYPE], "vsock") == 0);
	const char *host = of[CID] != NULL ? of[CID] : of[HOST];
	bool six = host != NULL && strchr(host, ':') != NULL;
	if (of[PORT] != NULL && host != NULL)
		return lsec_format("%s%s%s%s:%s", vsock ? "vsock:" : "", six ? "[" : "", host,
		                   six ? "]" : "", of[PORT]);
	return lsec_strdup_or_null(of[PATH] != NULL ? of[PATH] : of[WHOLE]);
}

char *lsec_foreign_qgs_value(const xmlNode *element)
{
	struct parts parts LSEC_CLEANUP(parts_clear) = {0};
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
	gather(element, &parts);
	cleanup_free char *text = join(&parts);
	const struct lsec_reading reading = {lsec_key(LSEC_KEY_QGS), LSEC_TEE_TDX, "", text,
	                                     &ignored};
	if (text == NULL || lsec_value_parse(&reading, LSEC_FROM_DOMAIN, &value) < 0 ||
	    value.word == LSEC_WORD_DEFAULT || value.word == LSEC_WORD_NONE)
		return NULL;
	return lsec_steal(&text);
}
