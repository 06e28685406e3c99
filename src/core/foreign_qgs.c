/* SPDX-License-Identifier: Apache-2.0 */
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

/* Takes over a text. A whole address in one text has a colon or is a path. */
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

static int put_attribute(const xmlNode *attribute, struct parts *parts,
                         struct lsec_problems *problems)
{
	xmlChar *value = xmlNodeGetContent(attribute);
	char *copy = value == NULL ? NULL : strdup((const char *)value);
	xmlFree(value);
	if (copy == NULL)
		return lsec_problem_no_memory(problems);
	put(parts, (const char *)attribute->name, copy);
	return 0;
}

static int gather(const xmlNode *element, struct parts *parts, struct lsec_problems *problems)
{
	bool leaf = true;
	if (++parts->elements > MOST_ELEMENTS)
		return 0;
	if (element->type == XML_ATTRIBUTE_NODE)
		return put_attribute(element, parts, problems);
	for (const xmlAttr *one = element->properties; one != NULL; one = one->next)
		if (put_attribute((const xmlNode *)one, parts, problems) < 0)
			return -1;
	for (const xmlNode *one = element->children; one != NULL; one = one->next) {
		if (one->type != XML_ELEMENT_NODE)
			continue;
		leaf = false;
		if (gather(one, parts, problems) < 0)
			return -1;
	}
	char *text = NULL;
	if (!leaf)
		return 0;
	if (lsec_xml_text(element, &text, problems) < 0)
		return -1;
	put(parts, (const char *)element->name, text);
	return 0;
}

/* The parts as the annotation has them; *ret stays NULL where some are missing. */
static int join(const struct parts *parts, char **ret, struct lsec_problems *problems)
{
	char *const *of = parts->of;
	bool vsock = of[CID] != NULL || (of[TYPE] != NULL && strcasecmp(of[TYPE], "vsock") == 0);
	const char *host = of[CID] != NULL ? of[CID] : of[HOST];
	const char *text = of[PATH] != NULL ? of[PATH] : of[WHOLE];
	bool six = host != NULL && strchr(host, ':') != NULL;
	if (of[PORT] != NULL && host != NULL)
		*ret = lsec_format("%s%s%s%s:%s", vsock ? "vsock:" : "", six ? "[" : "", host,
		                   six ? "]" : "", of[PORT]);
	else if (text != NULL)
		*ret = strdup(text);
	else
		return 0;
	return *ret == NULL ? lsec_problem_no_memory(problems) : 0;
}

int lsec_foreign_qgs_value(const xmlNode *element, char **ret, struct lsec_problems *problems)
{
	struct parts parts LSEC_CLEANUP(parts_clear) = {0};
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
	cleanup_free char *text = NULL;
	if (gather(element, &parts, problems) < 0 || join(&parts, &text, problems) < 0)
		return -1;
	if (text != NULL &&
	    lsec_value_parse(lsec_key(LSEC_KEY_QGS), LSEC_TEE_TDX, LSEC_FROM_DOMAIN, "", text,
	                     &value, &ignored) == 0 &&
	    value.word != LSEC_WORD_DEFAULT && value.word != LSEC_WORD_NONE)
		*ret = lsec_steal(&text);
	return ignored.failed ? lsec_problem_no_memory(problems) : 0;
}
