/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents from outside: read within limits, written unchanged. */
#ifndef LAUNCHSEC_DOMAIN_XML_H
#define LAUNCHSEC_DOMAIN_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "launchsec/problems.h"

struct lsec_xml {
	xmlDoc *doc;
	bool declaration; /* it began with <?xml …?> */
	bool self_closed; /* it had an <empty/> element, so new ones are written so, too */
};

/*
 * Reads a document of `len` bytes. Document types are refused, so that no entity is ever defined or
 * resolved; nothing is ever loaded from elsewhere. `name` names the document in problems. On
 * failure *ret is left alone.
 */
int lsec_xml_read(const char *bytes, size_t len, const char *name, struct lsec_xml *ret,
                  struct lsec_problems *problems);

/* A document in UTF-8, with or without declaration and with empty elements as it was read.
 * Allocated, and NUL-terminated after *ret_len bytes. */
char *lsec_xml_write(const struct lsec_xml *xml, size_t *ret_len);

void lsec_xml_clear(struct lsec_xml *xml);

/* Whether a node is an element without namespace of that name (NULL: any). */
bool lsec_xml_is(const xmlNode *node, const char *name);

/* The first child element of that name, or NULL, also for parent NULL. */
xmlNode *lsec_xml_child(const xmlNode *parent, const char *name);

/* The first element of that name (NULL: any) at `node` or among its later siblings. */
xmlNode *lsec_xml_from(xmlNode *node, const char *name);

/* An attribute's value, allocated; NULL where there is none. One of that name in a namespace is
 * refused, since libvirt ignores the namespace and reads the first of two. */
char *lsec_xml_attribute(const xmlNode *element, const char *name, struct lsec_problems *problems);

/* Refuses an element in a namespace, which libvirt and KubeVirt read differently. Returns -1. */
int lsec_xml_refuse_namespace(const char *place, const char *name, struct lsec_problems *problems);

/* Refuses elements inside an element, or NULL, whose text is a value: libvirt reads all text in it
 * (XPath string()), Go, and so KubeVirt, only what is in no other element. `parent` is its parent's
 * XPath. */
void lsec_xml_check_plain(const xmlNode *element, const char *parent,
                          struct lsec_problems *problems);

/* An element's text without the white space around it, allocated; NULL for NULL. */
char *lsec_xml_text(const xmlNode *element);

#endif
