/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/devices under SEV-SNP, as KubeVirt itself does for `snp: {}`: virtio devices with the
 * IOMMU platform flag, so that the guest's drivers use its shared, unencrypted memory; NICs without
 * an option ROM, which would be unmeasured code.
 */
#include <string.h>

#include "base/text.h"
#include "rules.h"

/* Where a device says of itself that it is virtio. */
struct kind {
	const char *name;
	const char *element;   /* a child, or NULL for the device itself */
	const char *attribute; /* of it */
	const char *prefix;    /* what it begins with */
	/* A <driver> that has to be added gets what libvirt takes without one, written out. Not
	 * so for a NIC: there libvirt uses vhost where it can, but where vhost is named it must. */
	const char *driver[2][2];
	const char *const *behind; /* what KubeVirt writes behind <driver> */
};

static const char *const disk_behind[] = {"readonly", "auth",    "alias", "backingStore",
                                          "boot",     "address", NULL};
static const char *const controller_behind[] = {"alias", "address", "pcihole64", "target", NULL};
static const char *const interface_behind[] = {"rom", "acpi", "backend", "portForward", NULL};
static const char *const rom_behind[] = {"acpi", "backend", "portForward", NULL};
static const char *const nothing[] = {NULL};

static const struct kind kinds[] = {
	{"disk", "target", "bus", "virtio", {{"name", "qemu"}, {"type", "raw"}}, disk_behind},
	{"interface", "model", "type", "virtio", {{NULL}}, interface_behind},
	{"controller", NULL, "model", "virtio", {{NULL}}, controller_behind},
	{"controller", NULL, "type", "virtio-serial", {{NULL}}, controller_behind},
	{"memballoon", NULL, "model", "virtio", {{NULL}}, nothing},
	{"rng", NULL, "model", "virtio", {{NULL}}, nothing},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool begins(const char *value, const char *start)
{
	return strncmp(value, start, strlen(start)) == 0;
}

/* Where a disk has no bus, libvirt goes by its kind, then by its name (domain_postparse.c,
 * virDomainDiskDefPostParse). */
static int is_named_virtio(struct lsec_edit *edit, const xmlNode *disk, const xmlNode *target,
                           bool *ret)
{
	static const char xen[] = "ioemu:";
	cleanup_free char *device = NULL;
	cleanup_free char *name = NULL;
	if (lsec_xml_attribute(disk, "device", &device, edit->problems) < 0 ||
	    lsec_xml_attribute(target, "dev", &name, edit->problems) < 0)
		return -1;
	*ret = name != NULL && begins(begins(name, xen) ? name + strlen(xen) : name, "vd") &&
	       (device == NULL || strcmp(device, "floppy") != 0);
	return 0;
}

static int is_virtio(struct lsec_edit *edit, xmlNode *device, const struct kind *kind, bool *ret)
{
	const xmlNode *element =
		kind->element == NULL ? device : lsec_xml_child(device, kind->element);
	cleanup_free char *value = NULL;
	if (lsec_xml_attribute(element, kind->attribute, &value, edit->problems) < 0)
		return -1;
	if ((value == NULL || value[0] == '\0') && lsec_xml_is(device, "disk"))
		return is_named_virtio(edit, device, element, ret);
	*ret = value != NULL && begins(value, kind->prefix);
	return 0;
}

/* KubeVirt's struct writes name and type of a driver that has none; libvirt rejects them so. */
static int remove_empty(struct lsec_edit *edit, xmlNode *driver, const char *at, const char *name)
{
	cleanup_free char *value = NULL;
	if (lsec_xml_attribute(driver, name, &value, edit->problems) < 0)
		return -1;
	if (value == NULL || value[0] != '\0')
		return 0;
	return lsec_edit_remove_attribute(edit, driver, at, name, "libvirt rejects it empty");
}

static int set_iommu(struct lsec_edit *edit, xmlNode *device, const struct kind *kind,
                     const char *place)
{
	static const char spelt_out[] = "what libvirt takes without a driver element";
	xmlNode *driver = lsec_xml_child(device, "driver");
	cleanup_free char *at = lsec_format("%s/driver", place);
	if (at == NULL)
		return lsec_problem_no_memory(edit->problems);
	if (driver == NULL) {
		driver = lsec_edit_insert(edit, device, "driver",
		                          lsec_edit_first_of(device, kind->behind));
		if (driver == NULL)
			return -1;
		for (size_t i = 0; i < 2 && kind->driver[i][0] != NULL; i++)
			if (lsec_edit_set_attribute(edit, driver, at, kind->driver[i][0],
			                            kind->driver[i][1], spelt_out) < 0)
				return -1;
	}
	if ((lsec_xml_is(device, "disk") || lsec_xml_is(device, "interface")) &&
	    (remove_empty(edit, driver, at, "name") < 0 ||
	     remove_empty(edit, driver, at, "type") < 0))
		return -1;
	return lsec_edit_set_attribute(
		edit, driver, at, "iommu", "on",
		"the device may reach only memory that the guest shares with it");
}

static int disable_rom(struct lsec_edit *edit, xmlNode *nic, const char *place)
{
	static const char reason[] = "an option ROM would be code that nobody measured";
	xmlNode *rom = lsec_xml_child(nic, "rom");
	cleanup_free char *at = lsec_format("%s/rom", place);
	if (at == NULL)
		return lsec_problem_no_memory(edit->problems);
	if (rom == NULL)
		rom = lsec_edit_insert(edit, nic, "rom", lsec_edit_first_of(nic, rom_behind));
	if (rom == NULL || lsec_edit_remove_attribute(edit, rom, at, "bar", reason) < 0 ||
	    lsec_edit_remove_attribute(edit, rom, at, "file", reason) < 0)
		return -1;
	return lsec_edit_set_attribute(edit, rom, at, "enabled", "no", reason);
}

/* `index` is the device's number among those of its name, from 1. */
static int secure(struct lsec_edit *edit, xmlNode *device, unsigned index)
{
	cleanup_free char *place =
		lsec_format("/domain/devices/%s[%u]", (const char *)device->name, index);
	if (place == NULL)
		return lsec_problem_no_memory(edit->problems);
	for (size_t i = 0; i < KINDS; i++) {
		bool virtio = false;
		if (!lsec_xml_is(device, kinds[i].name))
			continue;
		if (is_virtio(edit, device, &kinds[i], &virtio) < 0 ||
		    (virtio && set_iommu(edit, device, &kinds[i], place) < 0))
			return -1;
	}
	return lsec_xml_is(device, "interface") ? disable_rom(edit, device, place) : 0;
}

int lsec_rule_devices(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	unsigned count[KINDS] = {0};
	if (edit->settings->tee != LSEC_TEE_SEV_SNP || domain->devices == NULL)
		return 0;
	int status = 0;
	for (xmlNode *device = domain->devices->children; device != NULL; device = device->next) {
		size_t kind = 0;
		while (kind < KINDS && !lsec_xml_is(device, kinds[kind].name))
			kind++;
		if (kind < KINDS)
			status |= secure(edit, device, ++count[kind]);
	}
	return status;
}
