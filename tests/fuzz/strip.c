/* SPDX-License-Identifier: Apache-2.0 */
/* Takes what a wish changes out of a domain before and after, part by part. */
#include "fuzz.h"

static void drop(xmlNode *node)
{
	if (node == NULL)
		return;
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

static void drop_all(const xmlNode *parent, const char *name)
{
	for (xmlNode *child = fuzz_child(parent, name); child != NULL;
	     child = fuzz_child(parent, name))
		drop(child);
}

static void drop_attribute(xmlNode *element, const char *name)
{
	if (element != NULL)
		xmlUnsetNsProp(element, NULL, (const xmlChar *)name);
}

/* Without attributes, and with nothing but white space inside. */
static bool is_bare(const xmlNode *element)
{
	const xmlNode *child = element->children;
	while (child != NULL && child->type == XML_TEXT_NODE && xmlIsBlankNode(child))
		child = child->next;
	return element->properties == NULL && child == NULL;
}

/* An element that was added to carry what was taken out of it by now. */
static void drop_added(const xmlNode *before, xmlNode *after)
{
	if (before == NULL && after != NULL) {
		HOLDS(is_bare(after), "more was added with <%s>", (const char *)after->name);
		drop(after);
	}
}

static void drop_children(xmlNode *element)
{
	while (element != NULL && element->children != NULL)
		drop(element->children);
}

static void strip_loader(const struct fuzz_wish *wish, xmlNode *old, xmlNode *new)
{
	static const char *const ours[] = {"type", "stateless", "readonly", "secure", "format"};
	HOLDS(new != NULL, "there is no loader");
	HOLDS(fuzz_attribute_is(new, "type", "rom"), "the loader is no ROM");
	HOLDS(fuzz_attribute_is(new, "stateless", "yes"), "the loader is not stateless");
	for (size_t i = 2; i < COUNT(ours); i++)
		HOLDS(fuzz_attribute_is(new, ours[i], NULL), "the loader is %s", ours[i]);
	xmlChar *path = xmlNodeGetContent(new);
	HOLDS(xmlStrEqual(path, (const xmlChar *)(wish->firmware == NULL ? "" : wish->firmware)),
	      "the loader is %s", (const char *)path);
	xmlFree(path);
	for (size_t i = 0; i < COUNT(ours); i++) {
		drop_attribute(old, ours[i]);
		drop_attribute(new, ours[i]);
	}
	drop_children(old);
	drop_children(new);
	drop_added(old, new);
}

static void strip_os(const struct fuzz_wish *wish, xmlNode *old, xmlNode *new)
{
	static const char *const state[] = {"nvram", "varstore", "firmware"};
	for (size_t i = 0; i < COUNT(state); i++) {
		HOLDS(fuzz_child(new, state[i]) == NULL, "there is an os/%s", state[i]);
		drop_all(old, state[i]);
	}
	HOLDS(fuzz_attribute_is(new, "firmware", wish->firmware == NULL ? "efi" : NULL),
	      "os/@firmware contradicts the loader");
	drop_attribute(old, "firmware");
	drop_attribute(new, "firmware");
	strip_loader(wish, fuzz_child(old, "loader"), fuzz_child(new, "loader"));
}

/* Several sysinfo may be there; one of type smbios. */
static xmlNode *smbios_of(const xmlNode *root)
{
	xmlNode *sysinfo = fuzz_child(root, "sysinfo");
	while (sysinfo != NULL &&
	       !(fuzz_is(sysinfo, "sysinfo") && fuzz_attribute_is(sysinfo, "type", "smbios")))
		sysinfo = sysinfo->next;
	return sysinfo;
}

static xmlNode *next_element(xmlNode *node)
{
	while (node != NULL && !fuzz_is(node, NULL))
		node = node->next;
	return node;
}

static size_t count_elements(const xmlNode *parent)
{
	size_t count = 0;
	for (xmlNode *child = fuzz_child(parent, NULL); child != NULL;
	     child = next_element(child->next))
		count++;
	return count;
}

static bool is_entry(const xmlNode *entry, const char *string)
{
	xmlChar *text = xmlNodeGetContent(entry);
	bool same = fuzz_is(entry, "entry") && xmlStrEqual(text, (const xmlChar *)string);
	xmlFree(text);
	return same;
}

/*
 * The list ends in the strings that are asked for. What stands in front of them is the domain's
 * own; what it has behind that were the first of them already.
 */
static void strip_strings(const struct fuzz_wish *wish, xmlNode *old, xmlNode *new)
{
	size_t had = count_elements(old);
	size_t has = count_elements(new);
	HOLDS(has >= wish->string_count, "there are %zu OEM strings", has);
	size_t own = has - wish->string_count;
	HOLDS(own <= had && had - own <= wish->string_count, "OEM strings came or went");
	xmlNode *entry = fuzz_child(new, NULL);
	xmlNode *next = NULL;
	for (size_t i = 0; entry != NULL; i++, entry = next) {
		next = next_element(entry->next);
		if (i < own)
			continue;
		HOLDS(is_entry(entry, wish->strings[i - own]), "OEM string %zu is another", i + 1);
		drop(entry);
	}
	entry = fuzz_child(old, NULL);
	for (size_t i = 0; entry != NULL; i++, entry = next) {
		next = next_element(entry->next);
		if (i < own)
			continue;
		HOLDS(is_entry(entry, wish->strings[i - own]), "OEM string %zu went", i + 1);
		drop(entry);
	}
	drop_added(old, new);
}

static void strip_sysinfo(const struct fuzz_wish *wish, const xmlNode *before, const xmlNode *after)
{
	xmlNode *old = smbios_of(before);
	xmlNode *new = smbios_of(after);
	if (wish->string_count == 0)
		return;
	xmlNode *old_mode = fuzz_child(fuzz_child(before, "os"), "smbios");
	xmlNode *new_mode = fuzz_child(fuzz_child(after, "os"), "smbios");
	HOLDS(fuzz_attribute_is(new_mode, "mode", "sysinfo"), "os/smbios keeps the strings back");
	drop_attribute(old_mode, "mode");
	drop_attribute(new_mode, "mode");
	drop_added(old_mode, new_mode);
	strip_strings(wish, fuzz_child(old, "oemStrings"), fuzz_child(new, "oemStrings"));
	if (old == NULL)
		drop_attribute(new, "type");
	drop_added(old, new);
}

static void strip_features(const struct fuzz_wish *wish, const xmlNode *before,
                           const xmlNode *after)
{
	xmlNode *old = fuzz_child(before, "features");
	xmlNode *new = fuzz_child(after, "features");
	HOLDS(fuzz_child(new, "smm") == NULL, "there is system management mode");
	drop_all(old, "smm");
	if (wish->tee != LSEC_TEE_TDX)
		return;
	xmlNode *pmu = fuzz_child(new, "pmu");
	HOLDS(fuzz_attribute_is(pmu, "state", "off"), "the PMU is not off");
	HOLDS(!fuzz_attribute_is(fuzz_child(new, "ioapic"), "driver", "kvm"),
	      "the I/O APIC is in the kernel");
	if (fuzz_attribute_is(fuzz_child(old, "ioapic"), "driver", "kvm"))
		drop(fuzz_child(old, "ioapic"));
	drop_attribute(fuzz_child(old, "pmu"), "state");
	drop_attribute(pmu, "state");
	drop_added(fuzz_child(old, "pmu"), pmu);
	drop_added(old, new);
}

static void strip_cpu(xmlNode *old, xmlNode *new)
{
	static const char *const parts[] = {"model", "vendor"};
	HOLDS(fuzz_attribute_is(new, "mode", "host-passthrough"), "the CPU is another");
	HOLDS(fuzz_attribute_is(new, "match", NULL), "the CPU has to match");
	for (size_t i = 0; i < COUNT(parts); i++) {
		HOLDS(fuzz_child(new, parts[i]) == NULL, "the CPU has a %s", parts[i]);
		drop_all(old, parts[i]);
	}
	drop_attribute(old, "mode");
	drop_attribute(old, "match");
	drop_attribute(new, "mode");
	drop_added(old, new);
}

static bool begins(const xmlNode *element, const char *attribute, const char *start)
{
	fuzz_owned value = fuzz_attribute(element, attribute);
	return value != NULL && strncmp(value, start, strlen(start)) == 0;
}

/* By its bus; where it has none, libvirt goes by its name. */
static bool is_virtio_disk(const xmlNode *disk)
{
	const xmlNode *target = fuzz_child(disk, "target");
	fuzz_owned bus = fuzz_attribute(target, "bus");
	if (bus != NULL && bus[0] != '\0')
		return strncmp(bus, "virtio", 6) == 0;
	return !fuzz_attribute_is(disk, "device", "floppy") &&
	       (begins(target, "dev", "vd") || begins(target, "dev", "ioemu:vd"));
}

static bool is_virtio(const xmlNode *device)
{
	if (fuzz_is(device, "disk"))
		return is_virtio_disk(device);
	if (fuzz_is(device, "interface"))
		return begins(fuzz_child(device, "model"), "type", "virtio");
	if (fuzz_is(device, "controller"))
		return begins(device, "model", "virtio") || begins(device, "type", "virtio-serial");
	return (fuzz_is(device, "memballoon") || fuzz_is(device, "rng")) &&
	       begins(device, "model", "virtio");
}

/* A disk's driver that had to be added says what libvirt takes without one. */
static void drop_spelt_out(const xmlNode *device, xmlNode *driver)
{
	if (fuzz_is(device, "disk")) {
		HOLDS(fuzz_attribute_is(driver, "name", "qemu"), "another disk driver");
		HOLDS(fuzz_attribute_is(driver, "type", "raw"), "another disk format");
		drop_attribute(driver, "name");
		drop_attribute(driver, "type");
	}
}

/* Of a driver's name and type, those that were empty are gone. */
static void drop_empty(const xmlNode *device, xmlNode *old, const xmlNode *new)
{
	static const char *const names[] = {"name", "type"};
	if (!fuzz_is(device, "disk") && !fuzz_is(device, "interface"))
		return;
	for (size_t i = 0; i < COUNT(names); i++) {
		HOLDS(!fuzz_attribute_is(new, names[i], ""), "a driver's %s is empty", names[i]);
		if (fuzz_attribute_is(old, names[i], ""))
			drop_attribute(old, names[i]);
	}
}

/* libvirt reads the first of two, KubeVirt merges them, and only KubeVirt looks into a namespace.
 */
static void check_once(const xmlNode *device)
{
	static const char *const names[] = {"driver", "rom", "model", "target"};
	for (size_t i = 0; i < COUNT(names); i++) {
		unsigned count = 0;
		for (const xmlNode *child = device->children; child != NULL; child = child->next)
			if (child->type == XML_ELEMENT_NODE &&
			    strcmp((const char *)child->name, names[i]) == 0) {
				HOLDS(child->ns == NULL, "<%s> in a namespace was taken", names[i]);
				count++;
			}
		HOLDS(count <= 1, "two <%s> were taken", names[i]);
	}
}

static void strip_device(xmlNode *old, xmlNode *new)
{
	static const char *const rom_parts[] = {"enabled", "bar", "file"};
	if (is_virtio(new)) {
		xmlNode *driver = fuzz_child(new, "driver");
		xmlNode *old_driver = fuzz_child(old, "driver");
		HOLDS(fuzz_attribute_is(driver, "iommu", "on"), "a device without IOMMU");
		drop_attribute(old_driver, "iommu");
		drop_attribute(driver, "iommu");
		drop_empty(new, old_driver, driver);
		if (old_driver == NULL)
			drop_spelt_out(new, driver);
		drop_added(old_driver, driver);
	}
	if (!fuzz_is(new, "interface"))
		return;
	xmlNode *rom = fuzz_child(new, "rom");
	HOLDS(fuzz_attribute_is(rom, "enabled", "no"), "a NIC with an option ROM");
	HOLDS(fuzz_attribute_is(rom, "bar", NULL), "a NIC with a ROM bar");
	HOLDS(fuzz_attribute_is(rom, "file", NULL), "a NIC with a ROM file");
	for (size_t i = 0; i < COUNT(rom_parts); i++)
		drop_attribute(fuzz_child(old, "rom"), rom_parts[i]);
	drop_attribute(rom, "enabled");
	drop_added(fuzz_child(old, "rom"), rom);
}

static void strip_devices(const xmlNode *old, const xmlNode *new)
{
	HOLDS(count_elements(old) == count_elements(new), "devices came or went");
	xmlNode *device = fuzz_child(new, NULL);
	for (xmlNode *one = fuzz_child(old, NULL); one != NULL; one = next_element(one->next)) {
		HOLDS(xmlStrEqual(one->name, device->name), "a device became another");
		strip_device(one, device);
		device = next_element(device->next);
	}
}

static void check_devices(const xmlNode *devices)
{
	static const char *const names[] = {"disk", "interface", "controller", "memballoon", "rng"};
	const xmlNode *device = devices == NULL ? NULL : devices->children;
	for (; device != NULL; device = device->next)
		for (size_t i = 0; device->type == XML_ELEMENT_NODE && i < COUNT(names); i++)
			if (strcmp((const char *)device->name, names[i]) == 0) {
				HOLDS(device->ns == NULL, "a device in a namespace was taken");
				check_once(device);
			}
}

/*
 * vCPUs that start are there from the beginning, and what libvirt asks of such: numbered from 0
 * without a gap, each once.
 */
static void strip_vcpus(const xmlNode *old, const xmlNode *new)
{
	unsigned long enabled = 0;
	unsigned long last = 0;
	HOLDS(count_elements(old) == count_elements(new), "vCPUs came or went");
	xmlNode *vcpu = fuzz_child(new, NULL);
	for (xmlNode *one = fuzz_child(old, NULL); one != NULL;
	     one = next_element(one->next), vcpu = next_element(vcpu->next)) {
		if (!fuzz_is(vcpu, "vcpu") || !fuzz_attribute_is(vcpu, "enabled", "yes"))
			continue;
		HOLDS(fuzz_attribute_is(vcpu, "hotpluggable", "no"), "a vCPU is plugged in later");
		drop_attribute(one, "hotpluggable");
		drop_attribute(vcpu, "hotpluggable");
		fuzz_owned id = fuzz_attribute(vcpu, "id");
		HOLDS(id != NULL && id[0] != '\0' && strspn(id, "0123456789") == strlen(id),
		      "a vCPU without a number");
		unsigned long number = strtoul(id, NULL, 10);
		last = number > last ? number : last;
		enabled++;
	}
	HOLDS(enabled == 0 || last == enabled - 1, "%lu vCPUs start, up to number %lu", enabled,
	      last);
}

static void check_machine(const xmlNode *os)
{
	fuzz_owned machine = fuzz_attribute(fuzz_child(os, "type"), "machine");
	HOLDS(machine != NULL && strpbrk(machine, ", =\t\r\n") == NULL, "machine %.40s", machine);
}

void fuzz_strip(const struct fuzz_wish *wish, xmlNode *before, xmlNode *after)
{
	drop(fuzz_child(before, "launchSecurity"));
	drop(fuzz_child(after, "launchSecurity"));
	check_devices(fuzz_child(before, "devices"));
	check_machine(fuzz_child(after, "os"));
	strip_vcpus(fuzz_child(before, "vcpus"), fuzz_child(after, "vcpus"));
	strip_sysinfo(wish, before, after);
	strip_os(wish, fuzz_child(before, "os"), fuzz_child(after, "os"));
	strip_features(wish, before, after);
	if (wish->tee == LSEC_TEE_TDX)
		strip_cpu(fuzz_child(before, "cpu"), fuzz_child(after, "cpu"));
	else
		strip_devices(fuzz_child(before, "devices"), fuzz_child(after, "devices"));
}
