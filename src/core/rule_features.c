/* SPDX-License-Identifier: Apache-2.0 */
/* /domain/features: what the TEEs cannot have. */
#include <string.h>

#include "base/text.h"
#include "rules.h"

#define FEATURES "/domain/features"

/*
 * Absent means off under both TEEs. state='off' would say the same, but KubeVirt's struct keeps
 * only the empty element, which means on.
 */
static int remove_smm(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	xmlNode *smm = lsec_xml_child(domain->features, "smm");
	if (smm == NULL)
		return 0;
	return lsec_edit_remove(edit, smm, FEATURES "/smm",
	                        "confidential guests have no system management mode");
}

/* QEMU does not virtualize performance counters for TDX; libvirt refuses them. */
static int set_pmu(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const char *const behind_features[] = {"cpu", "clock", "vcpu", NULL};
	static const char *const behind_pmu[] = {"vmport", NULL};
	xmlNode *features = domain->features;
	if (features == NULL)
		features = lsec_edit_insert(edit, edit->root, "features",
		                            lsec_edit_first_of(edit->root, behind_features));
	if (features == NULL)
		return -1;
	xmlNode *pmu = lsec_xml_child(features, "pmu");
	if (pmu == NULL)
		pmu = lsec_edit_insert(edit, features, "pmu",
		                       lsec_edit_first_of(features, behind_pmu));
	if (pmu == NULL)
		return -1;
	return lsec_edit_set_attribute(edit, pmu, FEATURES "/pmu", "state", "off",
	                               "libvirt refuses a virtual PMU for TDX");
}

/* The in-kernel I/O APIC; TDX needs it split, which is QEMU's choice for TDX. */
static int remove_kvm_ioapic(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	xmlNode *ioapic = lsec_xml_child(domain->features, "ioapic");
	cleanup_free char *driver = NULL;
	if (lsec_xml_attribute(ioapic, "driver", &driver, edit->problems) < 0)
		return -1;
	if (driver == NULL || strcmp(driver, "kvm") != 0)
		return 0;
	return lsec_edit_remove(edit, ioapic, FEATURES "/ioapic",
	                        "TDX cannot have the I/O APIC in the kernel (driver kvm)");
}

int lsec_rule_features(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	if (remove_smm(edit, domain) < 0)
		return -1;
	if (edit->settings->tee != LSEC_TEE_TDX)
		return 0;
	return remove_kvm_ioapic(edit, domain) < 0 ? -1 : set_pmu(edit, domain);
}
