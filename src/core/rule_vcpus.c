/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/vcpus: the vCPUs that a VM starts with. From KubeVirt 1.6 on those of the second socket
 * and later are hotpluggable (virt-launcher converter/compute/cpu.go): libvirt starts QEMU without
 * them and plugs them in before the guest runs (qemu_process.c). KVM refuses a vCPU for a TDX guest
 * that is finalized (Linux tdx_vcpu_create), and QEMU before 10.1 measures one of an SEV-SNP guest
 * differently. As hotpluggable='no' they are there when QEMU starts.
 */
#include <string.h>

#include "base/text.h"
#include "rules.h"

#define VCPUS "/domain/vcpus"

void lsec_rule_vcpus(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	const char *reason =
		edit->settings->tee == LSEC_TEE_TDX
			? "KVM rejects a vCPU that is plugged into a TDX guest"
			: "QEMU before 10.1 measures a vCPU that is plugged in differently";
	const xmlNode *vcpus = lsec_xml_child(domain->root, "vcpus");
	xmlNode *vcpu = lsec_xml_child(vcpus, "vcpu");
	for (; vcpu != NULL; vcpu = lsec_xml_from(vcpu->next, "vcpu")) {
		cleanup_free char *id = lsec_xml_attribute(vcpu, "id", edit->problems);
		cleanup_free char *enabled = lsec_xml_attribute(vcpu, "enabled", edit->problems);
		if (id == NULL || !lsec_equal(enabled, "yes"))
			continue;
		cleanup_free char *place = lsec_format(VCPUS "/vcpu[@id='%s']", id);
		lsec_edit_set_attribute(edit, (struct lsec_at){vcpu, place}, "hotpluggable", "no",
		                        reason);
	}
}
