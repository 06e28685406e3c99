/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits to a domain: each one is recorded in the report with its place, and keeps the document's
 * indentation. An edit that changes nothing records nothing, so applying twice equals applying
 * once. What an edit refuses is in its problems, and the tree is not to be written then.
 */
#ifndef LAUNCHSEC_DOMAIN_EDIT_H
#define LAUNCHSEC_DOMAIN_EDIT_H

#include <libxml/tree.h>

#include "launchsec/report.h"
#include "xml.h"

/* Of the core: an edit only carries it for the rules. */
struct lsec_settings;

/* What an edit works with. */
struct lsec_edit {
	xmlNode *root; /* <domain> */
	const struct lsec_settings *settings;
	struct lsec_report *report;
	struct lsec_problems *problems;
	size_t edits; /* how often the tree was touched, also where nothing is reported */
};

/*
 * Adds an empty child before the child `next`, or after the last for NULL, with the siblings'
 * indentation. Records nothing.
 */
xmlNode *lsec_edit_insert(struct lsec_edit *edit, xmlNode *parent, const char *name, xmlNode *next);

/* The first child that has one of the names (NULL-terminated), or NULL: where to insert so that
 * the order is the one in which KubeVirt writes. */
xmlNode *lsec_edit_first_of(const xmlNode *parent, const char *const *names);

/* The first child element of that name; where there is none, one is inserted before the first that
 * has one of the names (NULL-terminated). */
xmlNode *lsec_edit_child(struct lsec_edit *edit, xmlNode *parent, const char *name,
                         const char *const *after);

/* An element and its XPath, for the report. */
struct lsec_at {
	xmlNode *element;
	const char *place;
};

/* Sets an attribute. */
void lsec_edit_set_attribute(struct lsec_edit *edit, struct lsec_at at, const char *name,
                             const char *value, const char *reason);

/* Removes an attribute if it is there. */
void lsec_edit_remove_attribute(struct lsec_edit *edit, struct lsec_at at, const char *name,
                                const char *reason);

/* Whether an element holds exactly that text, in one piece, and no more; for NULL: nothing at
 * all. */
bool lsec_edit_holds(const xmlNode *element, const char *value);

/* Makes `value` the one and only content of an element; NULL empties it. */
void lsec_edit_set_text(struct lsec_edit *edit, struct lsec_at at, const char *value,
                        const char *reason);

/* Removes an element, with the white space in front of it, and records it. */
void lsec_edit_remove(struct lsec_edit *edit, struct lsec_at at, const char *reason);

/* The same three without a record, for edits that record in their own way. */
void lsec_edit_take_out(struct lsec_edit *edit, xmlNode *element);
void lsec_edit_put_attribute(struct lsec_edit *edit, xmlNode *element, const char *name,
                             const char *value);
void lsec_edit_put_text(struct lsec_edit *edit, xmlNode *element, const char *value);

#endif
