/* SPDX-License-Identifier: Apache-2.0 */
/* Finds its way in XML trees. */
#include "fuzz.h"

bool fuzz_is(const xmlNode *node, const char *name)
{
	return node != NULL && node->type == XML_ELEMENT_NODE && node->ns == NULL &&
	       (name == NULL || xmlStrEqual(node->name, (const xmlChar *)name));
}

xmlNode *fuzz_child(const xmlNode *parent, const char *name)
{
	xmlNode *child = parent == NULL ? NULL : parent->children;
	while (child != NULL && !fuzz_is(child, name))
		child = child->next;
	return child;
}

char *fuzz_attribute(const xmlNode *element, const char *name)
{
	if (element == NULL)
		return NULL;
	for (const xmlAttr *one = element->properties; one != NULL; one = one->next)
		if (one->ns == NULL && xmlStrEqual(one->name, (const xmlChar *)name)) {
			xmlChar *value = xmlNodeGetContent((const xmlNode *)one);
			char *copy = fuzz_text(value, strlen((const char *)value));
			xmlFree(value);
			return copy;
		}
	return NULL;
}

bool fuzz_attribute_is(const xmlNode *element, const char *name, const char *value)
{
	fuzz_owned found = fuzz_attribute(element, name);
	return value == NULL || found == NULL ? found == NULL && value == NULL
	                                      : strcmp(found, value) == 0;
}

char *fuzz_element_text(const xmlNode *element)
{
	xmlChar *text = xmlNodeGetContent(element);
	const char *start = (const char *)text;
	start += strspn(start, " \t\r\n");
	size_t len = strlen(start);
	while (len > 0 && strchr(" \t\r\n", start[len - 1]) != NULL)
		len--;
	char *copy = fuzz_text((const uint8_t *)start, len);
	xmlFree(text);
	return copy;
}
