/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "devices.h"

/*
 * Parts that may be there once only: libvirt would take one of two, and not necessarily the one
 * that was changed. An element of that name in a namespace is another one to libvirt, but
 * KubeVirt's struct goes by the name alone and would hand it to libvirt without its namespace.
 */
static int check_count(const xmlNode *parent, const char *path, const char *const *names,
                       unsigned most, struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; parent != NULL && names[i] != NULL; i++) {
		unsigned count = 0;
		bool foreign = false;
		for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
			if (child->type != XML_ELEMENT_NODE ||
			    strcmp((const char *)child->name, names[i]) != 0)
				continue;
			count++;
			foreign |= child->ns != NULL;
		}
		if (count <= most && !foreign)
			continue;
		cleanup_free char *place =
			lsec_format("%s/%s%s", path, names[i], foreign ? "" : "[2]");
		if (place == NULL)
			return lsec_problem_no_memory(problems);
		status = lsec_problem_add(
			problems, place,
			"found %s <%s>%s; want one without a namespace, since it is open which of them libvirt takes: remove %s",
			foreign ? "a" : "a second", names[i], foreign ? " in a namespace" : "",
			foreign ? "it" : "one");
	}
	return status;
}

static int check_once(const xmlNode *parent, const char *path, const char *const *names,
                      struct lsec_problems *problems)
{
	return check_count(parent, path, names, 1, problems);
}

static int check_all_once(const struct lsec_domain *domain, struct lsec_problems *problems)
{
	static const char *const in_root[] = {"vcpu",    "vcpus",          "os", "features", "cpu",
	                                      "devices", "launchSecurity", NULL};
	static const char *const in_os[] = {"type",   "loader",   "nvram",  "varstore",
	                                    "kernel", "firmware", "smbios", NULL};
	static const char *const in_sysinfo[] = {"oemStrings", NULL};
	static const char *const in_features[] = {"smm", "pmu", "ioapic", NULL};
	/* Of both TEEs: which of them the element is for may change. */
	const char *in_security[LSEC_KEYS + 1] = {NULL};
	size_t fields = 0;
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_is_child(lsec_key(i)))
			in_security[fields++] = lsec_key(i)->xml;
	/* Several of these are fine; find_sysinfo() counts those of type smbios. */
	static const char *const many_in_root[] = {"sysinfo", NULL};
	int status = check_once(domain->root, "/domain", in_root, problems);
	status |= check_count(domain->root, "/domain", many_in_root, UINT_MAX, problems);
	status |= check_once(domain->os, "/domain/os", in_os, problems);
	status |= check_once(domain->features, "/domain/features", in_features, problems);
	status |= check_once(domain->launch_security, LSEC_SECURITY, in_security, problems);
	status |= check_once(domain->sysinfo, "/domain/sysinfo", in_sysinfo, problems);
	return status;
}

/* q35 or one of its versions, and nothing besides: QEMU reads what follows a comma as properties
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
static int check_machine(const struct lsec_domain *domain, struct lsec_problems *problems)
{
	cleanup_free char *hypervisor = NULL;
	cleanup_free char *arch = NULL;
	cleanup_free char *machine = NULL;
	cleanup_free char *kind = NULL;
	const xmlNode *type = lsec_xml_child(domain->os, "type");
	if (lsec_xml_attribute(domain->root, "type", &hypervisor, problems) < 0 ||
	    lsec_xml_attribute(type, "arch", &arch, problems) < 0 ||
	    lsec_xml_attribute(type, "machine", &machine, problems) < 0 ||
	    lsec_xml_text(type, &kind, problems) < 0)
		return -1;
	int status = 0;
	if (hypervisor == NULL || strcmp(hypervisor, "kvm") != 0)
		status = lsec_problem_add(
			problems, "/domain/@type",
			"found %s; want kvm, the one hypervisor that runs SEV-SNP and TDX guests: the node needs KVM, without software emulation",
			hypervisor == NULL ? "none" : lsec_quote(hypervisor).text);
	if (domain->os == NULL)
		return lsec_problem_add(problems, "/domain/os",
		                        "found no <os>; want a whole libvirt domain");
	if (kind == NULL || strcmp(kind, "hvm") != 0)
		status = lsec_problem_add(problems, "/domain/os/type",
		                          "found %s; want hvm, a full virtual machine",
		                          kind == NULL ? "none" : lsec_quote(kind).text);
	if (arch != NULL && strcmp(arch, "x86_64") != 0)
		status = lsec_problem_add(
			problems, "/domain/os/type/@arch",
			"found %s; want x86_64, the one architecture of SEV-SNP and TDX",
			lsec_quote(arch).text);
	if (machine == NULL || !is_q35(machine))
		status = lsec_problem_add(
			problems, "/domain/os/type/@machine",
			"found %s; want q35 or one of its versions (pc-q35-9.2, say): set spec.domain.machine.type to q35",
			machine == NULL ? "none" : lsec_quote(machine).text);
	return status;
}

/* os/firmware/feature name='secure-boot' enabled='yes' */
static int find_secure_boot(struct lsec_domain *domain, struct lsec_problems *problems)
{
	cleanup_free char *secure = NULL;
	if (lsec_xml_attribute(domain->loader, "secure", &secure, problems) < 0)
		return -1;
	domain->secure_boot = secure != NULL && strcmp(secure, "yes") == 0;
	xmlNode *feature = lsec_xml_child(lsec_xml_child(domain->os, "firmware"), "feature");
	for (; feature != NULL; feature = lsec_xml_from(feature->next, "feature")) {
		cleanup_free char *name = NULL;
		cleanup_free char *enabled = NULL;
		if (lsec_xml_attribute(feature, "name", &name, problems) < 0 ||
		    lsec_xml_attribute(feature, "enabled", &enabled, problems) < 0)
			return -1;
		if (name != NULL && enabled != NULL && strcmp(name, "secure-boot") == 0 &&
		    strcmp(enabled, "yes") == 0)
			domain->secure_boot = true;
	}
	return 0;
}

/*
 * libvirt takes all text in an element for its value (XPath string()), Go the first piece of it, so
 * what stands beside a value makes two of it.
 */
static int check_plain(const xmlNode *child, const char *parent, struct lsec_problems *problems)
{
	const xmlNode *inner = child == NULL ? NULL : child->children;
	while (inner != NULL && inner->type != XML_ELEMENT_NODE)
		inner = inner->next;
	if (inner == NULL)
		return 0;
	cleanup_free char *place = lsec_format("%s/%s/*", parent, (const char *)child->name);
	return place == NULL
	               ? lsec_problem_no_memory(problems)
	               : lsec_problem_add(
				 problems, place,
				 "element inside the value of <%s>, where libvirt and KubeVirt read different values; remove it",
				 (const char *)child->name);
}

static int find_os(struct lsec_domain *domain, struct lsec_problems *problems)
{
	cleanup_free char *firmware = NULL;
	domain->loader = lsec_xml_child(domain->os, "loader");
	cleanup_free char *kernel = NULL;
	if (lsec_xml_text(lsec_xml_child(domain->os, "kernel"), &kernel, problems) < 0 ||
	    lsec_xml_attribute(domain->os, "firmware", &firmware, problems) < 0 ||
	    lsec_xml_attribute(domain->loader, "type", &domain->loader_type, problems) < 0 ||
	    lsec_xml_text(domain->loader, &domain->loader_path, problems) < 0 ||
	    check_plain(domain->loader, "/domain/os", problems) < 0)
		return -1;
	domain->kernel = kernel != NULL && kernel[0] != '\0';
	domain->firmware_efi = firmware != NULL && strcmp(firmware, "efi") == 0;
	if (domain->loader_path != NULL && domain->loader_path[0] == '\0')
		free(lsec_steal(&domain->loader_path));
	return find_secure_boot(domain, problems);
}

/* The value of one field; NULL where it is absent or empty, which is the same to libvirt. What
 * libvirt itself writes for a flag that nobody set, `default`, is absent as well. */
static int find_own(struct lsec_domain *domain, const struct lsec_key *key,
                    struct lsec_problems *problems)
{
	const xmlNode *security = domain->launch_security;
	const xmlNode *child = lsec_is_child(key) ? lsec_xml_child(security, key->xml) : NULL;
	bool ours = (key->tees & domain->tee) != 0;
	cleanup_free char *value = NULL;
	int status = 0;
	if (key->form == LSEC_XML_ATTRIBUTE)
		status = lsec_xml_attribute(security, key->xml, &value, problems);
	else if (key->form == LSEC_XML_PATH)
		status = lsec_xml_attribute(child, "path", &value, problems);
	else if (key->form == LSEC_XML_ELEMENT && ours)
		status = check_plain(child, LSEC_SECURITY, problems) |
		         lsec_xml_text(child, &value, problems);
	bool absent = value == NULL || value[0] == '\0' ||
	              (key->form == LSEC_XML_ATTRIBUTE && strcmp(value, "default") == 0);
	if (status == 0 && ours && !absent)
		domain->own[key->id] = lsec_steal(&value);
	return status;
}

static int find_security(struct lsec_domain *domain, struct lsec_problems *problems)
{
	int status = 0;
	if (lsec_xml_attribute(domain->launch_security, "type", &domain->security, problems) < 0)
		return -1;
	domain->tee = domain->security == NULL ? LSEC_TEE_NONE : lsec_tee_find(domain->security);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		status |= find_own(domain, lsec_key(i), problems);
	if (domain->launch_security != NULL && domain->security == NULL)
		return lsec_problem_add(
			problems, LSEC_SECURITY "/@type",
			"found a launchSecurity without type; want one of sev, sev-snp and tdx, or no launchSecurity: another hook may have written it");
	return status;
}

static int find_host_devices(struct lsec_domain *domain, struct lsec_problems *problems)
{
	domain->host_devices = lsec_xml_child(domain->devices, "hostdev") != NULL;
	xmlNode *nic = lsec_xml_child(domain->devices, "interface");
	for (; nic != NULL; nic = lsec_xml_from(nic->next, "interface")) {
		cleanup_free char *type = NULL;
		if (lsec_xml_attribute(nic, "type", &type, problems) < 0)
			return -1;
		if (type != NULL && strcmp(type, "hostdev") == 0)
			domain->host_devices = true;
	}
	return 0;
}

static int find_cpu(struct lsec_domain *domain, struct lsec_problems *problems)
{
	return lsec_xml_attribute(domain->cpu, "mode", &domain->cpu_mode, problems) |
	       lsec_xml_text(lsec_xml_child(domain->cpu, "model"), &domain->cpu_model, problems);
}

/* There may be several sysinfo, but one only of type smbios. */
static int find_sysinfo(struct lsec_domain *domain, struct lsec_problems *problems)
{
	xmlNode *sysinfo = lsec_xml_child(domain->root, "sysinfo");
	for (; sysinfo != NULL; sysinfo = lsec_xml_from(sysinfo->next, "sysinfo")) {
		cleanup_free char *type = NULL;
		if (lsec_xml_attribute(sysinfo, "type", &type, problems) < 0)
			return -1;
		if (type == NULL || strcmp(type, "smbios") != 0)
			continue;
		if (domain->sysinfo != NULL)
			return lsec_problem_add(
				problems, "/domain/sysinfo[@type='smbios'][2]",
				"found a second <sysinfo> of type smbios; want one, since it is open which of them libvirt takes: remove one");
		domain->sysinfo = sysinfo;
	}
	domain->oem_strings = lsec_xml_child(domain->sysinfo, "oemStrings");
	domain->smbios = lsec_xml_child(domain->os, "smbios");
	return 0;
}

int lsec_domain_find(const struct lsec_xml *xml, struct lsec_domain *ret,
                     struct lsec_problems *problems)
{
	xmlNode *root = xmlDocGetRootElement(xml->doc);
	if (root == NULL || !lsec_xml_is(root, "domain")) {
		bool namespaced = root != NULL && root->ns != NULL;
		return lsec_problem_add(
			problems, "/*",
			"found %s%s as the root element; want <domain> without a namespace, a libvirt domain",
			root == NULL ? "nothing" : lsec_quote((const char *)root->name).text,
			namespaced ? " in a namespace" : "");
	}
	*ret = (struct lsec_domain){
		.root = root,
		.os = lsec_xml_child(root, "os"),
		.features = lsec_xml_child(root, "features"),
		.cpu = lsec_xml_child(root, "cpu"),
		.devices = lsec_xml_child(root, "devices"),
		.launch_security = lsec_xml_child(root, "launchSecurity"),
	};
	int status = find_os(ret, problems);
	status |= find_security(ret, problems);
	status |= find_host_devices(ret, problems);
	status |= find_cpu(ret, problems);
	status |= find_sysinfo(ret, problems);
	status |= check_all_once(ret, problems);
	status |= check_machine(ret, problems);
	status |= lsec_vcpus_check(root, problems);
	status |= lsec_devices_check(ret->devices, problems);
	status |= lsec_arguments_find(root, &ret->arguments, problems);
	return status;
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
