/* SPDX-License-Identifier: Apache-2.0 */
/* What a libvirt says, beside what this host's facts say. */
#include "core/host.h"
#include "libvirt/judge.h"
#include "probe.h"

static void add_number(struct lsec_buffer *ret, const char *name, struct lsec_virt_number number)
{
	if (number.told)
		lsec_buffer_format(ret, "  %s: %u\n", name, number.value);
}

/* A number that both tell, each in its way. */
static void compare_number(struct lsec_buffer *ret, const struct lsec_host *host, size_t id,
                           struct lsec_virt_number number)
{
	const struct lsec_fact *fact = &host->of[id];
	if (!number.told || fact->state == LSEC_UNKNOWN || fact->number == number.value)
		return;
	lsec_buffer_format(ret, "  ! %s is %u here (", lsec_fact(id)->name, fact->number);
	lsec_fact_say_source(ret, id);
	lsec_buffer_format(ret, "), %u to libvirt\n", number.value);
}

/* Whether it starts domains of a TEE, against whether the host offers that. */
static void compare_tee(struct lsec_buffer *ret, const struct lsec_host *host, enum lsec_tee tee,
                        bool starts)
{
	enum lsec_state offers = lsec_host_offers(host, tee);
	const struct lsec_virt_need *need = lsec_virt_need(tee);
	lsec_buffer_format(ret, "  %s: %s\n", lsec_tee_name(tee), starts ? "yes" : "no");
	if (offers == LSEC_YES && !starts)
		lsec_buffer_format(
			ret,
			"  ! the host offers %s, this QEMU or libvirt does not; use QEMU %s or newer and libvirt %s or newer\n",
			lsec_tee_name(tee), lsec_virt_version(need->qemu).text,
			lsec_virt_version(need->libvirt).text);
	else if (offers == LSEC_NO && starts)
		lsec_buffer_format(
			ret,
			"  ! libvirt reports %s, but the host does not offer it: libvirt runs on another host, or has outdated facts; remove /var/cache/libvirt/qemu/capabilities/*.xml and restart it\n",
			lsec_tee_name(tee));
}

void lsec_probe_libvirt(struct lsec_buffer *ret, const struct lsec_host *host,
                        const struct lsec_virt_facts *facts)
{
	const struct lsec_virt_capabilities *can = &facts->capabilities;
	lsec_buffer_format(ret, "\nlibvirt %s at %s", lsec_virt_version(facts->libvirt).text,
	                   facts->uri);
	if (lsec_virt_is_qemu(facts) && facts->hypervisor > 0)
		lsec_buffer_format(ret, ", %s %s", facts->driver,
		                   lsec_virt_version(facts->hypervisor).text);
	lsec_buffer_text(ret, "\n");
	if (!facts->has_capabilities) {
		lsec_buffer_format(ret, "  no domain capabilities for kvm, x86_64 and q35%s%s\n",
		                   facts->no_capabilities == NULL ? "" : ": ",
		                   facts->no_capabilities == NULL ? "" : facts->no_capabilities);
		return;
	}
	if (can->tells_types) {
		compare_tee(ret, host, LSEC_TEE_SEV_SNP, can->sev_snp_type);
		compare_tee(ret, host, LSEC_TEE_TDX, can->tdx_type);
	} else {
		lsec_buffer_text(ret, "  sev-snp and tdx: libvirt reports them from 10.5 on\n");
	}
	add_number(ret, "C-bit", can->cbitpos);
	add_number(ret, "physical address bits less", can->reduced_phys_bits);
	add_number(ret, "SEV guests at most", can->max_guests);
	add_number(ret, "SEV-ES and SEV-SNP guests at most", can->max_es_guests);
	compare_number(ret, host, LSEC_FACT_CBITPOS, can->cbitpos);
	/* Of physical address bits libvirt says what a guest loses, CPUID what the host does. */
	compare_number(ret, host, LSEC_FACT_SEV_ES_SLOTS, can->max_es_guests);
}
