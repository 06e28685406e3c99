/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that libvirt and KubeVirt read the list of vCPUs alike, and that its vCPUs can start
 * together.
 *
 * How libvirt reads the list: domain_conf.c, virDomainVcpuParse; id and enabled are required, a
 * vCPU that is not listed is off. What it asks of vCPUs that start together: qemu_domain.c,
 * qemuDomainDefVcpusPostParse; they come first, and orders ascend. <vcpu current='N'> without a
 * list starts N vCPUs that are not hotpluggable.
 */
#include <string.h>

#include "base/text.h"
#include "domain.h"
#include "xml.h"

#define VCPUS "/domain/vcpus"

/* What is known of a list, by vCPU. */
struct list {
	unsigned listed; /* how many */
	bool seen[LSEC_MAX_VCPUS], enabled[LSEC_MAX_VCPUS];
	uint16_t order[LSEC_MAX_VCPUS]; /* 0: none */
};

/* Takes both texts over. */
static int refuse(char *place, char *what, struct lsec_problems *problems)
{
	int status = lsec_problem_add(problems, place, "%s", what);
	free(place);
	free(what);
	return status;
}

static int refuse_value(unsigned index, const char *attribute, const char *value,
                        const char *wanted, struct lsec_problems *problems)
{
	return refuse(lsec_format(VCPUS "/vcpu[%u]/@%s", index, attribute),
	              value == NULL
	                      ? lsec_format("missing; must be %s", wanted)
	                      : lsec_format("must be %s, got %s", wanted, lsec_quote(value).text),
	              problems);
}

/* One <vcpu>; `index` counts from 1. */
static int read_vcpu(const xmlNode *vcpu, unsigned index, struct list *list,
                     struct lsec_problems *problems)
{
	static const char a_number[] = "a number below " LSEC_TEXT(LSEC_MAX_VCPUS);
	uint64_t number = 0;
	uint64_t position = 0;
	cleanup_free char *id = lsec_xml_attribute(vcpu, "id", problems);
	cleanup_free char *enabled = lsec_xml_attribute(vcpu, "enabled", problems);
	cleanup_free char *order = lsec_xml_attribute(vcpu, "order", problems);
	if (id == NULL || !lsec_decimal(id, LSEC_MAX_VCPUS - 1, &number))
		return refuse_value(index, "id", id, a_number, problems);
	if (enabled == NULL || (strcmp(enabled, "yes") != 0 && strcmp(enabled, "no") != 0))
		return refuse_value(index, "enabled", enabled, "yes or no", problems);
	if (order != NULL && !lsec_decimal(order, LSEC_MAX_VCPUS, &position))
		return refuse_value(index, "order", order, a_number, problems);
	if (list->seen[number])
		return refuse(
			lsec_format(VCPUS "/vcpu[%u]/@id", index),
			lsec_format(
				"duplicate vCPU %u: libvirt and KubeVirt may choose differently between them; remove one",
				(unsigned)number),
			problems);
	list->seen[number] = true;
	list->enabled[number] = strcmp(enabled, "yes") == 0;
	list->order[number] = (uint16_t)position;
	return 0;
}

static int read_list(const xmlNode *vcpus, struct list *list, struct lsec_problems *problems)
{
	int status = 0;
	for (const xmlNode *vcpu = vcpus->children; vcpu != NULL; vcpu = vcpu->next) {
		if (vcpu->type != XML_ELEMENT_NODE || strcmp((const char *)vcpu->name, "vcpu") != 0)
			continue;
		if (vcpu->ns != NULL)
			return lsec_xml_refuse_namespace(VCPUS "/vcpu", "vcpu", problems);
		if (++list->listed > LSEC_MAX_VCPUS)
			return lsec_problem_add(
				problems, VCPUS,
				"has more than %u vCPUs, which is the limit of KVM; remove some",
				LSEC_MAX_VCPUS);
		status |= read_vcpu(vcpu, list->listed, list, problems);
	}
	return status;
}

/* Whether all that start can start together; otherwise libvirt refuses the domain. */
static int check_together(const struct list *list, struct lsec_problems *problems)
{
	for (unsigned i = 1; i < LSEC_MAX_VCPUS; i++) {
		unsigned last = list->order[i - 1];
		unsigned order = list->order[i];
		if (!list->enabled[i])
			continue;
		if (!list->enabled[i - 1])
			return refuse(
				lsec_format(VCPUS "/vcpu[@id='%u']/@enabled", i),
				lsec_format(
					"vCPU %u is enabled but vCPU %u is not, so libvirt cannot start QEMU with it; enable vCPUs from 0 without a gap",
					i, i - 1),
				problems);
		if (last == 0 ? order != 0 : order <= last)
			return refuse(
				lsec_format(VCPUS "/vcpu[@id='%u']/@order", i),
				lsec_format(
					"order %u comes after %u at vCPU %u, but vCPUs that start together must ascend; remove order from every vCPU",
					order, last, i - 1),
				problems);
	}
	return 0;
}

void lsec_vcpus_check(const xmlNode *root, struct lsec_problems *problems)
{
	const xmlNode *vcpus = lsec_xml_child(root, "vcpus");
	if (vcpus == NULL)
		return;
	struct list *list = lsec_calloc(1, sizeof(*list));
	if (read_list(vcpus, list, problems) == 0)
		check_together(list, problems);
	free(list);
}
