/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/devices under SEV-SNP, as KubeVirt itself does for `snp: {}`: virtio devices with the
 * IOMMU platform flag, so that the guest's drivers use its shared, unencrypted memory; NICs without
 * an option ROM, which would be unmeasured code.
 */
#include <string.h>

#include "base/text.h"
#include "rules.h"

/* How a device shows that it is virtio. */
struct kind {
	const char *name;
	const char *element;   /* a child, or NULL for the device itself */
	const char *attribute; /* of it */
	const char *prefix;    /* what it begins with */
	/* An added <driver> gets libvirt's defaults without one, written out. Not so for a NIC:
	 * libvirt uses vhost where it can, but a vhost that is set explicitly must be available. */
	const char *driver[2][2];
	const char *const *after; /* what KubeVirt writes after <driver> */
	bool drops_empty;         /* KubeVirt's struct writes name and type that are not there */
};

static const char *const after_disk[] = {"readonly", "auth",    "alias", "backingStore",
                                         "boot",     "address", NULL};
static const char *const after_controller[] = {"alias", "address", "pcihole64", "target", NULL};
static const char *const after_interface[] = {"rom", "acpi", "backend", "portForward", NULL};
static const char *const after_rom[] = {"acpi", "backend", "portForward", NULL};
static const char *const nothing[] = {NULL};

static const struct kind kinds[] = {
	{"disk", "target", "bus", "virtio", {{"name", "qemu"}, {"type", "raw"}}, after_disk, true},
	{"interface", "model", "type", "virtio", {{NULL}}, after_interface, true},
	{"controller", NULL, "model", "virtio", {{NULL}}, after_controller, false},
	{"controller", NULL, "type", "virtio-serial", {{NULL}}, after_controller, false},
	{"memballoon", NULL, "model", "virtio", {{NULL}}, nothing, false},
	{"rng", NULL, "model", "virtio", {{NULL}}, nothing, false},
};
#define DEVICES "/domain/devices"
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool begins(const char *value, const char *start)
{
	return strncmp(value, start, strlen(start)) == 0;
}

/* Where a disk has no bus, libvirt goes by its kind, then by its name (domain_postparse.c,
 * virDomainDiskDefPostParse). */
static bool is_named_virtio(struct lsec_edit *edit, const xmlNode *disk, const xmlNode *target)
{
	static const char xen[] = "ioemu:";
	cleanup_free char *device = lsec_xml_attribute(disk, "device", edit->problems);
	cleanup_free char *name = lsec_xml_attribute(target, "dev", edit->problems);
	return name != NULL && begins(begins(name, xen) ? name + strlen(xen) : name, "vd") &&
	       !lsec_equal(device, "floppy");
}

static bool is_virtio(struct lsec_edit *edit, xmlNode *device, const struct kind *kind)
{
	const xmlNode *element =
		kind->element == NULL ? device : lsec_xml_child(device, kind->element);
	cleanup_free char *value = lsec_xml_attribute(element, kind->attribute, edit->problems);
	if ((value == NULL || value[0] == '\0') && lsec_xml_is(device, "disk"))
		return is_named_virtio(edit, device, element);
	return value != NULL && begins(value, kind->prefix);
}

static bool is_empty(struct lsec_edit *edit, const xmlNode *driver, const char *name)
{
	cleanup_free char *value = lsec_xml_attribute(driver, name, edit->problems);
	return lsec_equal(value, "");
}

/* Whether a device is as it should be. Most are, in a domain that was here before. */
static bool has_iommu(struct lsec_edit *edit, const xmlNode *driver)
{
	cleanup_free char *iommu = lsec_xml_attribute(driver, "iommu", edit->problems);
	return lsec_equal(iommu, "on") && !is_empty(edit, driver, "name") &&
	       !is_empty(edit, driver, "type");
}

static void set_iommu(struct lsec_edit *edit, xmlNode *device, const struct kind *kind,
                      unsigned index)
{
	static const char spelt_out[] = "libvirt's default without a driver element";
	static const char rejected[] = "libvirt rejects an empty value";
	xmlNode *driver = lsec_xml_child(device, "driver");
	if (has_iommu(edit, driver))
		return;
	cleanup_free char *place = lsec_format(DEVICES "/%s[%u]/driver", kind->name, index);
	struct lsec_at at = {driver, place};
	if (driver == NULL) {
		driver = lsec_edit_insert(edit, device, "driver",
		                          lsec_edit_first_of(device, kind->after));
		at.element = driver;
		for (size_t i = 0; i < 2 && kind->driver[i][0] != NULL; i++)
			lsec_edit_set_attribute(edit, at, kind->driver[i][0], kind->driver[i][1],
			                        spelt_out);
	}
	if (kind->drops_empty && is_empty(edit, driver, "name"))
		lsec_edit_remove_attribute(edit, at, "name", rejected);
	if (kind->drops_empty && is_empty(edit, driver, "type"))
		lsec_edit_remove_attribute(edit, at, "type", rejected);
	lsec_edit_set_attribute(edit, at, "iommu", "on",
	                        "the device may reach only memory that the guest shares with it");
}

static void disable_rom(struct lsec_edit *edit, xmlNode *nic, unsigned index)
{
	static const char reason[] = "an option ROM would be unmeasured code";
	xmlNode *rom = lsec_xml_child(nic, "rom");
	cleanup_free char *enabled = lsec_xml_attribute(rom, "enabled", edit->problems);
	if (lsec_equal(enabled, "no") && rom->properties->next == NULL)
		return;
	cleanup_free char *place = lsec_format(DEVICES "/interface[%u]/rom", index);
	rom = lsec_edit_child(edit, nic, "rom", after_rom);
	const struct lsec_at at = {rom, place};
	lsec_edit_remove_attribute(edit, at, "bar", reason);
	lsec_edit_remove_attribute(edit, at, "file", reason);
	lsec_edit_set_attribute(edit, at, "enabled", "no", reason);
}

/* `index` is the device's number among those of its name, from 1. */
static void secure(struct lsec_edit *edit, xmlNode *device, unsigned index)
{
	for (size_t i = 0; i < KINDS; i++)
		if (lsec_xml_is(device, kinds[i].name) && is_virtio(edit, device, &kinds[i]))
			set_iommu(edit, device, &kinds[i], index);
	if (lsec_xml_is(device, "interface"))
		disable_rom(edit, device, index);
}

void lsec_rule_devices(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	unsigned count[KINDS] = {0};
	if (edit->settings->tee != LSEC_TEE_SEV_SNP || domain->devices == NULL)
		return;
	for (xmlNode *device = domain->devices->children; device != NULL; device = device->next) {
		size_t kind = 0;
		while (kind < KINDS && !lsec_xml_is(device, kinds[kind].name))
			kind++;
		if (kind < KINDS)
			secure(edit, device, ++count[kind]);
	}
}
