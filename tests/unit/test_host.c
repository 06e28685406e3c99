/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/host.h"

#include "support.h"

/* CPUID 0x8000001F as recorded (AMD 24594; "cpuid -l 0x8000001f -r"). */
static void test_decode(void **state)
{
	(void)state;
	static const struct {
		uint32_t eax, ebx;
		struct lsec_host host;
	} cases[] = {
		{0x00000000, 0x00000000, {false, false, false, 0, 0}}, /* no AMD, or no SME */
		{0x00000001, 0x0000016f, {false, false, false, 0, 0}}, /* SME only */
		{0x0000000f, 0x0000016f, {true, true, false, 47, 5}},  /* EPYC 7001 (Naples) */
		{0x0001000f, 0x0000016f, {true, true, false, 47, 5}},  /* EPYC 7002 (Rome) */
		{0x0101fd3f, 0x00004173, {true, true, true, 51, 5}},   /* EPYC 7003 (Milan) */
		{0x01018177, 0x00000000, {true, false, true, 0, 0}},
		{0x00000002, 0xffffffff, {true, false, false, 63, 63}},
		{0x00000002, 0xfffff000, {true, false, false, 0, 0}},
		{0x00000002, 0x00000040, {true, false, false, 0, 1}},
		{0xffffffe5, 0xffffffff, {false, false, false, 0, 0}},
		{0x0000000a, 0x00000073, {true, true, false, 51, 1}},
		{0x00000012, 0x00000073, {true, false, true, 51, 1}},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_host host = lsec_host_decode(cases[i].eax, cases[i].ebx);
		assert_int_equal(host.sev, cases[i].host.sev);
		assert_int_equal(host.sev_es, cases[i].host.sev_es);
		assert_int_equal(host.sev_snp, cases[i].host.sev_snp);
		assert_int_equal(host.cbitpos, cases[i].host.cbitpos);
		assert_int_equal(host.reduced_phys_bits, cases[i].host.reduced_phys_bits);
	}
}

/* Whatever this CPU is, what is said of it fits together. */
static void test_probe(void **state)
{
	(void)state;
	struct lsec_host host = lsec_host_probe();
	if (!host.sev) {
		assert_int_equal(host.cbitpos, 0);
		assert_int_equal(host.reduced_phys_bits, 0);
	}
	assert_true(host.cbitpos < 64 && host.reduced_phys_bits < 64);
}

static int read_host(const char *text, struct lsec_host *ret, struct lsec_problems *problems)
{
	return lsec_host_read_json(text, strlen(text), "h.json", ret, problems);
}

static void test_json(void **state)
{
	(void)state;
	struct lsec_host host = {true, true, true, 1, 1};
	struct lsec_problems problems = {0};
	assert_int_equal(read_host("{}", &host, &problems), 0);
	assert_false(host.sev || host.sev_es || host.sev_snp);
	assert_int_equal(host.cbitpos, 0);
	assert_int_equal(read_host("{\"sev\":true,\"sev-es\":false,\"sev-snp\":true,"
	                           "\"cbitpos\":63,\"reduced-phys-bits\":1}",
	                           &host, &problems),
	                 0);
	expect_none(&problems);
	assert_true(host.sev && !host.sev_es && host.sev_snp);
	assert_int_equal(host.cbitpos, 63);
	assert_int_equal(host.reduced_phys_bits, 1);
	static const char *const bad[][3] = {
		{"[]", "h.json", "found a list"},
		{"{\"sev\":1}", "h.json: \"sev\"", "true or false"},
		{"{\"sev\":\"true\"}", "h.json: \"sev\"", "true or false"},
		{"{\"sev-snp\":null}", "h.json: \"sev-snp\"", "found null"},
		{"{\"cbitpos\":0}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":64}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":-1}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":51.5}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":4294967347}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":\"51\"}", "h.json: \"cbitpos\"", "found a string"},
		{"{\"reduced-phys-bits\":true}", "h.json: \"reduced-phys-bits\"",
	         "found a boolean"},
		{"{\"sevv\":true}", "h.json: \"sevv\"", "unknown fact"},
		{"{\"sev\":true}", "h.json", "without cbitpos"},
		{"{\"sev\":true,\"cbitpos\":51}", "h.json", "without cbitpos"},
		{"{\"sev\":true,\"reduced-phys-bits\":1}", "h.json", "without cbitpos"},
		{"{\"sev\":true,\"sev\":false}", NULL, "a second time"},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_host(bad[i][0], &host, &problems), -1);
		expect_problem(&problems, bad[i][1], bad[i][2]);
		assert_int_equal(host.cbitpos, 63);
	}
	/* A fault that a good fact follows is still one. */
	assert_int_equal(read_host("{\"x\":1,\"sev\":false}", &host, &problems), -1);
	expect_problem(&problems, NULL, "unknown fact");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
