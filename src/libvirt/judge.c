/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what each TEE needs of libvirt and QEMU with their facts. */
#include "judge.h"

#include <string.h>

#include "base/text.h"
#include "domain/xml.h"

/* libvirt formatdomain, "Launch Security"; QEMU's change logs of 9.1 and 10.1. */
static const struct lsec_virt_need needs[] = {
	{LSEC_TEE_SEV_SNP, 10005000, 9001000,
         "an EPYC with SEV-SNP enabled in the BIOS, Linux 6.11 or newer, and Y in /sys/module/kvm_amd/parameters/sev_snp"},
	{LSEC_TEE_TDX, 11006000, 10001000,
         "a Xeon with TDX enabled in the BIOS, Linux 6.16 or newer, and Y in /sys/module/kvm_intel/parameters/tdx"},
};

/* One judgement: its inputs and outputs. */
struct judging {
	const struct lsec_virt_facts *facts;
	const struct lsec_virt_wish *wish;
	const struct lsec_virt_need *need; /* NULL for a domain without a TEE */
	const char *refusal;
	struct lsec_report *report;
	struct lsec_problems *problems;
};

const struct lsec_virt_need *lsec_virt_need(enum lsec_tee tee)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].tee == tee)
			return &needs[i];
	return NULL;
}

/* A child of launchSecurity: lsec_apply() writes a decimal number, libvirt reads others too. */
static struct lsec_virt_number read_number(const xmlNode *security, const char *name)
{
	cleanup_free char *text = lsec_xml_text(lsec_xml_child(security, name));
	if (text == NULL)
		return (struct lsec_virt_number){0};
	return (struct lsec_virt_number){true, (uint32_t)strtoul(text, NULL, 0)};
}

static int read_security(const xmlNode *security, struct lsec_virt_wish *ret,
                         struct lsec_problems *problems)
{
	size_t before = lsec_problems_count(problems);
	cleanup_free char *type = lsec_xml_attribute(security, "type", problems);
	ret->cbitpos = read_number(security, "cbitpos");
	ret->reduced_phys_bits = read_number(security, "reducedPhysBits");
	ret->sev = lsec_equal(type, "sev") || lsec_equal(type, "sev-snp");
	if (type != NULL && ret->tee == LSEC_TEE_NONE)
		ret->tee = lsec_tee_find(type);
	return lsec_problems_count(problems) > before ? -1 : 0;
}

int lsec_virt_wish_read(const struct lsec_result *result, struct lsec_virt_wish *ret,
                        struct lsec_problems *problems)
{
	struct lsec_virt_wish wish = {.tee = result->tee};
	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	if (lsec_xml_read(result->domain, result->domain_len, "the new domain", &xml, problems) <
	            0 ||
	    read_security(lsec_xml_child(xmlDocGetRootElement(xml.doc), "launchSecurity"), &wish,
	                  problems) < 0)
		return -1;
	*ret = wish;
	return 0;
}

bool lsec_virt_may_try(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish)
{
	return !lsec_virt_is_qemu(facts) || !wish->sev || facts->capabilities.sev ||
	       (wish->cbitpos.told && wish->reduced_phys_bits.told);
}

static bool offers(const struct judging *on)
{
	const struct lsec_virt_capabilities *capabilities = &on->facts->capabilities;
	return on->need->tee == LSEC_TEE_SEV_SNP ? capabilities->sev_snp_type
	                                         : capabilities->tdx_type;
}

/* A version older than the TEE, which explains other problems. */
static int judge_version(const struct judging *on, const char *what, uint32_t found, uint32_t want,
                         bool good)
{
	if (found == 0 || found >= want)
		return 0;
	const char *tee = lsec_tee_name(on->need->tee);
	if (good) {
		lsec_report_warn(
			on->report, on->facts->uri,
			"%s %s is older than the first with %s, which is %s, but accepts the domain anyway",
			what, lsec_virt_version(found).text, tee, lsec_virt_version(want).text);
		return 0;
	}
	return lsec_problem_add(
		on->problems, on->facts->uri,
		"%s %s does not support launchSecurity type='%s'; update it to %s or newer, or query the one that the VM will run on",
		what, lsec_virt_version(found).text, tee, lsec_virt_version(want).text);
}

static int judge_offer(const struct judging *on)
{
	const struct lsec_virt_facts *facts = on->facts;
	const char *tee = lsec_tee_name(on->need->tee);
	if (!facts->has_capabilities)
		return lsec_problem_add(
			on->problems, on->facts->uri,
			"no domain capabilities for x86_64, q35 and kvm (%s); use a host that runs such VMs",
			facts->no_capabilities);
	if (facts->capabilities.tells_types && !offers(on))
		return lsec_problem_add(
			on->problems, on->facts->uri,
			"%s is not among the launchSecurity types of its domain capabilities; use a host that offers it: %s",
			tee, on->need->host);
	bool host =
		on->need->tee == LSEC_TEE_TDX ? facts->capabilities.tdx : facts->capabilities.sev;
	if (facts->capabilities.tells_types && !host)
		lsec_report_warn(on->report, on->facts->uri,
		                 "its QEMU supports %s, but its host seems not to; use %s", tee,
		                 on->need->host);
	return 0;
}

/* QEMU does not start with another C-bit than its host's. reducedPhysBits is the guest's, which it
 * compares with nothing. */
static int judge_cbitpos(const struct judging *on)
{
	const struct lsec_virt_number host = on->facts->capabilities.cbitpos;
	const struct lsec_virt_number wish = on->wish->cbitpos;
	if (!host.told || !wish.told || host.value == wish.value)
		return 0;
	return lsec_problem_add(
		on->problems, "/domain/launchSecurity/cbitpos",
		"%u contradicts the host of %s, which has %u, so QEMU would not start there; set " LSEC_PREFIX
		"cbitpos to %u, or to omit",
		wish.value, on->facts->uri, host.value, host.value);
}

static int judge_tee(const struct judging *on)
{
	const struct lsec_virt_facts *facts = on->facts;
	bool qemu = lsec_virt_is_qemu(facts);
	bool offered = !qemu || offers(on);
	int status = judge_version(on, "libvirt", facts->libvirt, on->need->libvirt,
	                           offered && on->refusal == NULL);
	if (!qemu)
		return status;
	return status | judge_version(on, "QEMU", facts->hypervisor, on->need->qemu, offered) |
	       judge_offer(on) | judge_cbitpos(on);
}

/* Why the domain was not tried, if it was not. */
static int judge_untried(const struct judging *on)
{
	if (lsec_virt_may_try(on->facts, on->wish))
		return 0;
	return lsec_problem_add(
		on->problems, "/domain/launchSecurity",
		"cbitpos or reducedPhysBits is missing, and the host of %s has no SEV to fill it in, so libvirt can crash and was not tried; set %scbitpos and %sreduced-phys-bits",
		on->facts->uri, LSEC_PREFIX, LSEC_PREFIX);
}

int lsec_virt_judge(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish,
                    const char *refusal, struct lsec_report *report, struct lsec_problems *problems)
{
	const struct judging on = {facts,   wish,   lsec_virt_need(wish->tee),
	                           refusal, report, problems};
	int status = (on.need == NULL ? 0 : judge_tee(&on)) | judge_untried(&on);
	if (refusal != NULL)
		status = lsec_problem_add(
			problems, facts->uri,
			"libvirt %s rejects the new domain: %s; correct that in the VM or the domain",
			lsec_virt_version(facts->libvirt).text, refusal);
	return status;
}
