/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as they are shown and recorded. */
#include "cli/probe.h"

#include "cli/sources.h"
#include "core/host.h"
#include "support.h"

/* A host whose facts are picked by a number: three states for each. */
static struct lsec_host host_of(uint64_t number)
{
	struct lsec_host host = {0};
	for (size_t i = 0; i < LSEC_FACTS; i++, number /= 3) {
		struct lsec_fact *fact = &host.of[i];
		enum lsec_state state = (enum lsec_state)(number % 3);
		if (lsec_fact(i)->kind == LSEC_FACT_NUMBER && state != LSEC_UNKNOWN) {
			unsigned value = state == LSEC_NO ? 0 : 51 + (unsigned)i % 10;
			if (value >= lsec_fact(i)->least)
				lsec_fact_set_number(fact, value);
			continue;
		}
		fact->state = state;
		if (lsec_fact(i)->kind == LSEC_FACT_PATH && state == LSEC_YES)
			strcpy(fact->path, "/usr/share/edk2/a.fd");
	}
	return host;
}

/* What is printed as JSON is read again as the same facts, whatever they are. */
static void test_round_trip(void **state)
{
	(void)state;
	uint64_t number = 1;
	for (size_t i = 0; i < 2000; i++) {
		struct lsec_host host = host_of(number);
		struct lsec_host again = {0};
		struct lsec_problems problems = {0};
		cleanup_buffer struct lsec_buffer json = {0};
		cleanup_buffer struct lsec_buffer once_more = {0};
		lsec_probe_json(&json, &host);
		assert_int_equal(
			lsec_host_read_recorded(json.bytes, json.len, "h.json", &again, &problems),
			0);
		expect_none(&problems);
		for (size_t j = 0; j < LSEC_FACTS; j++) {
			assert_int_equal(again.of[j].state, host.of[j].state);
			assert_int_equal(again.of[j].number, host.of[j].number);
			assert_string_equal(again.of[j].path, host.of[j].path);
		}
		lsec_probe_json(&once_more, &again);
		assert_string_equal(once_more.bytes, json.bytes);
		number = number * 6364136223846793005U + 1442695040888963407U;
	}
}

/* Every fact has a line of its own, and each TEE the verdict of the core. */
static void test_text(void **state)
{
	(void)state;
	static const char *const verdicts[] = {
		[LSEC_UNKNOWN] = "cannot tell",
		[LSEC_NO] = "no",
		[LSEC_YES] = "yes",
	};
	size_t seen[3] = {0};
	for (uint64_t number = 0; number < 60000; number += 37) {
		/* The low digits are the CPU's facts: leave those to their worst only now and
		 * then, or nothing but "no" comes out. */
		struct lsec_host host = host_of(number % 2 ? number : number * 177147);
		cleanup_buffer struct lsec_buffer text = {0};
		char line[64];
		lsec_probe_text(&text, &host);
		for (size_t i = 0; i < LSEC_FACTS; i++) {
			snprintf(line, sizeof(line), "\n%-18s ", lsec_fact(i)->name);
			expect_contains(text.bytes, line);
		}
		for (size_t i = 0; i < 2; i++) {
			struct lsec_problems reasons = {0};
			enum lsec_state verdict = lsec_host_verdict(
				&host, i == 0 ? LSEC_TEE_SEV_SNP : LSEC_TEE_TDX, false, &reasons);
			snprintf(line, sizeof(line), "\n%s: %s\n", i == 0 ? "SEV-SNP" : "TDX",
			         verdicts[verdict]);
			expect_contains(text.bytes, line);
			assert_int_equal(verdict == LSEC_NO, reasons.count > 0);
			for (size_t j = 0; j < reasons.count; j++)
				expect_contains(text.bytes, reasons.items[j].what);
			seen[verdict]++;
			lsec_problems_clear(&reasons);
		}
	}
	assert_true(seen[LSEC_UNKNOWN] > 10 && seen[LSEC_NO] > 10 && seen[LSEC_YES] > 10);
}

#define SAYS(value)                                                                                \
	{                                                                                          \
		true, value                                                                        \
	}

/* A libvirt that agrees with the host, and ones that do not. */
static void test_libvirt(void **state)
{
	(void)state;
	enum { SNP = 1, TDX = 2 };
	static const struct {
		bool snp_host, tdx_host;
		struct lsec_virt_capabilities capabilities;
		const char *wanted; /* of the disagreements; NULL: none */
	} cases[] = {
		{true, false, {.tells_types = true, .sev_snp_type = true}, NULL},
		{true,
	         false,
	         {.tells_types = true},
	         "the host offers sev-snp, this QEMU or libvirt"},
		{false,
	         true,
	         {.tells_types = true},
	         "QEMU 10.1.0 or newer and libvirt 11.6.0 or newer"},
		{false, true, {.tells_types = true, .tdx_type = true}, NULL},
		{true,
	         false,
	         {.tells_types = true, .sev_snp_type = true, .tdx_type = true},
	         "libvirt reports tdx, but"},
		{true, false, {.tells_types = false}, NULL},
		{true,
	         false,
	         {.tells_types = true,
	          .sev_snp_type = true,
	          .cbitpos = SAYS(51),
	          .reduced_phys_bits = SAYS(1),
	          .max_guests = SAYS(410),
	          .max_es_guests = SAYS(99)},
	         NULL},
		{true,
	         false,
	         {.tells_types = true, .sev_snp_type = true, .cbitpos = SAYS(47)},
	         "cbitpos is 51 here (CPUID 0x8000001f EBX bits 5:0), 47 to libvirt"},
		{true,
	         false,
	         {.tells_types = true, .sev_snp_type = true, .reduced_phys_bits = SAYS(5)},
	         NULL},
		{true,
	         false,
	         {.tells_types = true, .sev_snp_type = true, .max_es_guests = SAYS(9)},
	         "sev-es-slots is 99 here (/sys/fs/cgroup/misc.capacity sev_es), 9 to libvirt"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_host host = {0};
		const struct lsec_virt_facts facts = {.uri = "qemu:///system",
		                                      .driver = (char[]){"QEMU"},
		                                      .libvirt = 12008000,
		                                      .hypervisor = 11001000,
		                                      .has_capabilities = true,
		                                      .capabilities = cases[i].capabilities};
		cleanup_buffer struct lsec_buffer text = {0};
		lsec_host_decode(cases[i].snp_host ? SNP_EAX : 0, SNP_EBX, &host);
		host.of[LSEC_FACT_KVM_AMD_SEV_SNP].state = cases[i].snp_host ? LSEC_YES : LSEC_NO;
		host.of[LSEC_FACT_KVM_INTEL_TDX].state = cases[i].tdx_host ? LSEC_YES : LSEC_NO;
		lsec_fact_set_number(&host.of[LSEC_FACT_SEV_ES_SLOTS], cases[i].snp_host ? 99 : 0);
		lsec_probe_libvirt(&text, &host, &facts);
		expect_contains(text.bytes, "libvirt 12.8.0 at qemu:///system, QEMU 11.1.0\n");
		if (cases[i].wanted == NULL)
			expect_lacks(text.bytes, "!");
		else
			expect_contains(text.bytes, cases[i].wanted);
		/* What nobody said is not made up. */
		if (!cases[i].capabilities.max_guests.told)
			expect_lacks(text.bytes, "SEV guests at most");
	}
	const struct lsec_virt_facts none = {.uri = "test:///default",
	                                     .driver = (char[]){"TEST"},
	                                     .libvirt = 9000000,
	                                     .no_capabilities = (char[]){"invalid KVM"}};
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_probe_libvirt(&text, &(struct lsec_host){0}, &none);
	assert_string_equal(text.bytes,
	                    "\nlibvirt 9.0.0 at test:///default\n"
	                    "  no domain capabilities for kvm, x86_64 and q35: invalid KVM\n");
}

static int read_host(const char *root, struct lsec_host *ret, struct lsec_problems *problems)
{
	const struct lsec_options options = {.command = LSEC_COMMAND_PROBE, .host_root = root};
	return lsec_read_host(&options, ret, problems);
}

/* Under another root nothing of this one is seen, but the CPU is the same; also where the
 * environment names a file, over which an option goes. */
static void test_host_root(void **state)
{
	(void)state;
	static const char *const files[] = {NULL, "/nowhere/host.json"};
	for (size_t i = 0; i < COUNT(files); i++) {
		struct lsec_problems problems = {0};
		struct lsec_host host = {0};
		if (files[i] != NULL)
			setenv("LAUNCHSEC_HOST", files[i], 1);
		assert_int_equal(read_host("tests/unit", &host, &problems), 0);
		unsetenv("LAUNCHSEC_HOST");
		expect_none(&problems);
		for (size_t j = 0; j < LSEC_FACTS; j++)
			if (lsec_fact(j)->place != LSEC_FACT_AT_CPU)
				assert_int_equal(host.of[j].state, LSEC_UNKNOWN);
			else if (lsec_fact(j)->kind == LSEC_FACT_STATE)
				assert_int_not_equal(host.of[j].state, LSEC_UNKNOWN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_host_root),
		cmocka_unit_test(test_libvirt),
	};
	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
