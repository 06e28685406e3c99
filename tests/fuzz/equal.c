/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two documents say the same: canonical XML, without writing it. */
#include "fuzz.h"

static const char *safe(const xmlChar *text)
{
	return text == NULL ? "" : (const char *)text;
}

static bool is_text(const xmlNode *node)
{
	return node != NULL &&
	       (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE);
}

static void check_namespace(const xmlNs *a, const xmlNs *b, const xmlNode *node)
{
	HOLDS((a == NULL) == (b == NULL) &&
	              (a == NULL || (xmlStrEqual(a->href, b->href) &&
	                             strcmp(safe(a->prefix), safe(b->prefix)) == 0)),
	      "<%s>: another namespace", safe(node->name));
}

static const xmlAttr *find(const xmlNode *element, const xmlAttr *wanted)
{
	const char *space = wanted->ns == NULL ? "" : safe(wanted->ns->href);
	for (const xmlAttr *one = element->properties; one != NULL; one = one->next)
		if (xmlStrEqual(one->name, wanted->name) &&
		    strcmp(one->ns == NULL ? "" : safe(one->ns->href), space) == 0)
			return one;
	return NULL;
}

static size_t count_attributes(const xmlNode *element)
{
	size_t count = 0;
	for (const xmlAttr *one = element->properties; one != NULL; one = one->next)
		count++;
	return count;
}

static void check_attributes(const xmlNode *a, const xmlNode *b)
{
	HOLDS(count_attributes(a) == count_attributes(b), "<%s>: attributes came or went",
	      safe(a->name));
	for (const xmlAttr *one = a->properties; one != NULL; one = one->next) {
		const xmlAttr *other = find(b, one);
		HOLDS(other != NULL, "<%s>: %s went", safe(a->name), safe(one->name));
		check_namespace(one->ns, other->ns, a);
		xmlChar *value = xmlNodeGetContent((const xmlNode *)one);
		xmlChar *other_value = xmlNodeGetContent((const xmlNode *)other);
		HOLDS(xmlStrEqual(value, other_value), "<%s>: %s has another value", safe(a->name),
		      safe(one->name));
		xmlFree(value);
		xmlFree(other_value);
	}
}

static void check_declarations(const xmlNode *a, const xmlNode *b)
{
	const xmlNs *other = b->nsDef;
	for (const xmlNs *one = a->nsDef; one != NULL; one = one->next, other = other->next) {
		HOLDS(other != NULL, "<%s>: a declaration went", safe(a->name));
		check_namespace(one, other, a);
	}
	HOLDS(other == NULL, "<%s>: a declaration came", safe(a->name));
}

/* All text up to the next node of another kind; when loose, without white space. */
static char *take_text(const xmlNode **node, bool loose)
{
	xmlChar *all = xmlStrdup((const xmlChar *)"");
	for (; is_text(*node); *node = (*node)->next)
		all = xmlStrcat(all, (*node)->content);
	size_t kept = 0;
	for (size_t i = 0; loose && all[i] != '\0'; i++)
		if (strchr(" \t\r\n", all[i]) == NULL)
			all[kept++] = all[i];
	if (loose)
		all[kept] = '\0';
	char *text = fuzz_text(all, strlen((const char *)all));
	xmlFree(all);
	return text;
}

/* Where elements come and go, white space does, too. */
static bool may_be_loose(const xmlNode *element, unsigned depth)
{
	static const char *const parents[] = {"os", "features", "cpu", "devices", "sysinfo"};
	const char *name = safe(element->name);
	if (depth == 0)
		return true;
	if (depth == 2 && element->parent != NULL)
		return strcmp(safe(element->parent->name), "devices") == 0 ||
		       strcmp(name, "oemStrings") == 0;
	for (size_t i = 0; depth == 1 && i < COUNT(parents); i++)
		if (strcmp(name, parents[i]) == 0)
			return true;
	return false;
}

static void check_children(const xmlNode *a, const xmlNode *b, bool loose, unsigned depth);

static void check_node(const xmlNode *a, const xmlNode *b, bool loose, unsigned depth)
{
	HOLDS(a->type == b->type, "another kind of node, behind or in <%s>", safe(a->name));
	HOLDS(xmlStrEqual(a->name, b->name), "<%s> became <%s>", safe(a->name), safe(b->name));
	if (a->type != XML_ELEMENT_NODE) {
		HOLDS(strcmp(safe(a->content), safe(b->content)) == 0, "another %s", safe(a->name));
		return;
	}
	check_namespace(a->ns, b->ns, a);
	check_declarations(a, b);
	check_attributes(a, b);
	check_children(a->children, b->children, loose && may_be_loose(a, depth), depth + 1);
}

static void check_children(const xmlNode *a, const xmlNode *b, bool loose, unsigned depth)
{
	while (a != NULL || b != NULL) {
		fuzz_owned text = take_text(&a, loose);
		fuzz_owned other = take_text(&b, loose);
		HOLDS(strcmp(text, other) == 0, "text \"%.60s\" became \"%.60s\"", text, other);
		if (a == NULL && b == NULL)
			return;
		HOLDS(a != NULL, "<%s> came", safe(b->name));
		HOLDS(b != NULL, "<%s> went", safe(a->name));
		check_node(a, b, loose, depth);
		a = a->next;
		b = b->next;
	}
}

void fuzz_check_node(const xmlNode *before, const xmlNode *after)
{
	check_node(before, after, false, 0);
}

void fuzz_check_equal(const xmlDoc *before, const xmlDoc *after, bool loose)
{
	const xmlNode *a = before->children;
	const xmlNode *b = after->children;
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		check_node(a, b, loose, 0);
	HOLDS(a == NULL && b == NULL, "something beside the root came or went");
}
