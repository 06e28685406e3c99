/* SPDX-License-Identifier: Apache-2.0 */
#include "libvirt/judge.h"

#include "support.h"

#define URI "qemu:///system"
#define EPYC                                                                                       \
	"an EPYC with SEV-SNP enabled in the BIOS, Linux 6.11 or newer, and Y in "                 \
	"/sys/module/kvm_amd/parameters/sev_snp"
#define XEON                                                                                       \
	"a Xeon with TDX enabled in the BIOS, Linux 6.16 or newer, and Y in "                      \
	"/sys/module/kvm_intel/parameters/tdx"

static char qemu[] = LSEC_VIRT_QEMU;
static char test[] = LSEC_VIRT_TEST;
static char no_kvm[] = "no KVM here";

/* A host that has what it takes, and a domain that fits it. */
static const struct lsec_virt_facts snp_host = {
	URI,
	qemu,
	10005000,
	9001000,
	true,
	{.tells_types = true,
         .sev_type = true,
         .sev_snp_type = true,
         .sev = true,
         .cbitpos = {true, 51},
         .reduced_phys_bits = {true, 1}},
	NULL,
};
static const struct lsec_virt_facts tdx_host = {
	URI,  qemu, 11006000, 10001000, true, {.tells_types = true, .tdx_type = true, .tdx = true},
	NULL,
};
static const struct lsec_virt_wish snp = {LSEC_TEE_SEV_SNP, true, {true, 51}, {true, 1}};
static const struct lsec_virt_wish tdx = {.tee = LSEC_TEE_TDX};

/* What came of a judgement: problems and warnings, one a line. */
struct verdict {
	int status;
	bool failed;
	struct lsec_buffer lines;
};

static void verdict_clear(struct verdict *verdict)
{
	lsec_buffer_clear(&verdict->lines);
}
#define VERDICT LSEC_CLEANUP(verdict_clear) struct verdict

static struct verdict judge(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish,
                            const char *refusal)
{
	struct lsec_report report = {0};
	struct lsec_problems problems = {0};
	struct verdict ret = {0};
	ret.status = lsec_virt_judge(facts, wish, refusal, &report, &problems);
	ret.failed = problems.failed;
	lsec_buffer_text(&ret.lines, "");
	for (size_t i = 0; i < problems.count; i++)
		lsec_buffer_format(&ret.lines, "error: %s: %s\n", problems.items[i].place,
		                   problems.items[i].what);
	for (size_t i = 0; i < report.warning_count; i++)
		lsec_buffer_format(&ret.lines, "warning: %s: %s\n", report.warnings[i].place,
		                   report.warnings[i].what);
	assert_int_equal(ret.status, problems.count > 0 ? -1 : 0);
	lsec_report_clear(&report);
	lsec_problems_clear(&problems);
	return ret;
}

static void expect(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish,
                   const char *refusal, const char *lines)
{
	VERDICT verdict = judge(facts, wish, refusal);
	assert_false(verdict.failed);
	assert_string_equal(verdict.lines.bytes == NULL ? "" : verdict.lines.bytes, lines);
}

static void test_taken(void **state)
{
	(void)state;
	struct lsec_virt_wish none = {.tee = LSEC_TEE_NONE};
	struct lsec_virt_wish filled_in = {.tee = LSEC_TEE_SEV_SNP, .sev = true};
	struct lsec_virt_facts old = {.uri = URI, .driver = test, .libvirt = 1000000};
	expect(&snp_host, &snp, NULL, "");
	expect(&snp_host, &filled_in, NULL, "");
	expect(&tdx_host, &tdx, NULL, "");
	expect(&old, &none, NULL, "");
}

static void test_no_tee_refused(void **state)
{
	(void)state;
	struct lsec_virt_wish none = {.tee = LSEC_TEE_NONE};
	expect(&tdx_host, &none, "no memory",
	       "error: " URI
	       ": libvirt 11.6.0 rejects the new domain: no memory; correct that in the VM or the domain\n");
}

/* The host has another TEE, or none. */
static void test_not_offered(void **state)
{
	(void)state;
	struct lsec_virt_facts plain = {
		.uri = URI,
		.driver = qemu,
		.libvirt = 12008000,
		.hypervisor = 11001000,
		.has_capabilities = true,
		.capabilities = {.tells_types = true},
	};
	expect(&plain, &snp, NULL,
	       "error: " URI
	       ": sev-snp is not among the launchSecurity types of its domain capabilities; use a host that offers it: " EPYC
	       "\n");
	expect(&plain, &tdx, "no tdx",
	       "error: " URI
	       ": tdx is not among the launchSecurity types of its domain capabilities; use a host that offers it: " XEON
	       "\n"
	       "error: " URI
	       ": libvirt 12.8.0 rejects the new domain: no tdx; correct that in the VM or the domain\n");
	plain.has_capabilities = false;
	plain.no_capabilities = no_kvm;
	expect(&plain, &tdx, NULL,
	       "error: " URI
	       ": no domain capabilities for x86_64, q35 and kvm (no KVM here); use a host that runs such VMs\n");
}

static void test_too_old(void **state)
{
	(void)state;
	struct lsec_virt_facts old = {
		.uri = URI,
		.driver = qemu,
		.libvirt = 10004999,
		.hypervisor = 9000999,
		.has_capabilities = true,
		.capabilities = {.sev = true, .cbitpos = {true, 51}},
	};
	expect(&old, &snp, NULL,
	       "error: " URI
	       ": libvirt 10.4.999 does not support launchSecurity type='sev-snp'; update it to 10.5.0 or newer, or query the one that the VM will run on\n"
	       "error: " URI
	       ": QEMU 9.0.999 does not support launchSecurity type='sev-snp'; update it to 9.1.0 or newer, or query the one that the VM will run on\n");
	old = tdx_host;
	old.libvirt = 11005999;
	old.hypervisor = 10000999;
	old.capabilities.tdx_type = false;
	expect(&old, &tdx, NULL,
	       "error: " URI
	       ": libvirt 11.5.999 does not support launchSecurity type='tdx'; update it to 11.6.0 or newer, or query the one that the VM will run on\n"
	       "error: " URI
	       ": QEMU 10.0.999 does not support launchSecurity type='tdx'; update it to 10.1.0 or newer, or query the one that the VM will run on\n"
	       "error: " URI
	       ": tdx is not among the launchSecurity types of its domain capabilities; use a host that offers it: " XEON
	       "\n");
}

/* What a distribution carried back counts more than its number. */
static void test_carried_back(void **state)
{
	(void)state;
	struct lsec_virt_facts facts = tdx_host;
	struct lsec_virt_facts in_process = {.uri = URI, .driver = test, .libvirt = 10000000};
	facts.libvirt = 11005000;
	facts.hypervisor = 10000000;
	expect(&facts, &tdx, NULL,
	       "warning: " URI
	       ": libvirt 11.5.0 is older than the first with tdx, which is 11.6.0, but accepts the domain anyway\n"
	       "warning: " URI
	       ": QEMU 10.0.0 is older than the first with tdx, which is 10.1.0, but accepts the domain anyway\n");
	expect(&in_process, &tdx, NULL,
	       "warning: " URI
	       ": libvirt 10.0.0 is older than the first with tdx, which is 11.6.0, but accepts the domain anyway\n");
	facts = tdx_host;
	facts.hypervisor = 0; /* not told */
	expect(&facts, &tdx, NULL, "");
}

/* The test driver judges by taking or not: it has neither QEMU nor a host. */
static void test_test_driver(void **state)
{
	(void)state;
	struct lsec_virt_facts facts = {
		.uri = URI, .driver = test, .libvirt = 9000000, .hypervisor = 2};
	expect(&facts, &tdx, "no tdx",
	       "error: " URI
	       ": libvirt 9.0.0 does not support launchSecurity type='tdx'; update it to 11.6.0 or newer, or query the one that the VM will run on\n"
	       "error: " URI
	       ": libvirt 9.0.0 rejects the new domain: no tdx; correct that in the VM or the domain\n");
	facts.libvirt = 12008000;
	expect(&facts, &tdx, NULL, "");
	struct lsec_virt_wish filled_in = {.tee = LSEC_TEE_SEV_SNP, .sev = true};
	expect(&facts, &filled_in, NULL, "");
	assert_true(lsec_virt_may_try(&facts, &filled_in));
}

static void test_doubtful_host(void **state)
{
	(void)state;
	struct lsec_virt_facts facts = tdx_host;
	facts.capabilities.tdx = false;
	expect(&facts, &tdx, NULL,
	       "warning: " URI ": its QEMU supports tdx, but its host seems not to; use " XEON
	       "\n");
	facts = snp_host;
	facts.capabilities.sev = false;
	facts.capabilities.cbitpos.told = facts.capabilities.reduced_phys_bits.told = false;
	expect(&facts, &snp, NULL,
	       "warning: " URI ": its QEMU supports sev-snp, but its host seems not to; use " EPYC
	       "\n");
}

static void test_other_numbers(void **state)
{
	(void)state;
	struct lsec_virt_wish wish = {LSEC_TEE_SEV_SNP, true, {true, 47}, {true, 5}};
	expect(&snp_host, &wish, NULL,
	       "error: /domain/launchSecurity/cbitpos: 47 contradicts the host of " URI
	       ", which has 51, so QEMU would not start there; set " LSEC_PREFIX
	       "cbitpos to 51, or to omit\n");
	wish.cbitpos.value = 51;
	expect(&snp_host, &wish, NULL, "");
}

/* libvirt would have to fill in what its host does not have. */
static void test_may_try(void **state)
{
	(void)state;
	static const struct lsec_virt_wish wishes[] = {
		{LSEC_TEE_SEV_SNP, true, {false, 0}, {false, 0}},
		{LSEC_TEE_SEV_SNP, true, {true, 51}, {false, 0}},
		{LSEC_TEE_SEV_SNP, true, {false, 0}, {true, 1}},
		{LSEC_TEE_NONE, true, {false, 0}, {false, 0}},
	};
	struct lsec_virt_facts facts = snp_host;
	facts.capabilities.sev = false;
	assert_true(lsec_virt_may_try(&facts, &snp));
	assert_true(lsec_virt_may_try(&facts, &tdx));
	for (size_t i = 0; i < COUNT(wishes); i++) {
		assert_true(lsec_virt_may_try(&snp_host, &wishes[i]));
		assert_false(lsec_virt_may_try(&facts, &wishes[i]));
		VERDICT verdict = judge(&facts, &wishes[i], NULL);
		assert_int_equal(verdict.status, -1);
		expect_contains(
			verdict.lines.bytes,
			"error: /domain/launchSecurity: cbitpos or reducedPhysBits is missing, and the host of " URI
			" has no SEV to fill it in, so libvirt can crash and was not tried; set " LSEC_PREFIX
			"cbitpos and " LSEC_PREFIX "reduced-phys-bits\n");
	}
}

static void expect_wish(enum lsec_tee tee, const char *domain, struct lsec_virt_wish want)
{
	struct lsec_result result = {
		.tee = tee, .domain = lsec_unconst(domain), .domain_len = strlen(domain)};
	struct lsec_virt_wish found = {.tee = LSEC_TEE_TDX, .cbitpos = {true, 9}};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_virt_wish_read(&result, &found, &problems), 0);
	expect_none(&problems);
	assert_int_equal(found.tee, want.tee);
	assert_int_equal(found.sev, want.sev);
	assert_int_equal(found.cbitpos.told, want.cbitpos.told);
	assert_int_equal(found.cbitpos.value, want.cbitpos.value);
	assert_int_equal(found.reduced_phys_bits.told, want.reduced_phys_bits.told);
	assert_int_equal(found.reduced_phys_bits.value, want.reduced_phys_bits.value);
}

static void test_wish(void **state)
{
	(void)state;
	struct lsec_virt_wish nothing = {.tee = LSEC_TEE_SEV_SNP, .sev = true};
	struct lsec_virt_wish none = {.tee = LSEC_TEE_NONE};
	struct lsec_virt_wish sev = {.sev = true};
	expect_wish(LSEC_TEE_SEV_SNP,
	            SNP_DOMAIN("<cbitpos>51</cbitpos><reducedPhysBits>1</reducedPhysBits>"), snp);
	expect_wish(LSEC_TEE_SEV_SNP, SNP_DOMAIN("<policy>0x30000</policy>"), nothing);
	expect_wish(LSEC_TEE_TDX, TDX_DOMAIN(""), tdx);
	/* Those that came so. */
	expect_wish(LSEC_TEE_NONE, PLAIN, none);
	expect_wish(LSEC_TEE_NONE, TDX_DOMAIN(""), tdx);
	expect_wish(LSEC_TEE_NONE, SNP_DOMAIN(""), nothing);
	expect_wish(LSEC_TEE_NONE,
	            SNP_DOMAIN("<cbitpos> 0x33 </cbitpos><reducedPhysBits>1</reducedPhysBits>"),
	            snp);
	expect_wish(LSEC_TEE_NONE, DOMAIN("", "<launchSecurity type='sev'/>"), sev);
	expect_wish(LSEC_TEE_NONE, DOMAIN("", "<launchSecurity type='s390-pv'/>"), none);
	/* QEMU arguments instead of the element. */
	expect_wish(LSEC_TEE_TDX, PLAIN, tdx);
}

static void test_no_wish(void **state)
{
	(void)state;
	char text[] = "not even XML";
	struct lsec_result result = {.domain = text, .domain_len = strlen(text)};
	struct lsec_virt_wish found = {.tee = LSEC_TEE_TDX};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_virt_wish_read(&result, &found, &problems), -1);
	assert_int_equal(found.tee, LSEC_TEE_TDX);
	expect_problem(&problems, "the new domain", "is not XML");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),         cmocka_unit_test(test_no_tee_refused),
		cmocka_unit_test(test_not_offered),   cmocka_unit_test(test_too_old),
		cmocka_unit_test(test_carried_back),  cmocka_unit_test(test_test_driver),
		cmocka_unit_test(test_doubtful_host), cmocka_unit_test(test_other_numbers),
		cmocka_unit_test(test_may_try),       cmocka_unit_test(test_wish),
		cmocka_unit_test(test_no_wish),
	};
	return cmocka_run_group_tests_name("libvirt judge", tests, NULL, NULL);
}
