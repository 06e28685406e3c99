/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu_models.h"

#include "support.h"

static void test_models(void **state)
{
	(void)state;
	/* As `qemu-system-x86_64 -cpu help` has them. */
	static const char *const without[] = {
		"EPYC",
		"EPYC-v1",
		"EPYC-v2",
		"EPYC-v3",
		"EPYC-IBPB",
		"EPYC-Rome",
		"EPYC-Rome-v1",
		"EPYC-Rome-v2",
		"Dhyana",
		"Dhyana-v1",
		"Dhyana-v2",
		"Opteron_G1",
		"Opteron_G5",
		"Opteron_G5-v1",
		"phenom",
		"phenom-v1",
		"athlon",
		"athlon-v1",
		"qemu64",
		"qemu64-v1",
		"qemu32",
		"kvm64",
		"kvm32-v1",
		"486",
		"486-v1",
		"pentium",
		"pentium2",
		"pentium3-v1",
		"coreduo",
		"core2duo-v1",
		"n270",
		"Conroe",
		"Penryn-v1",
		"Nehalem",
		"Nehalem-IBRS",
		"Nehalem-v2",
		"Westmere-IBRS",
		"SandyBridge",
		"IvyBridge-v2",
		"Haswell-noTSX-IBRS",
		"Broadwell-noTSX",
		"Skylake-Client",
		"Skylake-Client-noTSX-IBRS",
		"Skylake-Server",
		"Skylake-Server-v5",
		"Cascadelake-Server",
		"Cascadelake-Server-noTSX",
		"Cooperlake",
		"Cooperlake-v2",
		"Icelake-Server",
		"Icelake-Server-v7",
		"Icelake-Client",
		"Denverton",
		"Snowridge-v4",
		"KnightsMill",
		"SapphireRapids",
		"SapphireRapids-v3",
		"GraniteRapids-v2",
		"SierraForest",
		"ClearwaterForest",
		"YongFeng",
		"DiamondRapids",
	};
	static const char *const with[] = {
		"EPYC-v4",
		"EPYC-v5",
		"EPYC-v10",
		"EPYC-Rome-v3",
		"EPYC-Rome-v5",
		"EPYC-Milan",
		"EPYC-Milan-v1",
		"EPYC-Milan-v2",
		"EPYC-Genoa",
		"EPYC-Genoa-v1",
		"EPYC-Turin",
		"EPYC-Turin-v2",
		"EPYC-Venice",
		"EPYC-v",
		"EPYCX",
		"EPYC-Romeo",
		"epyc",
		"host",
		"max",
		"base",
		"",
		"-v1",
		"v1",
		"4860",
		"1",
	};
	for (size_t i = 0; i < COUNT(without); i++)
		if (!lsec_cpu_lacks_snp(without[i]))
			fail_msg("%s passes", without[i]);
	for (size_t i = 0; i < COUNT(with); i++)
		if (lsec_cpu_lacks_snp(with[i]))
			fail_msg("%s does not pass", with[i]);
}

static void test_near(void **state)
{
	(void)state;
	static const char *const near[][2] = {
		{"EPYC-Milam", "EPYC-Milan"},
		{"EPYC-Milam-v2", "EPYC-Milan-v2"},
		{"epyc-milan", "EPYC-Milan"},
		{"EPYC_Genoa", "EPYC-Genoa"},
		{"EPYC Turin", "EPYC-Turin"},
		{"EPIC", "EPYC"},
		{"EPYC-IBPP", "EPYC-IBPB"},
		{"Skylake-Sever", "Skylake-Server"},
		{"SaphireRapids-v2", "SapphireRapids-v2"},
		{"graniterapids", "GraniteRapids"},
		{"host-passtrough", "host-passthrough"},
		{"host-passthru", "host-passthrough"},
		{"hostmodel", "host-model"},
	};
	/* Known, or new, or nothing of x86's. */
	static const char *const far[] = {
		"",
		"host-passthrough",
		"host-model",
		"host",
		"max",
		"base",
		"EPYC",
		"EPYC-v4",
		"EPYC-Milan",
		"EPYC-Milan-v9",
		"EPYC-Venice",
		"EPYC-Siena",
		"EPYC-IBPB",
		"Opteron_G6",
		"Haswell-noTSX-IBRS",
		"Skylake-Server-noTSX-IBRS",
		"Icelake-Client-noTSX",
		"pentiumpro",
		"cpu64-rhel6",
		"NovaLake-Server",
		"cortex-a57",
		"POWER9",
		"z15",
		"gen16a",
		"486",
		"kvn",
		"EPYC-Milan-of-a-name-that-is-longer-than-all-names",
	};
	for (size_t i = 0; i < COUNT(near); i++) {
		cleanup_free char *name = lsec_cpu_model_near(near[i][0]);
		assert_non_null(name);
		assert_string_equal(name, near[i][1]);
	}
	for (size_t i = 0; i < COUNT(far); i++) {
		cleanup_free char *name = lsec_cpu_model_near(far[i]);
		if (name != NULL)
			fail_msg("%s is near %s", far[i], name);
	}
}

/* The one warning of a domain, or "" for none. */
static const char *warning(const char *mode, const char *model, bool block)
{
	static char kept[400];
	struct lsec_settings settings = {.tee = LSEC_TEE_SEV_SNP};
	struct lsec_domain domain = {.cpu_mode = lsec_unconst(mode),
	                             .cpu_model = lsec_unconst(model)};
	struct lsec_report report = {0};
	if (block)
		settings.of[LSEC_KEY_ID_BLOCK].origin = LSEC_FROM_DOMAIN;
	lsec_warn_cpu(&settings, &domain, &report);
	assert_true(report.warning_count <= 1);
	kept[0] = '\0';
	if (report.warning_count == 1)
		snprintf(kept, sizeof(kept), "%s: %s", report.warnings[0].place,
		         report.warnings[0].what);
	lsec_report_clear(&report);
	return kept;
}

static void test_warnings(void **state)
{
	(void)state;
	static const char model[] = "/domain/cpu/model: no SEV-SNP guest starts with CPU model ";
	static const char mode[] = "/domain/cpu/@mode: with \"host-";
	assert_int_equal(strncmp(warning("custom", "EPYC", false), model, strlen(model)), 0);
	assert_int_equal(strncmp(warning(NULL, "qemu64", true), model, strlen(model)), 0);
	assert_int_equal(strncmp(warning("host-model", NULL, true), mode, strlen(mode)), 0);
	assert_int_equal(strncmp(warning("host-passthrough", NULL, true), mode, strlen(mode)), 0);
	assert_string_equal(warning("custom", "EPYC-Milan", true), "");
	assert_string_equal(warning("host-model", "EPYC", false), "");
	assert_string_equal(warning("host-passthrough", NULL, false), "");
	assert_string_equal(warning(NULL, NULL, true), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_warnings),
	};
	return cmocka_run_group_tests_name("cpu_models", tests, NULL, NULL);
}
