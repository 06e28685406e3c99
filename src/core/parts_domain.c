/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs and kernel of a domain, as libvirt reads them. */
#include <string.h>

#include "base/text.h"
#include "parts.h"

#define VCPU "/domain/vcpu"
#define VCPUS "/domain/vcpus"

/* libvirt: virXPathUInt(). */
static int read_count(const char *place, const char *text, unsigned *ret,
                      struct lsec_problems *problems)
{
	uint64_t number = 0;
	if (!lsec_decimal(text, LSEC_MAX_VCPUS, &number) || number < 1)
		return lsec_problem_add(problems, place,
		                        "must be 1 to " LSEC_TEXT(LSEC_MAX_VCPUS) " vCPUs, got %s",
		                        lsec_quote(text).text);
	*ret = (unsigned)number;
	return 0;
}

/* <vcpu current='N'>MOST</vcpu>; without either it is 1. */
static int read_vcpu(const struct lsec_domain *domain, struct lsec_parts *ret,
                     struct lsec_problems *problems)
{
	const xmlNode *vcpu = lsec_xml_child(domain->root, "vcpu");
	cleanup_free char *most = lsec_xml_text(vcpu);
	cleanup_free char *current = lsec_xml_attribute(vcpu, "current", problems);
	unsigned maximum = 1;
	ret->vcpus_place = lsec_strdup(current == NULL ? VCPU : VCPU "/@current");
	if (most != NULL && most[0] != '\0' && read_count(VCPU, most, &maximum, problems) < 0)
		return -1;
	ret->vcpus = maximum;
	if (current == NULL)
		return 0;
	if (read_count(VCPU "/@current", current, &ret->vcpus, problems) < 0)
		return -1;
	if (ret->vcpus > maximum)
		return lsec_problem_add(
			problems, VCPU "/@current",
			"%u vCPUs are more than the maximum of %u, so libvirt refuses the domain; correct one of them",
			ret->vcpus, maximum);
	return 0;
}

/* A list overrides `current`; lsec_vcpus_check() has checked it. */
static int read_vcpus(const struct lsec_domain *domain, struct lsec_parts *ret,
                      struct lsec_problems *problems)
{
	unsigned enabled = 0;
	const xmlNode *vcpus = lsec_xml_child(domain->root, "vcpus");
	xmlNode *vcpu = lsec_xml_child(vcpus, "vcpu");
	if (read_vcpu(domain, ret, problems) < 0)
		return -1;
	if (vcpu == NULL)
		return 0;
	for (; vcpu != NULL; vcpu = lsec_xml_from(vcpu->next, "vcpu")) {
		cleanup_free char *on = lsec_xml_attribute(vcpu, "enabled", problems);
		cleanup_free char *plugged = lsec_xml_attribute(vcpu, "hotpluggable", problems);
		enabled += lsec_equal(on, "yes");
		ret->plugged += lsec_equal(on, "yes") && lsec_equal(plugged, "yes");
	}
	free(lsec_steal(&ret->vcpus_place));
	ret->vcpus_place = lsec_strdup(VCPUS);
	ret->vcpus = enabled;
	if (enabled > 0)
		return 0;
	return lsec_problem_add(
		problems, VCPUS,
		"no vCPU is enabled, so libvirt refuses the domain; enable at least one");
}

/* libvirt: a model without a mode is `custom`. */
static void read_cpu(const struct lsec_domain *domain, struct lsec_parts *ret)
{
	const char *mode = domain->cpu_mode;
	const char *model = domain->cpu_model;
	ret->cpu_place = lsec_strdup("/domain/cpu/@mode");
	if (lsec_equal(mode, "host-model")) {
		ret->cpu = LSEC_CPU_HOST_MODEL;
	} else if (lsec_equal(mode, "host-passthrough") || lsec_equal(mode, "maximum")) {
		ret->cpu = LSEC_CPU_HOST;
	} else if ((mode == NULL || strcmp(mode, "custom") == 0) && model != NULL &&
	           model[0] != '\0') {
		ret->cpu = LSEC_CPU_NAMED;
		ret->cpu_model = lsec_strdup(model);
		free(lsec_steal(&ret->cpu_place));
		ret->cpu_place = lsec_strdup("/domain/cpu/model");
	}
}

static bool has_text(const xmlNode *parent, const char *name)
{
	cleanup_free char *text = lsec_xml_text(lsec_xml_child(parent, name));
	return text != NULL && text[0] != '\0';
}

/* libvirt hands the command line on as it is, with white space at its ends. */
static void read_kernel(const struct lsec_domain *domain, struct lsec_parts *ret)
{
	const xmlNode *cmdline = lsec_xml_child(domain->os, "cmdline");
	ret->kernel = domain->kernel;
	ret->initrd = has_text(domain->os, "initrd");
	ret->kernel_place = lsec_strdup("/domain/os/kernel");
	ret->initrd_place = lsec_strdup("/domain/os/initrd");
	ret->cmdline_place = lsec_strdup("/domain/os/cmdline");
	if (cmdline == NULL)
		return;
	xmlChar *text = xmlNodeGetContent(cmdline);
	ret->cmdline = lsec_strdup((const char *)text);
	xmlFree(text);
}

/* Whether the value of the argument was found to decide over something, and is refused for it. */
static bool is_found(const struct lsec_qemu_findings *findings, unsigned index)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->of[i].index == index)
			return true;
	return false;
}

/* Options that the table of arguments accepts with some values: a machine, and disks that QEMU
 * could load firmware from. */
static int refuse_options(const struct lsec_arguments *arguments, struct lsec_problems *problems)
{
	static const char options[] = "-machine|-M|-drive|-blockdev";
	int status = 0;
	for (size_t i = 0; i < arguments->count; i++) {
		const struct lsec_argument *argument = &arguments->of[i];
		size_t skip = strncmp(argument->value, "--", 2) == 0 ? 1 : 0;
		const char *option = argument->value + skip;
		if (argument->own || argument->index == 0 ||
		    !lsec_qemu_matches(options, option, strlen(option)) ||
		    is_found(&arguments->findings, argument->index + 1))
			continue;
		cleanup_free char *place = lsec_argument_place(argument->index);
		status = lsec_problem_add(
			problems, place,
			"%s may change what is measured, so no digest can be computed; use libvirt's elements instead",
			option);
	}
	return status;
}

int lsec_parts_of_domain(const struct lsec_domain *domain, struct lsec_parts *ret,
                         struct lsec_problems *problems)
{
	*ret = (struct lsec_parts){0};
	int status = read_vcpus(domain, ret, problems);
	read_cpu(domain, ret);
	read_kernel(domain, ret);
	/* Memory, ACPI tables and what the firmware reads later are not measured. */
	status |= lsec_qemu_refuse_all(
		&domain->arguments.findings,
		"-m|-mem-path|-numa|-uuid|-no-acpi|-no-hpet|-acpitable|-option-rom|-fw_cfg",
		", since it may change what is measured", problems);
	return status | refuse_options(&domain->arguments, problems);
}
