/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of single fields: policy, C-bit, ID block, kernel hashes. */
#include "core/settings.h"

#include "support.h"

/* annotation > cluster > domain > standard */
static void test_policy_precedence(void **state)
{
	(void)state;
	static const char *const tees[] = {"sev-snp", "tdx"};
	static const char *const values[][4] = {
		{"0x30000", "0x20000", "0x130000", "0x230000"},
		{"0x10000000", "0x0", "0x0", "0x10000000"},
	};
	for (size_t tee = 0; tee < 2; tee++) {
		char domain[512];
		char key[32];
		char wanted[64];
		snprintf(key, sizeof(key), "%s.policy", tees[tee]);
		for (unsigned mask = 0; mask < 8; mask++) {
			SCENE scene = {0};
			size_t by = 0;
			snprintf(domain, sizeof(domain),
			         DOMAIN("", "<launchSecurity type='%s'>%s%s%s</launchSecurity>"),
			         tees[tee], mask & 1 ? "<policy> " : "",
			         mask & 1 ? values[tee][1] : "", mask & 1 ? " </policy>" : "");
			set(&scene, "type", tees[tee]);
			if (mask & 1)
				by = 1;
			if (mask & 2) {
				set_default(&scene, key, values[tee][2]);
				by = 2;
			}
			if (mask & 4) {
				set(&scene, "policy", values[tee][3]);
				by = 3;
			}
			snprintf(wanted, sizeof(wanted), "<policy>%s</policy>", values[tee][by]);
			expect_contains(applied(&scene, domain), wanted);
		}
	}
	/* What another TEE's element says does not count. */
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	const char *out = applied(
		&scene,
		DOMAIN("",
	               "<launchSecurity type='sev'><policy>0x1</policy><dhCert>A</dhCert></launchSecurity>"));
	expect_contains(out, "<policy>0x30000</policy>");
	expect_lacks(out, "dhCert");
}

static void test_debug(void **state)
{
	(void)state;
	static const char *const domains[] = {PLAIN, SNP_DOMAIN("<policy>0xb0000</policy>")};
	for (size_t i = 0; i < 2; i++) {
		SCENE scene = {0};
		set(&scene, "type", "sev-snp");
		if (i == 0)
			set(&scene, "policy", "0xb0000");
		refused(&scene, domains[i]);
		expect_problem(&scene.problems,
		               i == 0 ? LSEC_PREFIX "policy" : "/domain/launchSecurity/policy",
		               "(debug)");
		set_default(&scene, "sev-snp.allow-debug", "yes");
		expect_contains(applied(&scene, domains[i]), "<policy>0xb0000</policy>");
		set(&scene, "allow-debug", "no");
		refused(&scene, domains[i]);
		lsec_problems_clear(&scene.problems);
		set(&scene, "allow-debug", "yes");
		applied(&scene, domains[i]);
		/* What is forbidden stays so. */
		lsec_config_forbid(&scene.config, "here", "allow-debug", &scene.problems);
		refused(&scene, domains[i]);
		expect_among(&scene.problems, LSEC_PREFIX "allow-debug", "(here)");
	}
}

static void test_cpuid(void **state)
{
	(void)state;
	const uint32_t bits_51_5 = 51 | 5 << 6;
	static const struct {
		bool sev;
		const char *annotation, *cluster, *wanted; /* NULL: not written, "": refused */
	} cases[] = {
		{false, NULL, NULL, NULL},     {true, NULL, NULL, "51"},
		{false, "47", NULL, "47"},     {true, "47", NULL, "47"},
		{true, "omit", NULL, NULL},    {true, "auto", "47", "51"},
		{true, NULL, "47", "47"},      {true, NULL, "omit", NULL},
		{false, "auto", NULL, ""},     {false, NULL, "auto", ""},
		{true, NULL, "auto", "51"},    {true, "omit", "47", NULL},
		{false, "omit", "auto", NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		char wanted[64];
		lsec_host_decode(cases[i].sev ? 0x2 : 0, bits_51_5, &scene.host);
		set(&scene, "type", "sev-snp");
		set(&scene, "reduced-phys-bits", "1");
		if (cases[i].annotation != NULL)
			set(&scene, "cbitpos", cases[i].annotation);
		if (cases[i].cluster != NULL)
			set_default(&scene, "sev-snp.cbitpos", cases[i].cluster);
		if (cases[i].wanted != NULL && cases[i].wanted[0] == '\0') {
			refused(&scene, PLAIN);
			expect_problem(&scene.problems, NULL, "this CPU has no SEV");
			continue;
		}
		const char *out = applied(&scene, PLAIN);
		expect_contains(out, "<reducedPhysBits>1</reducedPhysBits>");
		assert_false(warned(&scene.result, LSEC_PREFIX "reduced-phys-bits"));
		if (cases[i].wanted == NULL) {
			expect_lacks(out, "cbitpos");
			continue;
		}
		snprintf(wanted, sizeof(wanted), "<cbitpos>%s</cbitpos>", cases[i].wanted);
		expect_contains(out, wanted);
		bool differs = cases[i].sev && strcmp(cases[i].wanted, "51") != 0;
		assert_int_equal(differs, warned(&scene.result, LSEC_PREFIX "cbitpos") ||
		                                  warned(&scene.result, "cluster"));
	}
	SCENE scene = {0};
	lsec_host_decode(SNP_EAX, bits_51_5, &scene.host);
	set(&scene, "type", "sev-snp");
	const char *out = applied(&scene, PLAIN);
	expect_contains(out, "<cbitpos>51</cbitpos><reducedPhysBits>1</reducedPhysBits>");
	assert_string_equal(change_at(&scene.result, "/domain/launchSecurity/cbitpos").reason,
	                    "launchsec's default, from CPUID 0x8000001f");
}

/* 1 is what a guest loses, whatever CPUID says of the host (5 here) or does not. */
static void test_reduced_phys_bits(void **state)
{
	(void)state;
	static const struct {
		const char *annotation, *cluster, *own;
		const char *wanted;  /* NULL: not written */
		const char *warning; /* where */
	} cases[] = {
		{NULL, NULL, NULL, "1", NULL},
		{"auto", NULL, NULL, "1", NULL},
		{"auto", NULL, "5", "1", NULL},
		{"omit", NULL, "5", NULL, NULL},
		{"5", NULL, NULL, "5", LSEC_PREFIX "reduced-phys-bits"},
		{"63", "1", "1", "63", LSEC_PREFIX "reduced-phys-bits"},
		{NULL, "auto", "5", "1", NULL},
		{NULL, "6", "1", "6", "cluster"},
		{NULL, "omit", "1", NULL, NULL},
		{NULL, NULL, "1", "1", NULL},
		{NULL, NULL, "04", "4", "/domain/launchSecurity/reducedPhysBits"},
	};
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		SCENE scene = {0};
		char domain[512];
		char wanted[64];
		size_t at = i / 2;
		const char *own = cases[at].own == NULL ? "" : cases[at].own;
		if (i % 2 == 0)
			lsec_host_decode(SNP_EAX, 51 | 5 << 6, &scene.host);
		set(&scene, "type", "sev-snp");
		if (cases[at].annotation != NULL)
			set(&scene, "reduced-phys-bits", cases[at].annotation);
		if (cases[at].cluster != NULL)
			set_default(&scene, "sev-snp.reduced-phys-bits", cases[at].cluster);
		snprintf(domain, sizeof(domain),
		         SNP_DOMAIN("<reducedPhysBits>%s</reducedPhysBits>"), own);
		const char *out = applied(&scene, domain);
		snprintf(wanted, sizeof(wanted), "<reducedPhysBits>%s</reducedPhysBits>",
		         cases[at].wanted == NULL ? "" : cases[at].wanted);
		if (cases[at].wanted == NULL)
			expect_lacks(out, "reducedPhysBits");
		else
			expect_contains(out, wanted);
		if (cases[at].warning != NULL)
			assert_true(warned(&scene.result, cases[at].warning));
		else
			assert_int_equal(scene.result.report.warning_count, 0);
	}
}

static void test_id_block(void **state)
{
	(void)state;
	char *block = read_one_line("tests/golden/inputs/id-block.b64");
	char *auth = read_one_line("tests/golden/inputs/id-auth-author-key.b64");
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	set(&scene, "id-block", block);
	refused(&scene, PLAIN);
	expect_problem(&scene.problems, LSEC_PREFIX "id-block", "without id-auth");
	set(&scene, "id-auth", auth);
	expect_contains(applied(&scene, PLAIN), "<idAuth>AQAA");
	assert_true(warned(&scene.result, LSEC_PREFIX "id-auth"));
	set(&scene, "author-key", "yes");
	applied(&scene, PLAIN);
	assert_int_equal(scene.result.report.warning_count, 0);
	/* The digest is told, for whoever reads the log. */
	expect_contains(change_at(&scene.result, "/domain/launchSecurity/idBlock").reason,
	                "id-block: for launch digest 000000000000000000000000000000000000000000000"
	                "000000000000000000000000000000000000000000000000000");
	/* Another policy than inside. */
	set(&scene, "policy", "0x130000");
	refused(&scene, PLAIN);
	expect_problem(&scene.problems, LSEC_PREFIX "id-block", "differ in bit 20");
	/* A pair that does not belong together. */
	char *other = read_one_line("tests/golden/inputs/id-auth-0xb0000.b64");
	set(&scene, "policy", "0x30000");
	set(&scene, "author-key", "no");
	set(&scene, "id-auth", other);
	refused(&scene, PLAIN);
	expect_problem(&scene.problems, LSEC_PREFIX "id-auth", "ID key's signature");
	/* One without the other. */
	SCENE alone = {0};
	set(&alone, "type", "sev-snp");
	set(&alone, "id-auth", auth);
	refused(&alone, PLAIN);
	expect_problem(&alone.problems, LSEC_PREFIX "id-auth", "without id-block");
	/* An author key needs a block. */
	SCENE author = {0};
	set(&author, "type", "sev-snp");
	set(&author, "author-key", "yes");
	applied(&author, PLAIN);
	assert_true(warned(&author.result, LSEC_PREFIX "author-key"));
	set(&author, "author-key", "no");
	expect_contains(applied(&author, PLAIN), "authorKey=\"no\"");
	assert_false(warned(&author.result, LSEC_PREFIX "author-key"));
	free(block);
	free(auth);
	free(other);
}

static void test_kernel_hashes(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	set(&scene, "kernel-hashes", "yes");
	refused(&scene, PLAIN);
	expect_problem(&scene.problems, LSEC_PREFIX "kernel-hashes", "no <kernel>");
	expect_contains(applied(&scene, DOMAIN("<kernel>/k</kernel>", "")), "kernelHashes=\"yes\"");
	set(&scene, "kernel-hashes", "no");
	expect_contains(applied(&scene, PLAIN), "kernelHashes=\"no\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_precedence),
		cmocka_unit_test(test_debug),
		cmocka_unit_test(test_cpuid),
		cmocka_unit_test(test_reduced_phys_bits),
		cmocka_unit_test(test_id_block),
		cmocka_unit_test(test_kernel_hashes),
	};
	return cmocka_run_group_tests_name("settings of fields", tests, NULL, NULL);
}
