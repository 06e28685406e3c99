/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvirt starts <emulator> instead of QEMU, writes -acpitable for a raw ACPI table
 * (qemu_command.c, qemuBuildAcpiCommandLine) and romfile for a device's <rom file>
 * (qemuBuildRomProps). KubeVirt's struct keeps all three.
 */
#include "qemu_elements.h"

#include <string.h>

#include "base/text.h"
#include "xml.h"

static void judge(const xmlNode *node, const char *path, const char *attribute,
                  struct lsec_qemu_findings *ret, struct lsec_problems *problems)
{
	cleanup_free char *value = attribute == NULL
	                                   ? lsec_xml_text(node)
	                                   : lsec_xml_attribute(node, attribute, problems);
	if (value == NULL) /* the attribute is not there */
		return;
	/* The table's patterns of paths end in any text. */
	bool leads_away = strstr(value, "/../") != NULL;
	struct lsec_qemu_finding finding = {
		.verdict = lsec_qemu_judge_name(LSEC_QEMU_ELEMENT, path, leads_away ? "" : value),
		.node = node,
		.noun = "element ",
		.text = lsec_format("%s %.100s", (const char *)node->name, value),
		.attribute = attribute,
	};
	lsec_qemu_found(ret, &finding);
}

/* No libvirt reads a table without a type as raw so far, but a newer one may. */
static void judge_tables(const xmlNode *root, struct lsec_qemu_findings *ret,
                         struct lsec_problems *problems)
{
	const xmlNode *acpi = lsec_xml_child(lsec_xml_child(root, "os"), "acpi");
	xmlNode *table = lsec_xml_child(acpi, "table");
	for (; table != NULL; table = lsec_xml_from(table->next, "table"))
		judge(table, "os/acpi/table", "type", ret, problems);
}

void lsec_qemu_find_elements(const xmlNode *root, struct lsec_qemu_findings *ret,
                             struct lsec_problems *problems)
{
	const xmlNode *devices = lsec_xml_child(root, "devices");
	judge_tables(root, ret, problems);
	for (xmlNode *one = lsec_xml_child(devices, NULL); one != NULL;
	     one = lsec_xml_from(one->next, NULL)) {
		const xmlNode *rom = lsec_xml_child(one, "rom");
		if (lsec_xml_is(one, "emulator"))
			judge(one, "devices/emulator", NULL, ret, problems);
		else if (lsec_xml_is(one, "hostdev") && rom != NULL)
			judge(rom, "devices/hostdev/rom", "file", ret, problems);
	}
}
