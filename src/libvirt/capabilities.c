/* SPDX-License-Identifier: Apache-2.0 */
/* Domain capabilities, read from XML. */
#include "capabilities.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "domain/xml.h"

static int read_supported(const xmlNode *element, const char *name, bool *ret,
                          struct lsec_problems *problems)
{
	size_t before = lsec_problems_count(problems);
	if (element == NULL)
		return 0;
	cleanup_free char *value = lsec_xml_attribute(element, "supported", problems);
	if (lsec_problems_count(problems) > before)
		return -1;
	*ret = lsec_equal(value, "yes");
	if (value == NULL || *ret || strcmp(value, "no") == 0)
		return 0;
	return lsec_problem_add(problems, name, "supported in <%s> must be yes or no, got %s",
	                        (const char *)element->name, lsec_quote(value).text);
}

/* libvirt writes these as signed decimals (%d). */
static int read_number(const xmlNode *parent, const char *element, const char *name,
                       struct lsec_virt_number *ret, struct lsec_problems *problems)
{
	cleanup_free char *text = lsec_xml_text(lsec_xml_child(parent, element));
	char *end = NULL;
	if (text == NULL)
		return 0;
	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > INT32_MAX)
		return lsec_problem_add(problems, name, "<%s> must be a whole number, got %s",
		                        element, lsec_quote(text).text);
	*ret = (struct lsec_virt_number){true, (uint32_t)number};
	return 0;
}

static int read_sev(const xmlNode *sev, const char *name, struct lsec_virt_capabilities *ret,
                    struct lsec_problems *problems)
{
	if (read_supported(sev, name, &ret->sev, problems) < 0)
		return -1;
	if (!ret->sev)
		return 0;
	return read_number(sev, "cbitpos", name, &ret->cbitpos, problems) |
	       read_number(sev, "reducedPhysBits", name, &ret->reduced_phys_bits, problems) |
	       read_number(sev, "maxGuests", name, &ret->max_guests, problems) |
	       read_number(sev, "maxESGuests", name, &ret->max_es_guests, problems);
}

/* The types by their names; others, such as s390-pv, do not matter here. */
static void read_type(const xmlNode *value, struct lsec_virt_capabilities *ret)
{
	cleanup_free char *text = lsec_xml_text(value);
	ret->sev_type |= strcmp(text, "sev") == 0;
	ret->sev_snp_type |= strcmp(text, "sev-snp") == 0;
	ret->tdx_type |= strcmp(text, "tdx") == 0;
}

static int read_types(const xmlNode *security, const char *name, struct lsec_virt_capabilities *ret,
                      struct lsec_problems *problems)
{
	bool supported = false;
	ret->tells_types = security != NULL;
	if (read_supported(security, name, &supported, problems) < 0)
		return -1;
	if (!supported)
		return 0;
	size_t before = lsec_problems_count(problems);
	for (const xmlNode *list = lsec_xml_child(security, "enum"); list != NULL;
	     list = lsec_xml_from(list->next, "enum")) {
		cleanup_free char *kind = lsec_xml_attribute(list, "name", problems);
		if (!lsec_equal(kind, "sectype"))
			continue;
		for (const xmlNode *value = lsec_xml_child(list, "value"); value != NULL;
		     value = lsec_xml_from(value->next, "value"))
			read_type(value, ret);
	}
	return lsec_problems_count(problems) > before ? -1 : 0;
}

int lsec_virt_capabilities_read(const char *bytes, size_t len, const char *name,
                                struct lsec_virt_capabilities *ret, struct lsec_problems *problems)
{
	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_virt_capabilities found = {0};
	if (lsec_xml_read(bytes, len, name, &xml, problems) < 0)
		return -1;
	const xmlNode *root = xmlDocGetRootElement(xml.doc);
	if (root == NULL || !lsec_xml_is(root, "domainCapabilities"))
		return lsec_problem_add(problems, name,
		                        "must be <domainCapabilities>, got another document");
	const xmlNode *features = lsec_xml_child(root, "features");
	if ((read_sev(lsec_xml_child(features, "sev"), name, &found, problems) |
	     read_supported(lsec_xml_child(features, "tdx"), name, &found.tdx, problems) |
	     read_types(lsec_xml_child(features, "launchSecurity"), name, &found, problems)) < 0)
		return -1;
	*ret = found;
	return 0;
}
