/* SPDX-License-Identifier: Apache-2.0 */
#include "edit.h"

#include <string.h>

#include "base/text.h"

/* Whether a node is white space as it stands in front of elements. Longer white space is just
 * text: it would be looked through, and be copied, for each element that comes or goes. */
static bool is_blank(const xmlNode *node)
{
	static const char blanks[] = " \t\r\n";
	size_t len = 0;
	if (node == NULL || node->type != XML_TEXT_NODE || node->content == NULL)
		return false;
	const char *text = (const char *)node->content;
	while (len <= LSEC_MAX_INDENTATION && text[len] != '\0' &&
	       strchr(blanks, text[len]) != NULL)
		len++;
	return len <= LSEC_MAX_INDENTATION && text[len] == '\0';
}

/* The white space in front of a node, or NULL where there is none. */
static const xmlChar *indent_of(const xmlNode *node)
{
	return node != NULL && is_blank(node->prev) ? node->prev->content : NULL;
}

/*
 * The white space in front of children of `parent`, allocated in *ret: that of its first child
 * element; else the parent's own and one step more, where a step is what the parent has over its
 * own parent. NULL on one line.
 */
static int child_indent(struct lsec_edit *edit, const xmlNode *parent, xmlChar **ret)
{
	*ret = NULL;
	const xmlNode *child = parent->children;
	while (child != NULL && child->type != XML_ELEMENT_NODE)
		child = child->next;
	const xmlChar *own = indent_of(parent);
	if (child != NULL || own == NULL) {
		own = indent_of(child);
		if (own == NULL)
			return 0;
		*ret = xmlStrdup(own);
		return *ret == NULL ? lsec_problem_no_memory(edit->problems) : 0;
	}
	const xmlChar *outer = parent->parent == NULL ? NULL : indent_of(parent->parent);
	size_t skip = outer == NULL ? 1 : strlen((const char *)outer);
	const char *step = strlen((const char *)own) > skip ? (const char *)own + skip : "";
	*ret = xmlStrncatNew(own, (const xmlChar *)step, -1);
	return *ret == NULL ? lsec_problem_no_memory(edit->problems) : 0;
}

/* Puts white space in front of, or behind, a node; `indent` may be NULL. */
static int put_blank(struct lsec_edit *edit, xmlNode *node, const xmlChar *indent, bool in_front)
{
	if (indent == NULL || indent[0] == '\0')
		return 0;
	xmlNode *blank = xmlNewDocText(node->doc, indent);
	if (blank == NULL || blank->content == NULL) {
		xmlFreeNode(blank);
		return lsec_problem_no_memory(edit->problems);
	}
	if (in_front)
		xmlAddPrevSibling(node, blank);
	else
		xmlAddNextSibling(node, blank);
	return 0;
}

xmlNode *lsec_edit_first_of(const xmlNode *parent, const char *const *names)
{
	for (xmlNode *child = parent->children; child != NULL; child = child->next)
		for (size_t i = 0; names[i] != NULL; i++)
			if (lsec_xml_is(child, names[i]))
				return child;
	return NULL;
}

/* Behind the last child: the white space in front of the end tag stays last. */
static int append(struct lsec_edit *edit, xmlNode *parent, xmlNode *child, const xmlChar *indent)
{
	xmlNode *tail = is_blank(parent->last) ? parent->last : NULL;
	if (tail != NULL) {
		xmlAddPrevSibling(tail, child);
		return put_blank(edit, child, indent, true);
	}
	bool empty = parent->children == NULL;
	xmlAddChild(parent, child);
	if (put_blank(edit, child, indent, true) < 0)
		return -1;
	return empty && indent != NULL ? put_blank(edit, child, indent_of(parent), false) : 0;
}

xmlNode *lsec_edit_insert(struct lsec_edit *edit, xmlNode *parent, const char *name, xmlNode *next)
{
	xmlChar *indent = NULL;
	if (child_indent(edit, parent, &indent) < 0)
		return NULL;
	xmlNode *child = xmlNewDocNode(parent->doc, NULL, (const xmlChar *)name, NULL);
	edit->edits++;
	int status = 0;
	if (child == NULL) {
		status = lsec_problem_no_memory(edit->problems);
	} else if (next != NULL) {
		xmlAddPrevSibling(next, child);
		status = put_blank(edit, child, indent, false);
	} else {
		status = append(edit, parent, child, indent);
	}
	xmlFree(indent);
	return status < 0 ? NULL : child;
}

int lsec_edit_put_attribute(struct lsec_edit *edit, xmlNode *element, const char *name,
                            const char *value)
{
	edit->edits++;
	const xmlAttr *attribute =
		xmlSetNsProp(element, NULL, (const xmlChar *)name, (const xmlChar *)value);
	/* Out of memory, libxml2 2.9 leaves an attribute without its value. */
	if (attribute == NULL || (value[0] != '\0' && (attribute->children == NULL ||
	                                               attribute->children->content == NULL)))
		return lsec_problem_no_memory(edit->problems);
	return 0;
}

int lsec_edit_set_attribute(struct lsec_edit *edit, xmlNode *element, const char *place,
                            const char *name, const char *value, const char *reason)
{
	cleanup_free char *old = NULL;
	if (lsec_xml_attribute(element, name, &old, edit->problems) < 0)
		return -1;
	if (old != NULL && strcmp(old, value) == 0)
		return 0;
	cleanup_free char *at = lsec_format("%s/@%s", place, name);
	if (at == NULL)
		return lsec_problem_no_memory(edit->problems);
	if (lsec_edit_put_attribute(edit, element, name, value) < 0)
		return -1;
	return lsec_report_change(edit->report, old == NULL ? LSEC_ADDED : LSEC_SET, at, old, value,
	                          reason, edit->problems);
}

int lsec_edit_remove_attribute(struct lsec_edit *edit, xmlNode *element, const char *place,
                               const char *name, const char *reason)
{
	cleanup_free char *old = NULL;
	if (lsec_xml_attribute(element, name, &old, edit->problems) < 0)
		return -1;
	if (old == NULL)
		return 0;
	cleanup_free char *at = lsec_format("%s/@%s", place, name);
	if (at == NULL)
		return lsec_problem_no_memory(edit->problems);
	edit->edits++;
	xmlUnsetNsProp(element, NULL, (const xmlChar *)name);
	return lsec_report_change(edit->report, LSEC_REMOVED, at, old, NULL, reason,
	                          edit->problems);
}

static void empty(xmlNode *element)
{
	while (element->children != NULL) {
		xmlNode *child = element->children;
		xmlUnlinkNode(child);
		xmlFreeNode(child);
	}
}

int lsec_edit_put_text(struct lsec_edit *edit, xmlNode *element, const char *value)
{
	edit->edits++;
	empty(element);
	if (value == NULL)
		return 0;
	xmlNode *text = xmlNewDocText(element->doc, (const xmlChar *)value);
	if (text == NULL || text->content == NULL) {
		xmlFreeNode(text);
		return lsec_problem_no_memory(edit->problems);
	}
	xmlAddChild(element, text);
	return 0;
}

bool lsec_edit_holds(const xmlNode *element, const char *value)
{
	const xmlNode *child = element->children;
	if (value == NULL)
		return child == NULL;
	return child != NULL && child->next == NULL && child->type == XML_TEXT_NODE &&
	       strcmp((const char *)child->content, value) == 0;
}

int lsec_edit_set_text(struct lsec_edit *edit, xmlNode *element, const char *place,
                       const char *value, const char *reason)
{
	if (lsec_edit_holds(element, value))
		return 0;
	cleanup_free char *old = NULL;
	if (lsec_xml_text(element, &old, edit->problems) < 0 ||
	    lsec_edit_put_text(edit, element, value) < 0)
		return -1;
	bool had = old != NULL && old[0] != '\0';
	if (!had && value == NULL)
		return 0;
	enum lsec_action action = value == NULL ? LSEC_REMOVED : had ? LSEC_SET : LSEC_ADDED;
	return lsec_report_change(edit->report, action, place, had ? old : NULL, value, reason,
	                          edit->problems);
}

void lsec_edit_take_out(struct lsec_edit *edit, xmlNode *element)
{
	edit->edits++;
	xmlNode *parent = element->parent;
	xmlNode *blank = is_blank(element->prev) ? element->prev : NULL;
	xmlNode *behind = element->next;
	xmlUnlinkNode(element);
	xmlFreeNode(element);
	/* With no white space in front, or none behind, the text stays. */
	if (blank != NULL &&
	    (behind == NULL || is_blank(behind) || behind->type == XML_ELEMENT_NODE)) {
		xmlUnlinkNode(blank);
		xmlFreeNode(blank);
	}
	if (parent->children == parent->last && is_blank(parent->children))
		empty(parent);
}

int lsec_edit_remove(struct lsec_edit *edit, xmlNode *element, const char *place,
                     const char *reason)
{
	cleanup_free char *text = NULL;
	if (lsec_xml_text(element, &text, edit->problems) < 0)
		return -1;
	lsec_edit_take_out(edit, element);
	return lsec_report_change(edit->report, LSEC_REMOVED, place, text, NULL, reason,
	                          edit->problems);
}
