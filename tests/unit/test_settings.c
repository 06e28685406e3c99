/* SPDX-License-Identifier: Apache-2.0 */
/* Which TEE and which values count, and what contradicts what. */
#include "support.h"

#define OWN_QGS TDX_DOMAIN("<policy>0x10000000</policy><quoteGenerationService path='/own'/>")

static void test_which_tee(void **state)
{
	(void)state;
	static const struct {
		const char *type, *own;
		enum lsec_tee tee; /* NONE: refused */
	} cases[] = {
		{"sev-snp", NULL, LSEC_TEE_SEV_SNP},
		{"tdx", NULL, LSEC_TEE_TDX},
		{"sev-snp", "sev-snp", LSEC_TEE_SEV_SNP},
		{"tdx", "tdx", LSEC_TEE_TDX},
		{"sev-snp", "sev", LSEC_TEE_SEV_SNP},
		{"tdx", "sev", LSEC_TEE_NONE},
		{"tdx", "sev-snp", LSEC_TEE_NONE},
		{"sev-snp", "tdx", LSEC_TEE_NONE},
		{"sev-snp", "s390-pv", LSEC_TEE_NONE},
		{"sev-snp", "sev-es", LSEC_TEE_NONE},
		{"sev-snp", "se", LSEC_TEE_NONE},
		{"auto", "tdx", LSEC_TEE_TDX},
		{"auto", "sev-snp", LSEC_TEE_SEV_SNP},
		{"auto", "sev", LSEC_TEE_NONE},
		{"auto", "s390-pv", LSEC_TEE_NONE},
		{"auto", NULL, LSEC_TEE_NONE},
		{"Auto", "tdx", LSEC_TEE_NONE},
		{"SEV-SNP", NULL, LSEC_TEE_NONE},
		{NULL, NULL, LSEC_TEE_NONE},
		{NULL, "sev", LSEC_TEE_NONE},
		{NULL, "sev-snp", LSEC_TEE_SEV_SNP},
		{NULL, "tdx", LSEC_TEE_TDX},
		{NULL, "SEV-SNP", LSEC_TEE_NONE},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char domain[512];
		char own[64] = "";
		SCENE scene = {0};
		if (cases[i].own != NULL)
			snprintf(own, sizeof(own), "<launchSecurity type='%s'/>", cases[i].own);
		snprintf(domain, sizeof(domain), DOMAIN("", "%s"), own);
		if (cases[i].type != NULL)
			set(&scene, "type", cases[i].type);
		set(&scene, "firmware", "/f");
		if (cases[i].tee == LSEC_TEE_NONE) {
			refused(&scene, domain);
			expect_problem(&scene.problems, LSEC_PREFIX "type", "sev");
			continue;
		}
		char wanted[64];
		snprintf(wanted, sizeof(wanted), "<launchSecurity type=\"%s\">",
		         lsec_tee_name(cases[i].tee));
		expect_contains(applied(&scene, domain), wanted);
		assert_int_equal(scene.result.tee, cases[i].tee);
	}
}

/* Readers keep no key twice, but a caller may fill in the struct by itself. */
static void test_key_twice(void **state)
{
	(void)state;
	struct lsec_annotation annotations[] = {{(char[]){"type"}, (char[]){"tdx"}, false},
	                                        {(char[]){"type"}, (char[]){"none"}, false}};
	SCENE scene = {0};
	struct lsec_vmi vmi = {.annotations = annotations, .annotation_count = 2};
	struct lsec_request request = {PLAIN, strlen(PLAIN), "d", &vmi, &scene.host, &scene.config};
	assert_int_equal(lsec_apply(&request, false, &scene.result, &scene.problems), -1);
	expect_problem(&scene.problems, LSEC_PREFIX "type", "duplicate key");
}

static void test_keys_of_the_other(void **state)
{
	(void)state;
	static const struct {
		const char *type, *key, *value;
	} cases[] = {{"tdx", "host-data", ZEROS_32},
	             {"tdx", "cbitpos", "51"},
	             {"tdx", "vcek", "no"},
	             {"sev-snp", "qgs", "none"},
	             {"sev-snp", "mr-owner", "x"}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		char place[96];
		snprintf(place, sizeof(place), LSEC_PREFIX "%s", cases[i].key);
		set(&scene, "type", cases[i].type);
		set(&scene, cases[i].key, cases[i].value);
		refused(&scene, PLAIN);
		expect_problem(&scene.problems, place, "the key is for");
	}
}

static void test_firmware(void **state)
{
	(void)state;
	static const char snp_rom[] = "/usr/share/edk2/ovmf/OVMF.amdsev.fd";
	static const struct {
		const char *os, *annotation, *cluster, *wanted; /* path, "auto", or NULL: refused */
	} cases[] = {
		{"", NULL, NULL, snp_rom},
		{"", "/a", "/c", "/a"},
		{"", NULL, "/c", "/c"},
		{"", "auto", "/c", "auto"},
		{"", NULL, "auto", "auto"},
		{"", "keep", NULL, NULL},
		{"", NULL, "keep", NULL},
		{"<loader type='rom'>/r</loader>", NULL, NULL, "/r"},
		{"<loader type='rom'> /r </loader>", NULL, NULL, "/r"},
		{"<loader type='rom'>/r</loader>", NULL, "/c", "/c"},
		{"<loader type='rom'/>", NULL, NULL, snp_rom},
		{"<loader type='pflash'>/p</loader>", NULL, NULL, snp_rom},
		{"<loader>/p</loader>", NULL, NULL, snp_rom},
		{"<loader type='pflash'>/p</loader>", "keep", NULL, "/p"},
		{"<loader type='pflash'>/p</loader>", NULL, "keep", "/p"},
		{"<loader type='pflash' secure='yes' readonly='yes' format='raw'>/p</loader><nvram>/n</nvram><varstore/><firmware><feature/></firmware>",
	         "/a", NULL, "/a"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		char domain[1024];
		char wanted[256];
		snprintf(domain, sizeof(domain), DOMAIN("%s", ""), cases[i].os);
		set(&scene, "type", "sev-snp");
		if (cases[i].annotation != NULL)
			set(&scene, "firmware", cases[i].annotation);
		if (cases[i].cluster != NULL)
			set_default(&scene, "sev-snp.firmware", cases[i].cluster);
		if (cases[i].wanted == NULL) {
			refused(&scene, domain);
			expect_problem(&scene.problems, NULL, "no firmware image to keep");
			continue;
		}
		const char *out = applied(&scene, domain);
		if (strcmp(cases[i].wanted, "auto") == 0) {
			expect_contains(out, "<os firmware=\"efi\">");
			expect_contains(out, "type=\"rom\" stateless=\"yes\"");
			assert_null(strstr(out, "/r<"));
			continue;
		}
		snprintf(wanted, sizeof(wanted), "type=\"rom\" stateless=\"yes\">%s</loader>",
		         cases[i].wanted);
		expect_contains(out, wanted);
		expect_lacks(out, "nvram");
		expect_lacks(out, "varstore");
		expect_lacks(out, "<firmware");
		expect_lacks(out, "secure=");
		expect_lacks(out, "readonly=");
		expect_lacks(out, "format=");
	}
	/* libvirt's choice, kept; and undone. */
	static const char automatic[] =
		"<domain type='kvm'><os firmware='efi'><type machine='q35'>hvm</type><loader type='rom'/></os></domain>";
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	expect_contains(applied(&scene, automatic), "<os firmware=\"efi\">");
	set(&scene, "firmware", "/a");
	const char *out = applied(&scene, automatic);
	expect_contains(out, "<os><type");
	expect_contains(out, ">/a</loader>");
	SCENE tdx = {0};
	set(&tdx, "type", "tdx");
	expect_contains(applied(&tdx, PLAIN), "/usr/share/edk2/ovmf/OVMF.inteltdx.fd");
}

/* Ours; the domain's own; KubeVirt's annotation; the cluster's; libvirt's default. Kept from
 * VMs, the cluster's choice comes first. */
static void test_qgs(void **state)
{
	(void)state;
	static const struct {
		const char *domain, *annotation, *kubevirt, *cluster;
		bool forbidden;
		const char *wanted; /* path, "default", "none", or NULL: refused */
	} cases[] = {
		{PLAIN, NULL, NULL, NULL, false, "default"},
		{PLAIN, NULL, NULL, "/c", false, "/c"},
		{PLAIN, NULL, NULL, "none", false, "none"},
		{PLAIN, NULL, "/k", "/c", false, "/k"},
		{PLAIN, NULL, "/k", "none", false, "/k"},
		{PLAIN, NULL, "", "/c", false, "/c"},
		{PLAIN, NULL, "", NULL, false, "default"},
		{PLAIN, NULL, "relative", NULL, false, NULL},
		{PLAIN, NULL, "/k/../l", NULL, false, NULL},
		{PLAIN, NULL, "vsock:2:4050", NULL, false, NULL},
		{OWN_QGS, NULL, "/k", "/c", false, "/own"},
		{OWN_QGS, "/a", "/k", "/c", false, "/a"},
		{OWN_QGS, "default", "/k", "/c", false, "default"},
		{OWN_QGS, "none", "/k", "/c", false, "none"},
		{OWN_QGS, "unix:/u", NULL, NULL, false, "/u"},
		{OWN_QGS, NULL, "/k", "/c", true, "/c"},
		{OWN_QGS, NULL, "/k", "default", true, "default"},
		{OWN_QGS, NULL, "/k", "none", true, "none"},
		{OWN_QGS, NULL, "/k", NULL, true, "/own"},
		{PLAIN, NULL, "/k", NULL, true, "/k"},
		{OWN_QGS, "/a", "/k", "/c", true, NULL},
		{PLAIN, NULL, NULL, "vsock:2:4050", false, "vsock"},
		{PLAIN, NULL, "/k", "vsock:2:4050", false, "/k"},
		{OWN_QGS, NULL, "/k", "vsock:2:4050", false, "/own"},
		{OWN_QGS, NULL, "/k", "vsock:2:4050", true, "vsock"},
		{OWN_QGS, "vsock:2:4050", "/k", "/c", false, "vsock"},
		{PLAIN, "/a", NULL, "vsock:2:4050", false, "/a"},
		{TDX_DOMAIN("<quoteGenerationService/>"), NULL, "/k", NULL, false, "/k"},
		{TDX_DOMAIN("<quoteGenerationService path='../x'/>"), NULL, "/k", NULL, false,
	         NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		char wanted[128];
		set(&scene, "type", "tdx");
		if (cases[i].annotation != NULL)
			set(&scene, "qgs", cases[i].annotation);
		if (cases[i].kubevirt != NULL)
			scene.vmi.qgs_socket_path = lsec_format("%s", cases[i].kubevirt);
		if (cases[i].cluster != NULL)
			set_default(&scene, "tdx.qgs", cases[i].cluster);
		if (cases[i].forbidden)
			lsec_config_forbid(&scene.config, "here", "qgs", &scene.problems);
		if (cases[i].wanted == NULL) {
			refused(&scene, cases[i].domain);
			assert_int_equal(scene.problems.count, 1);
			continue;
		}
		const char *out = applied(&scene, cases[i].domain);
		if (strcmp(cases[i].wanted, "vsock") == 0) {
			expect_contains(out, "&quot;type&quot;:&quot;vsock&quot;");
			expect_lacks(out, "launchSecurity");
			continue;
		}
		if (strcmp(cases[i].wanted, "none") == 0) {
			expect_lacks(out, "quoteGenerationService");
			continue;
		}
		if (strcmp(cases[i].wanted, "default") == 0)
			snprintf(wanted, sizeof(wanted), "<quoteGenerationService/>");
		else
			snprintf(wanted, sizeof(wanted), "<quoteGenerationService path=\"%s\"/>",
			         cases[i].wanted);
		if (strstr(out, wanted) == NULL && strstr(wanted, "e/>") != NULL)
			snprintf(wanted, sizeof(wanted), "<quoteGenerationService></");
		if (strstr(out, wanted) == NULL)
			snprintf(wanted, sizeof(wanted), "<quoteGenerationService path=\"%s\"></",
			         cases[i].wanted);
		expect_contains(out, wanted);
	}
}

static void test_forbidden(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		SCENE scene = {0};
		char place[96];
		snprintf(place, sizeof(place), LSEC_PREFIX "%s", key->name);
		lsec_config_forbid(&scene.config, "config.json: forbid", key->name,
		                   &scene.problems);
		expect_none(&scene.problems);
		set(&scene, "type", (key->tees & LSEC_TEE_SEV_SNP) != 0 ? "sev-snp" : "tdx");
		if (i != LSEC_KEY_TYPE)
			set(&scene, key->name, key->example == NULL ? "x" : key->example);
		refused(&scene, PLAIN);
		expect_among(&scene.problems, place, "(config.json: forbid)");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_tee),
		cmocka_unit_test(test_key_twice),
		cmocka_unit_test(test_keys_of_the_other),
		cmocka_unit_test(test_firmware),
		cmocka_unit_test(test_qgs),
		cmocka_unit_test(test_forbidden),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
