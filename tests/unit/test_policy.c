/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/policy.h"

#include "support.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX

static uint64_t parsed(enum lsec_tee tee, const char *text)
{
	struct lsec_problems problems = {0};
	uint64_t policy = 0xdead;
	assert_int_equal(lsec_policy_parse(tee, "p", text, &policy, &problems), 0);
	expect_none(&problems);
	return policy;
}

static void not_parsed(enum lsec_tee tee, const char *text, const char *why)
{
	struct lsec_problems problems = {0};
	uint64_t policy = 0xdead;
	assert_int_equal(lsec_policy_parse(tee, "p", text, &policy, &problems), -1);
	assert_int_equal(policy, 0xdead);
	expect_among(&problems, "p", why);
	lsec_problems_clear(&problems);
}

static bool accepted(enum lsec_tee tee, uint64_t policy, bool allow_debug)
{
	struct lsec_problems problems = {0};
	int status = lsec_policy_check(&(struct lsec_policy){tee, policy, "p"}, allow_debug, NULL,
	                               &problems);
	assert_int_equal(status<0, problems.count> 0);
	assert_false(problems.failed);
	lsec_problems_clear(&problems);
	return status == 0;
}

/* AMD 56860 4.3 and libvirt's TDX flags, written down a second time. */
static const struct {
	enum lsec_tee tee;
	const char *name;
	unsigned bit;
} known[] = {
	{SNP, "smt", 16},
	{SNP, "migration-agent", 18},
	{SNP, "debug", 19},
	{SNP, "single-socket", 20},
	{SNP, "cxl", 21},
	{SNP, "aes-256-xts", 22},
	{SNP, "rapl-disabled", 23},
	{SNP, "ciphertext-hiding", 24},
	{SNP, "page-swap-disabled", 25},
	{TDX, "debug", 0},
	{TDX, "sept-ve-disable", 28},
};

static void test_flags(void **state)
{
	(void)state;
	size_t count = 0;
	for (const struct lsec_policy_flag *f = lsec_policy_flags(SNP); f->name != NULL; f++)
		count++;
	for (const struct lsec_policy_flag *f = lsec_policy_flags(TDX); f->name != NULL; f++)
		count++;
	assert_int_equal(count, COUNT(known));
	for (size_t i = 0; i < COUNT(known); i++) {
		uint64_t must = known[i].tee == SNP ? UINT64_C(1) << 17 : 0;
		assert_int_equal(parsed(known[i].tee, known[i].name),
		                 must | UINT64_C(1) << known[i].bit);
		assert_true(accepted(known[i].tee, must | UINT64_C(1) << known[i].bit, true));
		char *name = lsec_policy_describe(known[i].tee, UINT64_C(1) << known[i].bit);
		assert_string_equal(name, known[i].name);
		free(name);
	}
	assert_int_equal(parsed(SNP, "smt,debug,abi=1.55"), 0xb0137);
	assert_int_equal(parsed(TDX, "debug,sept-ve-disable"), 0x10000001);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(parsed(SNP, "0x30000"), LSEC_POLICY_SNP_DEFAULT);
	assert_int_equal(parsed(TDX, "268435456"), LSEC_POLICY_TDX_DEFAULT);
	assert_int_equal(parsed(SNP, "0"), 0);
	assert_int_equal(parsed(TDX, "0xffffffffffffffff"), UINT64_MAX);
	not_parsed(TDX, "0x10000000000000000", "at most 64 bits");
	not_parsed(TDX, "007", "at most 64 bits");
	not_parsed(TDX, "0x", "at most 64 bits");
	not_parsed(TDX, "1,debug", "at most 64 bits");
	/* Of 0x30000 and of the default of TDX. */
	not_parsed(SNP, "30000", "is decimal 30000 (0x7530), which is not a policy");
	not_parsed(TDX, "10000000", "did you mean 0x10000000?");
}

static void test_abi(void **state)
{
	(void)state;
	assert_int_equal(parsed(SNP, "abi=0.0"), 0x20000);
	assert_int_equal(parsed(SNP, "abi=255.255"), 0x2ffff);
	assert_int_equal(parsed(SNP, "abi=1.2"), 0x20102);
	static const char *const bad[] = {"abi=",      "abi=1",     "abi=1.",    "abi=.1",
	                                  "abi=256.0", "abi=0.256", "abi=1.2.3", "abi=01.2",
	                                  "abi=-1.2",  "abi=a.b"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_parsed(SNP, bad[i], "abi=MAJOR.MINOR");
	not_parsed(SNP, "abi=1.2,abi=1.2", "duplicate flag");
	not_parsed(TDX, "abi=1.2", "is not a tdx policy flag");
}

static void test_names(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "smt,", ",smt", "smt,,cxl", "SMT", "sept-ve-disable", "-smt", "smt=yes", "abi"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_parsed(SNP, bad[i], "is not a sev-snp policy flag");
	static const char *const blank[] = {"smt cxl", "smt, cxl", " smt", "abi=1. 2"};
	for (size_t i = 0; i < COUNT(blank); i++)
		not_parsed(SNP, blank[i], "joined by commas without blanks");
	not_parsed(SNP, "smt,smt", "duplicate flag");
	not_parsed(TDX, "debug,debug", "duplicate flag");
	/* Also one that is not next to its first. */
	not_parsed(SNP, "smt,cxl,smt", "duplicate flag");
	not_parsed(SNP, "abi=1.2,smt,abi=1.2", "duplicate flag");
	not_parsed(TDX, "debug,sept-ve-disable,debug", "duplicate flag");
	/* Every fault at once. */
	struct lsec_problems problems = {0};
	uint64_t policy;
	assert_int_equal(lsec_policy_parse(SNP, "p", "x,smt,y,smt,abi=x", &policy, &problems), -1);
	assert_int_equal(problems.count, 4);
	lsec_problems_clear(&problems);
}

/* Each bit alone, beside what must be there. */
static void test_every_bit(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t one = UINT64_C(1) << bit;
		bool snp = bit <= 6 || bit == 8 || (bit >= 16 && bit <= 25);
		assert_int_equal(accepted(SNP, 0x20000 | one, true), snp);
		assert_int_equal(accepted(SNP, 0x20000 | one, false), snp && bit != 19);
		assert_int_equal(accepted(TDX, one, true), bit == 0 || bit == 28);
		assert_int_equal(accepted(TDX, one, false), bit == 28);
		if (bit != 17)
			assert_false(accepted(SNP, one, true));
	}
	assert_true(accepted(SNP, LSEC_POLICY_SNP_DEFAULT, false));
	assert_true(accepted(TDX, LSEC_POLICY_TDX_DEFAULT, false));
	assert_true(accepted(TDX, 0, false));
	assert_false(accepted(SNP, 0, false));
	assert_false(accepted(TDX, 0x10000001, false));
}

static void test_what_is_told(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	lsec_policy_check(&(struct lsec_policy){SNP, UINT64_C(1) << 63 | 1 << 26 | 1 << 19, "p"},
	                  false, NULL, &problems);
	assert_int_equal(problems.count, 3);
	expect_among(&problems, "p", "bits 26, 63");
	expect_among(&problems, "p", "bit 17");
	expect_among(&problems, "p", "bit 19");
	expect_among(&problems, "p", "use 0x30000");
	expect_among(&problems, "p", LSEC_PREFIX "allow-debug");
	lsec_problems_clear(&problems);
	lsec_policy_check(&(struct lsec_policy){TDX, 1, "p"}, false, "config.json: forbid",
	                  &problems);
	expect_among(&problems, "p", "config.json: forbid");
	assert_null(strstr(problems.items[0].what, "or set"));
	lsec_problems_clear(&problems);
}

/* What is proposed in place of a wrong policy starts, and keeps what was asked for. */
static void test_mend(void **state)
{
	(void)state;
	static const struct {
		enum lsec_tee tee;
		uint64_t policy;
		const char *use;
	} cases[] = {
		/* No SNP policy at all: a SEV policy, a decimal read as hex, nothing. */
		{SNP, 0x7f, "use 0x30000"},
		{SNP, 0x7530, "use 0x30000"},
		{SNP, 0x5, "use 0x30000"},
		{SNP, 0, "use 0x30000"},
		{SNP, 0x510000, "use 0x30000"},
		{SNP, 0x3ff00, "use 0x30000"},
		{SNP, 0x3007f, "use 0x30000"},
		/* Flags and the ABI stay; debug, the migration agent and no SMT do not. */
		{SNP, 0x4530137, "use 0x530137"},
		{SNP, 0x6030000, "use 0x2030000"},
		{SNP, 0x4020000, "use 0x30000"},
		{SNP, 0x4030163, "use 0x30000"},
		{SNP, 0x40f0000, "use 0x30000"},
		{SNP, 0xb0137, "use 0x30137"},
		{TDX, 0x1, "use 0x10000000"},
		{TDX, 0x10000001, "use 0x10000000"},
		{TDX, 0x2, "use 0x10000000"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_problems problems = {0};
		assert_int_equal(
			lsec_policy_check(&(struct lsec_policy){cases[i].tee, cases[i].policy, "p"},
		                          false, NULL, &problems),
			-1);
		for (size_t j = 0; j < problems.count; j++) {
			const char *use = strstr(problems.items[j].what, cases[i].use);
			assert_non_null(use);
			assert_null(strchr("0123456789abcdef", use[strlen(cases[i].use)] | 0x20));
		}
		lsec_problems_clear(&problems);
	}
}

/* The oldest to the newest firmware, and beyond. */
static void test_abi_bound(void **state)
{
	(void)state;
	static const unsigned good[] = {0x0000, 0x0014, 0x001f, 0x0063,
	                                0x0100, 0x0133, 0x013a, 0x0163};
	static const unsigned bad[] = {0x0064, 0x007f, 0x00ff, 0x0164,
	                               0x01ff, 0x0200, 0x0233, 0xff00};
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(accepted(SNP, 0x30000 | good[i], false));
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(accepted(SNP, 0x30000 | bad[i], true));
		assert_false(lsec_policy_is_valid(SNP, 0x30000 | bad[i]));
	}
	assert_true(lsec_policy_is_valid(SNP, 0xb013a));
	assert_false(lsec_policy_is_valid(SNP, 0x10000));
	assert_false(lsec_policy_is_valid(SNP, 0x4030000));
	assert_true(lsec_policy_is_valid(TDX, 0x10000001));
	assert_false(lsec_policy_is_valid(TDX, 0x2));
	assert_true(lsec_policy_is_debug(SNP, 0xb0000) && lsec_policy_is_debug(TDX, 1));
	assert_false(lsec_policy_is_debug(SNP, 0x30001) || lsec_policy_is_debug(TDX, 0x80000));
}

static void test_doubts(void **state)
{
	(void)state;
	static const struct {
		enum lsec_tee tee;
		uint64_t policy;
		size_t count;
		const char *what; /* in the last */
	} cases[] = {
		{SNP, 0x30000, 0, NULL},
		{SNP, 0x3013a, 0, NULL},
		{SNP, 0x20000, 1, "does not set smt (bit 16): Linux 6.11 rejects"},
		{SNP, 0x70000, 1, "sets migration-agent (bit 18): no KVM accepts it"},
		{SNP, 0xb0000, 1, "sets debug (bit 19): the host can read"},
		{SNP, 0x130000, 1,
	         "on machines with one socket; unless every node accepts it, use 0x30000"},
		{SNP, 0x230000, 1, "have CXL; unless"},
		{SNP, 0x430000, 1, "have AES-256-XTS"},
		{SNP, 0x830000, 1, "can switch RAPL off"},
		{SNP, 0x1030000, 1, "have ciphertext hiding"},
		{SNP, 0x2030000, 1, "have ABI 1.58 or newer"},
		{SNP, 0x3013b, 1, "ABI 1.59"},
		{SNP, 0x30063, 1, "the usual value is abi=0.0"},
		{SNP, 0x2120000, 3, "use 0x30000"},
		{SNP, 0x70163, 2, "usual value"},
		{TDX, 0x10000000, 0, NULL},
		{TDX, 0, 1, "does not set sept-ve-disable (bit 28): a Linux guest panics"},
		{TDX, 0x10000001, 1, "sets debug (bit 0): KVM supports no debug TD"},
		{TDX, 1, 2, "use 0x10000000"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_report report = {0};
		const struct lsec_policy policy = {cases[i].tee, cases[i].policy, "p"};
		lsec_policy_warn(&policy, &report);
		assert_int_equal(report.warning_count, cases[i].count);
		if (cases[i].what != NULL) {
			const struct lsec_warning *last =
				&report.warnings[report.warning_count - 1];
			assert_string_equal(last->place, "p");
			assert_non_null(strstr(last->what, cases[i].what));
		}
		lsec_report_clear(&report);
	}
}

static void test_describe(void **state)
{
	(void)state;
	static const struct {
		enum lsec_tee tee;
		uint64_t policy;
		const char *text;
	} cases[] = {
		{SNP, 0x30000, "smt"},
		{SNP, 0x20000, "no flags"},
		{SNP, 0xb0137, "smt, debug, abi=1.55"},
		{SNP, 0x20001, "abi=0.1"},
		{SNP, UINT64_C(1) << 63 | 0x6020000, "page-swap-disabled, bits 26, 63"},
		{TDX, 0x10000003, "debug, sept-ve-disable, bit 1"},
		{TDX, 0, "no flags"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = lsec_policy_describe(cases[i].tee, cases[i].policy);
		assert_string_equal(text, cases[i].text);
		free(text);
	}
	char *bits = lsec_policy_bits(UINT64_C(1) << 63);
	assert_string_equal(bits, "bit 63");
	free(bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),     cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_abi),       cmocka_unit_test(test_names),
		cmocka_unit_test(test_every_bit), cmocka_unit_test(test_what_is_told),
		cmocka_unit_test(test_mend),      cmocka_unit_test(test_abi_bound),
		cmocka_unit_test(test_doubts),    cmocka_unit_test(test_describe),
	};
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
