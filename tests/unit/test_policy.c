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
	int status = lsec_policy_check(tee, "p", policy, allow_debug, NULL, &problems);
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
	{SNP, "smt", 16},           {SNP, "migration-agent", 18},
	{SNP, "debug", 19},         {SNP, "single-socket", 20},
	{SNP, "cxl", 21},           {SNP, "aes-256-xts", 22},
	{SNP, "rapl-disabled", 23}, {SNP, "ciphertext-hiding", 24},
	{TDX, "debug", 0},          {TDX, "sept-ve-disable", 28},
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
}

static void test_abi(void **state)
{
	(void)state;
	assert_int_equal(parsed(SNP, "abi=0.0"), 0x20000);
	assert_int_equal(parsed(SNP, "abi=255.255"), 0x2ffff);
	assert_int_equal(parsed(SNP, "abi=1.2"), 0x20102);
	static const char *const bad[] = {"abi=",      "abi=1",     "abi=1.",    "abi=.1",
	                                  "abi=256.0", "abi=0.256", "abi=1.2.3", "abi=01.2",
	                                  "abi=-1.2",  "abi=1. 2",  "abi=a.b"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_parsed(SNP, bad[i], "abi=MAJOR.MINOR");
	not_parsed(SNP, "abi=1.2,abi=1.2", "twice");
	not_parsed(TDX, "abi=1.2", "no tdx policy flag");
}

static void test_names(void **state)
{
	(void)state;
	static const char *const bad[] = {"",     "smt,",    ",smt",     "smt,,cxl",
	                                  "SMT",  "smt cxl", "smt, cxl", "sept-ve-disable",
	                                  "-smt", "smt=yes", "abi"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_parsed(SNP, bad[i], "no sev-snp policy flag");
	not_parsed(SNP, "smt,smt", "twice");
	not_parsed(TDX, "debug,debug", "twice");
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
		bool snp = bit <= 24;
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
	lsec_policy_check(SNP, "p", UINT64_C(1) << 63 | 1 << 25 | 1 << 19, false, NULL, &problems);
	assert_int_equal(problems.count, 3);
	expect_among(&problems, "p", "bits 25, 63");
	expect_among(&problems, "p", "bit 17");
	expect_among(&problems, "p", "bit 19");
	expect_among(&problems, "p", "0x20000 mends it");
	expect_among(&problems, "p", LSEC_PREFIX "allow-debug");
	lsec_problems_clear(&problems);
	lsec_policy_check(TDX, "p", 1, false, "config.json: forbid", &problems);
	expect_among(&problems, "p", "config.json: forbid");
	assert_null(strstr(problems.items[0].what, "or set"));
	lsec_problems_clear(&problems);
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
		{SNP, UINT64_C(1) << 63 | 0x2020000, "bits 25, 63"},
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
		cmocka_unit_test(test_describe),
	};
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
