/* SPDX-License-Identifier: Apache-2.0 */
/* Namespace declarations that readers of a domain understand differently. */
#ifndef LAUNCHSEC_DOMAIN_NAMESPACES_H
#define LAUNCHSEC_DOMAIN_NAMESPACES_H

#include <libxml/xmlstring.h>

/* What is wrong with the declarations of an element, `count` pairs of prefix and name as libxml2
 * hands them to startElementNs; NULL where nothing is. Static. */
const char *lsec_wrong_namespace(const xmlChar **namespace, int count);

#endif
