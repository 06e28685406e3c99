/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of /domain/devices. libvirt looks for elements without a namespace and reads the first of
 * several (XPath ./driver); Go, and so KubeVirt's struct, looks at the name only and merges
 * several. So libvirt and KubeVirt understand duplicates and elements in a namespace differently.
 */
#include "devices.h"

#include <string.h>

#include "base/text.h"

#define DEVICES "/domain/devices"

/* Devices of libvirt (its schema domaincommon.rng, "devices"). */
static const struct {
	const char *name;
	bool sources; /* may have several <source>: bind and connect of a UDP port */
} devices[] = {
	{"audio", false},     {"channel", true},  {"console", true},      {"controller", false},
	{"crypto", false},    {"disk", false},    {"emulator", false},    {"filesystem", false},
	{"graphics", false},  {"hostdev", false}, {"hub", false},         {"input", false},
	{"interface", false}, {"iommu", false},   {"lease", false},       {"memballoon", false},
	{"memory", false},    {"nvram", false},   {"panic", false},       {"parallel", true},
	{"pstore", false},    {"redirdev", true}, {"redirfilter", false}, {"rng", false},
	{"serial", true},     {"shmem", false},   {"smartcard", true},    {"sound", false},
	{"tpm", false},       {"video", false},   {"vsock", false},       {"watchdog", false},
};
#define DEVICE_KINDS (sizeof(devices) / sizeof(devices[0]))

/* Children that libvirt reads once, of whatever device; <source> is the last. */
static const char *const once[] = {
	"acpi",  "address", "alias", "auth",     "backend",    "binary",      "boot",
	"cid",   "driver",  "mac",   "model",    "mtu",        "rom",         "serial",
	"stats", "target",  "vlan",  "readonly", "encryption", "virtualport", "source",
};
#define ONCE (sizeof(once) / sizeof(once[0]))
#define SOURCE (ONCE - 1)

static size_t find_device(const char *name)
{
	size_t kind = 0;
	while (kind < DEVICE_KINDS && !lsec_equal(devices[kind].name, name))
		kind++;
	return kind;
}

static size_t find_once(const char *name)
{
	size_t child = 0;
	while (child < ONCE && !lsec_equal(once[child], name))
		child++;
	return child;
}

/* The children of one device; `index` is its number among those of its name, from 1. */
static void check_children(const xmlNode *device, size_t kind, unsigned index,
                           struct lsec_problems *problems)
{
	bool seen[ONCE] = {false};
	for (const xmlNode *child = device->children; child != NULL; child = child->next) {
		size_t i = child->type == XML_ELEMENT_NODE ? find_once((const char *)child->name)
		                                           : ONCE;
		if (i == ONCE)
			continue;
		bool again = seen[i] && !(i == SOURCE && devices[kind].sources);
		seen[i] = true;
		if (!again && child->ns == NULL)
			continue;
		cleanup_free char *place =
			lsec_format(DEVICES "/%s[%u]/%s%s", devices[kind].name, index, once[i],
		                    child->ns == NULL ? "[2]" : "");
		if (child->ns != NULL)
			lsec_xml_refuse_namespace(place, once[i], problems);
		else
			lsec_problem_add(
				problems, place,
				"duplicate <%s>: libvirt and KubeVirt may choose differently between them; remove one",
				once[i]);
	}
}

void lsec_devices_check(const xmlNode *parent, struct lsec_problems *problems)
{
	unsigned count[DEVICE_KINDS] = {0};
	const xmlNode *device = parent == NULL ? NULL : parent->children;
	for (; device != NULL; device = device->next) {
		size_t kind = device->type == XML_ELEMENT_NODE
		                      ? find_device((const char *)device->name)
		                      : DEVICE_KINDS;
		if (kind == DEVICE_KINDS)
			continue;
		if (device->ns == NULL) {
			check_children(device, kind, ++count[kind], problems);
			if (strcmp(devices[kind].name, "emulator") != 0)
				continue;
			lsec_xml_check_plain(device, DEVICES, problems);
			if (count[kind] == 2)
				lsec_problem_add(
					problems, DEVICES "/emulator[2]",
					"duplicate <emulator>: libvirt and KubeVirt may choose differently between them; remove one");
			continue;
		}
		cleanup_free char *place = lsec_format(DEVICES "/%s", devices[kind].name);
		lsec_xml_refuse_namespace(place, devices[kind].name, problems);
	}
}

/*
 * virtio devices for which KubeVirt sets no iommu='on' under SEV-SNP. Linux: with
 * encrypted memory, virtio_features_ok() rejects a device without VIRTIO_F_ACCESS_PLATFORM; QEMU:
 * machine_run_board_init() turns it on for every virtio device of a machine with
 * confidential-guest-support, since 6.0, where the device's backend has it.
 */
static const struct {
	const char *name;
	const char *element;   /* a child, or NULL for the device itself */
	const char *attribute; /* of it, or NULL: every such device is virtio on x86 */
	const char *start;     /* what it begins with */
} left_alone[] = {
	{"vsock", NULL, NULL, NULL},
	{"filesystem", NULL, NULL, NULL},
	{"crypto", NULL, NULL, NULL},
	{"input", NULL, "bus", "virtio"},
	{"input", NULL, "type", "passthrough"},
	{"video", "model", "type", "virtio"},
	{"sound", NULL, "model", "virtio"},
	{"memory", NULL, "model", "virtio"},
	{"iommu", NULL, "model", "virtio"},
	{"hostdev", NULL, "type", "scsi_host"},
};
#define LEFT_ALONE (sizeof(left_alone) / sizeof(left_alone[0]))

/* Whether an attribute begins so. */
static bool begins(const xmlNode *element, const char *attribute, const char *start,
                   struct lsec_problems *problems)
{
	cleanup_free char *value = lsec_xml_attribute(element, attribute, problems);
	return value != NULL && strncmp(value, start, strlen(start)) == 0;
}

static bool is_left_alone(const xmlNode *device, struct lsec_problems *problems)
{
	if (begins(lsec_xml_child(device, "driver"), "iommu", "on", problems))
		return false;
	for (size_t i = 0; i < LEFT_ALONE; i++) {
		const xmlNode *at = left_alone[i].element == NULL
		                            ? device
		                            : lsec_xml_child(device, left_alone[i].element);
		if (lsec_xml_is(device, left_alone[i].name) &&
		    (left_alone[i].attribute == NULL ||
		     begins(at, left_alone[i].attribute, left_alone[i].start, problems)))
			return true;
	}
	return false;
}

/*
 * Devices whose model depends on the QEMU: libvirt uses virtio where QEMU has no other
 * (qemuDomainDefaultNetModel, qemuDomainGetSCSIControllerModel).
 */
static bool is_undecided(const xmlNode *device, struct lsec_problems *problems)
{
	const xmlNode *at = device;
	if (lsec_xml_is(device, "interface")) {
		at = lsec_xml_child(device, "model");
		if (begins(device, "type", "hostdev", problems))
			return false;
	} else if (!lsec_xml_is(device, "controller") ||
	           !begins(device, "type", "scsi", problems)) {
		return false;
	}
	cleanup_free char *model = lsec_xml_attribute(
		at, lsec_xml_is(device, "interface") ? "type" : "model", problems);
	return model == NULL || model[0] == '\0' || strcmp(model, "auto") == 0;
}

void lsec_devices_warn(const xmlNode *parent, struct lsec_report *report,
                       struct lsec_problems *problems)
{
	bool warned[DEVICE_KINDS] = {false};
	xmlNode *device = lsec_xml_child(parent, NULL);
	for (; device != NULL; device = lsec_xml_from(device->next, NULL)) {
		size_t kind = find_device((const char *)device->name);
		if (kind == DEVICE_KINDS || warned[kind])
			continue;
		bool alone = is_left_alone(device, problems);
		if (!alone && !is_undecided(device, problems))
			continue;
		cleanup_free char *place = lsec_format(DEVICES "/%s", devices[kind].name);
		warned[kind] = true;
		lsec_report_warn(
			report, place, "%s",
			alone ? "KubeVirt and launchsec do not set iommu='on' here, and a Linux guest with encrypted memory rejects a virtio device without it. QEMU 6.0 and newer add it where the device supports it; check in the guest that the device works"
			      : "has no model, so libvirt uses virtio if QEMU has no other, and then without iommu='on'; set the model");
	}
}
