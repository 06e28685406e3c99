/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespace declarations are refused. */
#include "namespaces.h"

#include <string.h>

#include "launchsec/keys.h"

/* Whether namespace names (every second of prefix, name) are plain: libxml2 writes them without
 * escaping. */
static bool are_plain(const xmlChar **namespace, int namespaces)
{
	for (int i = 0; i < namespaces; i++)
		for (const xmlChar *c = namespace[2 * i + 1]; c != NULL && *c != '\0'; c++)
			if (*c <= ' ' || *c > '~' || strchr("<>\"'&", *c) != NULL)
				return false;
	return true;
}

/*
 * Go's decoder hands xmlns:value to KubeVirt's structs as an attribute named value, and of two the
 * first or the last counts (encoding/xml, KubeVirt's TransferQEMUCommandline). libvirt sees none.
 */
static bool is_attribute(const xmlChar *prefix)
{
	static const char *const names[] = {
		"arch",     "bar",      "bus",          "capability", "cbitpos",   "check",
		"current",  "dev",      "device",       "driver",     "enabled",   "file",
		"firmware", "format",   "hotpluggable", "id",         "index",     "iommu",
		"machine",  "match",    "mode",         "model",      "name",      "order",
		"path",     "readonly", "secure",       "state",      "stateless", "template",
		"type",     "value",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp((const char *)prefix, names[i]) == 0)
			return true;
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_key(i)->form == LSEC_XML_ATTRIBUTE &&
		    strcmp((const char *)prefix, lsec_key(i)->xml) == 0)
			return true;
	return false;
}

static bool hides_attribute(const xmlChar **namespace, int namespaces)
{
	for (size_t i = 0; i < (size_t)namespaces; i++)
		if (namespace[2 * i] != NULL && is_attribute(namespace[2 * i]))
			return true;
	return false;
}

const char *lsec_wrong_namespace(const xmlChar **namespace, int count)
{
	if (!are_plain(namespace, count))
		return "a namespace name contains blanks, quotes, angle brackets or non-ASCII characters; use a plain URI";
	if (hides_attribute(namespace, count))
		return "a namespace prefix is the name of an attribute (such as xmlns:type), which KubeVirt reads as that attribute and libvirt does not; use another prefix";
	return NULL;
}
