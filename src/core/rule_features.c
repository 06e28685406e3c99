/* SPDX-License-Identifier: Apache-2.0 */
/* /domain/features: features that the TEEs do not support. */
#include <string.h>

#include "base/text.h"
#include "rules.h"

#define FEATURES "/domain/features"

/*
 * Absent means off under both TEEs. state='off' would mean the same, but KubeVirt's struct keeps
 * only the empty element, which means on.
 */
static void remove_smm(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	xmlNode *smm = lsec_xml_child(domain->features, "smm");
	if (smm != NULL)
		lsec_edit_remove(edit, (struct lsec_at){smm, FEATURES "/smm"},
		                 "confidential guests have no system management mode");
}

/* QEMU does not virtualize performance counters for TDX; libvirt refuses them. */
static void set_pmu(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const char *const after_features[] = {"cpu", "clock", "vcpu", NULL};
	static const char *const after_pmu[] = {"vmport", NULL};
	xmlNode *features = lsec_edit_child(edit, domain->root, "features", after_features);
	xmlNode *pmu = lsec_edit_child(edit, features, "pmu", after_pmu);
	lsec_edit_set_attribute(edit, (struct lsec_at){pmu, FEATURES "/pmu"}, "state", "off",
	                        "libvirt refuses a virtual PMU for TDX");
}

/* The in-kernel I/O APIC; TDX needs it split, which is QEMU's choice for TDX. */
static void remove_kvm_ioapic(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	xmlNode *ioapic = lsec_xml_child(domain->features, "ioapic");
	cleanup_free char *driver = lsec_xml_attribute(ioapic, "driver", edit->problems);
	if (lsec_equal(driver, "kvm"))
		lsec_edit_remove(edit, (struct lsec_at){ioapic, FEATURES "/ioapic"},
		                 "TDX does not support the in-kernel I/O APIC (driver kvm)");
}

void lsec_rule_features(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	remove_smm(edit, domain);
	if (edit->settings->tee != LSEC_TEE_TDX)
		return;
	remove_kvm_ioapic(edit, domain);
	set_pmu(edit, domain);
}
