/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/cpu under TDX: QEMU accepts no named CPU model ("Named cpu model is not supported"), and
 * host-model expands to one. Topology, NUMA and single features are kept. SEV-SNP leaves the CPU to
 * the user: a named model makes the launch measurement predictable.
 */
#include "base/text.h"
#include "rules.h"

#define CPU "/domain/cpu"

void lsec_rule_cpu(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const char *const after[] = {"clock", "vcpu", NULL};
	static const char reason[] = "TDX supports no named CPU model, only the host's own";
	if (edit->settings->tee != LSEC_TEE_TDX)
		return;
	xmlNode *cpu = lsec_edit_child(edit, domain->root, "cpu", after);
	const struct lsec_at at = {cpu, CPU};
	lsec_edit_set_attribute(edit, at, "mode", "host-passthrough", reason);
	lsec_edit_remove_attribute(edit, at, "match", reason);
	for (xmlNode *part = lsec_xml_child(cpu, NULL), *next = NULL; part != NULL; part = next) {
		next = lsec_xml_from(part->next, NULL);
		if (lsec_xml_is(part, "model"))
			lsec_edit_remove(edit, (struct lsec_at){part, CPU "/model"}, reason);
		else if (lsec_xml_is(part, "vendor"))
			lsec_edit_remove(edit, (struct lsec_at){part, CPU "/vendor"}, reason);
	}
}
