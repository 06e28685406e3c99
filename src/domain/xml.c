/* SPDX-License-Identifier: Apache-2.0 */
/* Writes documents, and looks at the nodes of one. */
#include "xml.h"

#include <assert.h>
#include <libxml/xmlsave.h>
#include <string.h>

#include "base/text.h"

static int on_write(void *opaque, const char *bytes, int len)
{
	lsec_buffer_add(opaque, bytes, (size_t)len);
	return len;
}

static int on_close(void *opaque)
{
	(void)opaque;
	return 0;
}

char *lsec_xml_write(const struct lsec_xml *xml, size_t *ret_len)
{
	struct lsec_buffer buffer = {0};
	int options = (xml->declaration ? 0 : XML_SAVE_NO_DECL) |
	              (xml->self_closed ? 0 : XML_SAVE_NO_EMPTY) | XML_SAVE_AS_XML;
	xmlSaveCtxt *save = xmlSaveToIO(on_write, on_close, &buffer, "UTF-8", options);
	/* Neither memory nor on_write() fails, and UTF-8 has every character. */
	long written = xmlSaveDoc(save, xml->doc);
	int closed = xmlSaveClose(save);
	assert(written >= 0 && closed >= 0 && buffer.len > 0);
	*ret_len = buffer.len;
	return lsec_buffer_take(&buffer);
}

void lsec_xml_clear(struct lsec_xml *xml)
{
	if (xml->doc != NULL)
		xmlFreeDoc(xml->doc);
	*xml = (struct lsec_xml){0};
}

bool lsec_xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns == NULL &&
	       (name == NULL || lsec_equal((const char *)node->name, name));
}

xmlNode *lsec_xml_from(xmlNode *node, const char *name)
{
	while (node != NULL && !lsec_xml_is(node, name))
		node = node->next;
	return node;
}

xmlNode *lsec_xml_child(const xmlNode *parent, const char *name)
{
	return parent == NULL ? NULL : lsec_xml_from(parent->children, name);
}

/* libxml2 looks at all siblings for a path, so it is made only for problems that are reported. */
static void refuse_foreign(const xmlNode *element, const char *name, struct lsec_problems *problems)
{
	bool told = problems->count < LSEC_MAX_PROBLEMS;
	xmlChar *path = told ? xmlGetNodePath(element) : NULL;
	cleanup_free char *place = lsec_format("%s/@%s", told ? (const char *)path : "", name);
	xmlFree(path);
	lsec_problem_add(problems, place,
	                 "the attribute is in a namespace, but libvirt reads it anyway; remove it");
}

char *lsec_xml_attribute(const xmlNode *element, const char *name, struct lsec_problems *problems)
{
	const xmlAttr *found = NULL;
	const xmlAttr *one = element == NULL ? NULL : element->properties;
	for (; one != NULL; one = one->next) {
		if (!lsec_equal((const char *)one->name, name))
			continue;
		if (one->ns != NULL) {
			refuse_foreign(element, name, problems);
			return NULL;
		}
		found = one;
	}
	if (found == NULL)
		return NULL;
	const xmlNode *text = found->children;
	bool plain = text != NULL && text->type == XML_TEXT_NODE && text->next == NULL;
	return plain ? lsec_strdup((const char *)text->content)
	             : (char *)xmlNodeGetContent((const xmlNode *)found);
}

int lsec_xml_refuse_namespace(const char *place, const char *name, struct lsec_problems *problems)
{
	return lsec_problem_add(
		problems, place,
		"<%s> is in a namespace: libvirt ignores it, KubeVirt reads it; remove the namespace or the element",
		name);
}

char *lsec_xml_text(const xmlNode *element)
{
	static const char blanks[] = " \t\r\n";
	if (element == NULL)
		return NULL;
	xmlChar *text = xmlNodeGetContent(element);
	const char *start = (const char *)text + strspn((const char *)text, blanks);
	size_t len = strlen(start);
	while (len > 0 && strchr(blanks, start[len - 1]) != NULL)
		len--;
	char *ret = lsec_strndup(start, len);
	xmlFree(text);
	return ret;
}

void lsec_xml_check_plain(const xmlNode *element, const char *parent,
                          struct lsec_problems *problems)
{
	const xmlNode *inner = element == NULL ? NULL : element->children;
	while (inner != NULL && inner->type != XML_ELEMENT_NODE)
		inner = inner->next;
	if (inner == NULL)
		return;
	cleanup_free char *place = lsec_format("%s/%s/*", parent, (const char *)element->name);
	lsec_problem_add(
		problems, place,
		"element inside the value of <%s>, where libvirt and KubeVirt read different values; remove it",
		(const char *)element->name);
}
