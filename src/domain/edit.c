/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A domain is indented or on one line, and stays so: a removed element takes
 * the white space before it along, and a new one gets that of its first sibling, or one step more
 * than its parent's. White space counts as indentation only where it is short, stands alone, and is
 * before an element or an end tag; all other text stays.
 */
#include "edit.h"

#include <string.h>

#include "base/text.h"

/* Whether a node is indentation. Longer white space is text: it would be searched and copied for
 * each element that is added or removed. */
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
 * The white space in front of children of `parent`, allocated: that of its first child element;
 * else the parent's own and one step more, where a step is what the parent has over its own parent.
 * NULL on one line.
 */
static xmlChar *child_indent(const xmlNode *parent)
{
	const xmlNode *child = parent->children;
	while (child != NULL && child->type != XML_ELEMENT_NODE)
		child = child->next;
	const xmlChar *own = indent_of(parent);
	if (child != NULL || own == NULL)
		return xmlStrdup(indent_of(child));
	const xmlChar *outer = parent->parent == NULL ? NULL : indent_of(parent->parent);
	size_t skip = outer == NULL ? 1 : strlen((const char *)outer);
	const char *step = strlen((const char *)own) > skip ? (const char *)own + skip : "";
	return xmlStrncatNew(own, (const xmlChar *)step, -1);
}

/* Puts white space before or after a node; `indent` may be NULL. */
static void put_blank(xmlNode *node, const xmlChar *indent, bool in_front)
{
	if (indent == NULL || indent[0] == '\0')
		return;
	xmlNode *blank = xmlNewDocText(node->doc, indent);
	if (in_front)
		xmlAddPrevSibling(node, blank);
	else
		xmlAddNextSibling(node, blank);
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
static void append(xmlNode *parent, xmlNode *child, const xmlChar *indent)
{
	xmlNode *tail = is_blank(parent->last) ? parent->last : NULL;
	bool empty = parent->children == NULL;
	if (tail != NULL)
		xmlAddPrevSibling(tail, child);
	else
		xmlAddChild(parent, child);
	put_blank(child, indent, true);
	if (empty && indent != NULL)
		put_blank(child, indent_of(parent), false);
}

xmlNode *lsec_edit_insert(struct lsec_edit *edit, xmlNode *parent, const char *name, xmlNode *next)
{
	xmlChar *indent = child_indent(parent);
	xmlNode *child = xmlNewDocNode(parent->doc, NULL, (const xmlChar *)name, NULL);
	edit->edits++;
	if (next != NULL) {
		xmlAddPrevSibling(next, child);
		put_blank(child, indent, false);
	} else {
		append(parent, child, indent);
	}
	xmlFree(indent);
	return child;
}

xmlNode *lsec_edit_child(struct lsec_edit *edit, xmlNode *parent, const char *name,
                         const char *const *after)
{
	xmlNode *child = lsec_xml_child(parent, name);
	if (child != NULL)
		return child;
	return lsec_edit_insert(edit, parent, name, lsec_edit_first_of(parent, after));
}

void lsec_edit_put_attribute(struct lsec_edit *edit, xmlNode *element, const char *name,
                             const char *value)
{
	edit->edits++;
	xmlSetNsProp(element, NULL, (const xmlChar *)name, (const xmlChar *)value);
}

void lsec_edit_set_attribute(struct lsec_edit *edit, struct lsec_at at, const char *name,
                             const char *value, const char *reason)
{
	cleanup_free char *old = lsec_xml_attribute(at.element, name, edit->problems);
	if (old != NULL && strcmp(old, value) == 0)
		return;
	cleanup_free char *place = lsec_concat(at.place, "/@", name);
	lsec_edit_put_attribute(edit, at.element, name, value);
	if (old == NULL)
		lsec_report_added(edit->report, place, value, reason);
	else
		lsec_report_set(edit->report, place, old, value, reason);
}

void lsec_edit_remove_attribute(struct lsec_edit *edit, struct lsec_at at, const char *name,
                                const char *reason)
{
	cleanup_free char *old = lsec_xml_attribute(at.element, name, edit->problems);
	if (old == NULL)
		return;
	cleanup_free char *place = lsec_concat(at.place, "/@", name);
	edit->edits++;
	xmlUnsetNsProp(at.element, NULL, (const xmlChar *)name);
	lsec_report_removed(edit->report, place, old, reason);
}

static void empty(xmlNode *element)
{
	while (element->children != NULL) {
		xmlNode *child = element->children;
		xmlUnlinkNode(child);
		xmlFreeNode(child);
	}
}

void lsec_edit_put_text(struct lsec_edit *edit, xmlNode *element, const char *value)
{
	edit->edits++;
	empty(element);
	if (value != NULL)
		xmlAddChild(element, xmlNewDocText(element->doc, (const xmlChar *)value));
}

bool lsec_edit_holds(const xmlNode *element, const char *value)
{
	const xmlNode *child = element->children;
	if (value == NULL)
		return child == NULL;
	return child != NULL && child->next == NULL && child->type == XML_TEXT_NODE &&
	       strcmp((const char *)child->content, value) == 0;
}

void lsec_edit_set_text(struct lsec_edit *edit, struct lsec_at at, const char *value,
                        const char *reason)
{
	if (lsec_edit_holds(at.element, value))
		return;
	cleanup_free char *old = lsec_xml_text(at.element);
	bool had = old[0] != '\0';
	lsec_edit_put_text(edit, at.element, value);
	if (!had && value == NULL)
		return;
	if (value == NULL)
		lsec_report_removed(edit->report, at.place, old, reason);
	else if (had)
		lsec_report_set(edit->report, at.place, old, value, reason);
	else
		lsec_report_added(edit->report, at.place, value, reason);
}

void lsec_edit_take_out(struct lsec_edit *edit, xmlNode *element)
{
	edit->edits++;
	xmlNode *parent = element->parent;
	xmlNode *blank = is_blank(element->prev) ? element->prev : NULL;
	xmlNode *after = element->next;
	xmlUnlinkNode(element);
	xmlFreeNode(element);
	/* Without white space before or after it, the text stays. */
	if (blank != NULL &&
	    (after == NULL || is_blank(after) || after->type == XML_ELEMENT_NODE)) {
		xmlUnlinkNode(blank);
		xmlFreeNode(blank);
	}
	if (parent->children == parent->last && is_blank(parent->children))
		empty(parent);
}

void lsec_edit_remove(struct lsec_edit *edit, struct lsec_at at, const char *reason)
{
	cleanup_free char *text = lsec_xml_text(at.element);
	lsec_edit_take_out(edit, at.element);
	lsec_report_removed(edit->report, at.place, text, reason);
}
