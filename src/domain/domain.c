/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the parts of a domain, and refuses one that cannot be protected. */
#include "domain.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "devices.h"

/*
 * Parts that must not be there twice: libvirt would use one of them, and not necessarily the one
 * that was changed; of <acpi> it uses all (XPath ./os/acpi/table). An element of that name in a
 * namespace is another one to libvirt, but KubeVirt's struct looks at the name only and would pass
 * it to libvirt without its namespace.
 */
static void check_count(const xmlNode *parent, const char *path, const char *const *names,
                        unsigned most, struct lsec_problems *problems)
{
	for (size_t i = 0; parent != NULL && names[i] != NULL; i++) {
		unsigned count = 0;
		bool foreign = false;
		for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
			if (child->type != XML_ELEMENT_NODE ||
			    !lsec_equal((const char *)child->name, names[i]))
				continue;
			count++;
			foreign |= child->ns != NULL;
		}
		if (count <= most && !foreign)
			continue;
		cleanup_free char *place =
			lsec_format("%s/%s%s", path, names[i], foreign ? "" : "[2]");
		if (foreign)
			lsec_xml_refuse_namespace(place, names[i], problems);
		else
			lsec_problem_add(
				problems, place,
				"duplicate <%s>: libvirt's choice between them is undefined; remove one",
				names[i]);
	}
}

static void check_all_once(const struct lsec_domain *domain, struct lsec_problems *problems)
{
	/* Of both TEEs: which of them the element is for may change. */
	const char *fields[LSEC_KEYS + 1] = {NULL};
	size_t count = 0;
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_is_child(lsec_key(i)))
			fields[count++] = lsec_key(i)->xml;
	const struct {
		const xmlNode *parent;
		const char *path;
		unsigned most; /* UINT_MAX: several are fine */
		const char *const *names;
	} lists[] = {
		{domain->root, "/domain", 1,
	         (const char *const[]){"vcpu", "vcpus", "os", "features", "cpu", "devices",
	                               "launchSecurity", NULL}},
		/* find_sysinfo() counts those of type smbios. */
		{domain->root, "/domain", UINT_MAX, (const char *const[]){"sysinfo", NULL}},
		{domain->os, "/domain/os", 1,
	         (const char *const[]){"type", "loader", "nvram", "varstore", "kernel", "initrd",
	                               "cmdline", "firmware", "smbios", "acpi", NULL}},
		{lsec_xml_child(domain->os, "acpi"), "/domain/os/acpi", UINT_MAX,
	         (const char *const[]){"table", NULL}},
		{domain->features, "/domain/features", 1,
	         (const char *const[]){"smm", "pmu", "ioapic", NULL}},
		{domain->launch_security, LSEC_SECURITY, 1, fields},
		{domain->sysinfo, "/domain/sysinfo", 1, (const char *const[]){"oemStrings", NULL}},
	};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_count(lists[i].parent, lists[i].path, lists[i].names, lists[i].most,
		            problems);
}

/* q35 or one of its versions, and nothing else: QEMU reads what follows a comma as properties
 * of the machine. */
static bool is_q35(const char *machine)
{
	static const char version[] = "pc-q35-";
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	if (strncmp(machine, version, strlen(version)) != 0)
		return strcmp(machine, "q35") == 0;
	machine += strlen(version);
	return machine[0] != '\0' && machine[strspn(machine, plain)] == '\0';
}

/* The hypervisor, machine and architecture that both TEEs need. */
static void check_machine(const struct lsec_domain *domain, struct lsec_problems *problems)
{
	const xmlNode *type = lsec_xml_child(domain->os, "type");
	cleanup_free char *hypervisor = lsec_xml_attribute(domain->root, "type", problems);
	cleanup_free char *arch = lsec_xml_attribute(type, "arch", problems);
	cleanup_free char *machine = lsec_xml_attribute(type, "machine", problems);
	cleanup_free char *kind = lsec_xml_text(type);
	const struct {
		const char *place, *value;
		bool good;
		const char *expected, *fix;
	} needs[] = {
		{"/domain/@type", hypervisor, lsec_equal(hypervisor, "kvm"),
	         "kvm, the only hypervisor for SEV-SNP and TDX guests",
	         "use a node with KVM, without software emulation"},
		{"/domain/os/type", kind, lsec_equal(kind, "hvm"), "hvm",
	         "use a full virtual machine"},
		{"/domain/os/type/@arch", arch, arch == NULL || strcmp(arch, "x86_64") == 0,
	         "x86_64, the only architecture with SEV-SNP and TDX", "use an x86_64 VM"},
		{"/domain/os/type/@machine", machine, machine != NULL && is_q35(machine),
	         "q35 or one of its versions (such as pc-q35-9.2)",
	         "set spec.domain.machine.type to q35"},
	};
	/* Without <os> there is nothing to check in it. */
	size_t count = domain->os == NULL ? 1 : sizeof(needs) / sizeof(needs[0]);
	for (size_t i = 0; i < count; i++)
		if (!needs[i].good)
			lsec_problem_add(problems, needs[i].place, "must be %s, got %s; %s",
			                 needs[i].expected,
			                 needs[i].value == NULL ? "none"
			                                        : lsec_quote(needs[i].value).text,
			                 needs[i].fix);
	if (domain->os == NULL)
		lsec_problem_add(problems, "/domain/os",
		                 "missing; pass the complete libvirt domain");
}

/* os/firmware/feature name='secure-boot' enabled='yes' */
static void find_secure_boot(struct lsec_domain *domain, struct lsec_problems *problems)
{
	cleanup_free char *secure = lsec_xml_attribute(domain->loader, "secure", problems);
	domain->secure_boot = lsec_equal(secure, "yes");
	xmlNode *feature = lsec_xml_child(lsec_xml_child(domain->os, "firmware"), "feature");
	for (; feature != NULL; feature = lsec_xml_from(feature->next, "feature")) {
		cleanup_free char *name = lsec_xml_attribute(feature, "name", problems);
		cleanup_free char *enabled = lsec_xml_attribute(feature, "enabled", problems);
		domain->secure_boot |=
			lsec_equal(name, "secure-boot") && lsec_equal(enabled, "yes");
	}
}

static void find_os(struct lsec_domain *domain, struct lsec_problems *problems)
{
	domain->loader = lsec_xml_child(domain->os, "loader");
	domain->loader_type = lsec_xml_attribute(domain->loader, "type", problems);
	domain->loader_path = lsec_xml_text(domain->loader);
	cleanup_free char *kernel = lsec_xml_text(lsec_xml_child(domain->os, "kernel"));
	cleanup_free char *firmware = lsec_xml_attribute(domain->os, "firmware", problems);
	lsec_xml_check_plain(domain->loader, "/domain/os", problems);
	domain->kernel = kernel != NULL && kernel[0] != '\0';
	domain->firmware_efi = lsec_equal(firmware, "efi");
	if (lsec_equal(domain->loader_path, ""))
		free(lsec_steal(&domain->loader_path));
	find_secure_boot(domain, problems);
}

/* The value of one field; NULL where it is absent or empty, which is the same to libvirt. What
 * libvirt itself writes for a flag that nobody set, `default`, is absent as well. */
static void find_own(struct lsec_domain *domain, const struct lsec_key *key,
                     struct lsec_problems *problems)
{
	const xmlNode *security = domain->launch_security;
	const xmlNode *child = lsec_is_child(key) ? lsec_xml_child(security, key->xml) : NULL;
	bool ours = (key->tees & domain->tee) != 0;
	cleanup_free char *value = NULL;
	if (key->form == LSEC_XML_ATTRIBUTE) {
		value = lsec_xml_attribute(security, key->xml, problems);
	} else if (key->form == LSEC_XML_PATH) {
		value = lsec_xml_attribute(child, "path", problems);
	} else if (key->form == LSEC_XML_ELEMENT && ours) {
		lsec_xml_check_plain(child, LSEC_SECURITY, problems);
		value = lsec_xml_text(child);
	}
	bool absent = value == NULL || value[0] == '\0' ||
	              (key->form == LSEC_XML_ATTRIBUTE && strcmp(value, "default") == 0);
	if (ours && !absent)
		domain->own[key->id] = lsec_steal(&value);
}

static void find_security(struct lsec_domain *domain, struct lsec_problems *problems)
{
	size_t before = lsec_problems_count(problems);
	domain->security = lsec_xml_attribute(domain->launch_security, "type", problems);
	domain->tee = domain->security == NULL ? LSEC_TEE_NONE : lsec_tee_find(domain->security);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		find_own(domain, lsec_key(i), problems);
	if (domain->launch_security != NULL && domain->security == NULL &&
	    lsec_problems_count(problems) == before)
		lsec_problem_add(
			problems, LSEC_SECURITY "/@type",
			"launchSecurity has no type; set sev, sev-snp or tdx, or remove launchSecurity (another hook may have written it)");
}

static void find_host_devices(struct lsec_domain *domain, struct lsec_problems *problems)
{
	domain->host_devices = lsec_xml_child(domain->devices, "hostdev") != NULL;
	xmlNode *nic = lsec_xml_child(domain->devices, "interface");
	for (; nic != NULL; nic = lsec_xml_from(nic->next, "interface")) {
		cleanup_free char *type = lsec_xml_attribute(nic, "type", problems);
		domain->host_devices |= lsec_equal(type, "hostdev");
	}
}

/* There may be several sysinfo, but one only of type smbios. */
static void find_sysinfo(struct lsec_domain *domain, struct lsec_problems *problems)
{
	xmlNode *sysinfo = lsec_xml_child(domain->root, "sysinfo");
	for (; sysinfo != NULL; sysinfo = lsec_xml_from(sysinfo->next, "sysinfo")) {
		cleanup_free char *type = lsec_xml_attribute(sysinfo, "type", problems);
		if (!lsec_equal(type, "smbios"))
			continue;
		if (domain->sysinfo != NULL)
			lsec_problem_add(
				problems, "/domain/sysinfo[@type='smbios'][2]",
				"duplicate <sysinfo> of type smbios: libvirt's choice between them is undefined; remove one");
		domain->sysinfo = sysinfo;
	}
	domain->oem_strings = lsec_xml_child(domain->sysinfo, "oemStrings");
}

void lsec_domain_parts(const struct lsec_xml *xml, struct lsec_domain *ret,
                       struct lsec_problems *problems)
{
	xmlNode *root = xmlDocGetRootElement(xml->doc);
	*ret = (struct lsec_domain){
		.xml = xml,
		.root = root,
		.os = lsec_xml_child(root, "os"),
		.features = lsec_xml_child(root, "features"),
		.cpu = lsec_xml_child(root, "cpu"),
		.devices = lsec_xml_child(root, "devices"),
		.launch_security = lsec_xml_child(root, "launchSecurity"),
	};
	find_os(ret, problems);
	find_security(ret, problems);
	find_host_devices(ret, problems);
	ret->cpu_mode = lsec_xml_attribute(ret->cpu, "mode", problems);
	ret->cpu_model = lsec_xml_text(lsec_xml_child(ret->cpu, "model"));
	find_sysinfo(ret, problems);
	check_all_once(ret, problems);
	lsec_arguments_find(root, &ret->arguments, problems);
}

void lsec_domain_find(const struct lsec_xml *xml, struct lsec_domain *ret,
                      struct lsec_problems *problems)
{
	xmlNode *root = xmlDocGetRootElement(xml->doc);
	if (root == NULL || !lsec_xml_is(root, "domain")) {
		bool namespaced = root != NULL && root->ns != NULL;
		lsec_problem_add(
			problems, "/domain",
			"must be the root element, without a namespace, but that is %s%s; pass a libvirt domain",
			root == NULL ? "nothing" : lsec_quote((const char *)root->name).text,
			namespaced ? " in a namespace" : "");
		return;
	}
	lsec_domain_parts(xml, ret, problems);
	check_machine(ret, problems);
	lsec_vcpus_check(root, problems);
	lsec_devices_check(ret->devices, problems);
}

struct lsec_domain lsec_domain_planned(const struct lsec_vmi *vmi)
{
	struct lsec_domain domain = {.security = lsec_unconst(vmi->launch_security)};
	if (vmi->launch_security != NULL)
		domain.tee = lsec_tee_find(vmi->launch_security);
	return domain;
}

void lsec_domain_clear(struct lsec_domain *domain)
{
	free(domain->security);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		free(domain->own[i]);
	free(domain->cpu_mode);
	free(domain->cpu_model);
	free(domain->loader_type);
	free(domain->loader_path);
	lsec_arguments_clear(&domain->arguments);
	*domain = (struct lsec_domain){0};
}
