/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML documents from outside: read within limits, written as they came.
 */
#ifndef LAUNCHSEC_DOMAIN_XML_H
#define LAUNCHSEC_DOMAIN_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "launchsec/problems.h"

struct lsec_xml {
	xmlDoc *doc;
	bool declaration; /* it began with <?xml …?> */
	bool self_closed; /* it had an <empty/> element, so ours are written so too */
};

/*
 * Reads a document of `len` bytes. Document types are refused, so that no entity is ever defined or
 * resolved; nothing is ever loaded from elsewhere. `name` names the document in problems. On
 * failure *ret is left alone.
 */
int lsec_xml_read(const char *bytes, size_t len, const char *name, struct lsec_xml *ret,
                  struct lsec_problems *problems);

/* The same for a document that lsec_xml_write() made of one that was read. It may be somewhat
 * past the limits, which only outsiders have to keep. */
int lsec_xml_read_own(const char *bytes, size_t len, const char *name, struct lsec_xml *ret,
                      struct lsec_problems *problems);

/*
 * Writes a document in UTF-8, with or without declaration and with empty elements as it was read.
 * *ret_bytes is allocated and NUL-terminated behind *ret_len.
 */
int lsec_xml_write(const struct lsec_xml *xml, char **ret_bytes, size_t *ret_len,
                   struct lsec_problems *problems);

void lsec_xml_clear(struct lsec_xml *xml);

/* Whether a node is an element without namespace of that name (NULL: any). */
bool lsec_xml_is(const xmlNode *node, const char *name);

/* The first child element of that name, or NULL, also for parent NULL. */
xmlNode *lsec_xml_child(const xmlNode *parent, const char *name);

/* The first element of that name (NULL: any) at `node` or among its later siblings. */
xmlNode *lsec_xml_from(xmlNode *node, const char *name);

/*
 * An attribute's value, or an element's text without the white space around it. Allocated. *ret is
 * NULL where there is no such attribute or element; -1 is returned only when memory ran out.
 */
int lsec_xml_attribute(const xmlNode *element, const char *name, char **ret,
                       struct lsec_problems *problems);
int lsec_xml_text(const xmlNode *element, char **ret, struct lsec_problems *problems);

#endif
