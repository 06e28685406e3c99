/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM's measurement is made of; each refusal's words are in tests/golden/cases/measure. */
#include "launchsec/inputs.h"

#include "support.h"

#define GENOA "<cpu mode='custom'><model>EPYC-Genoa</model></cpu>"
#define SNP(inside, rest)                                                                          \
	DOMAIN("", rest "<launchSecurity type='sev-snp'>" inside "</launchSecurity>")

/* A request for the inputs of a VM, with all that it points to. */
struct stage {
	struct scene scene;
	struct lsec_hardware hardware;
	struct lsec_given_inputs given;
	const char *domain; /* or NULL */
	bool bare;
	struct lsec_inputs inputs;
};

static void stage_clear(struct stage *stage)
{
	scene_clear(&stage->scene);
	lsec_inputs_clear(&stage->inputs);
}
#define STAGE LSEC_CLEANUP(stage_clear) struct stage

static int collect(struct stage *stage)
{
	const struct lsec_request vm = {
		stage->domain,      stage->domain == NULL ? 0 : strlen(stage->domain),
		"domain.xml",       &stage->scene.vmi,
		&stage->scene.host, &stage->scene.config};
	const struct lsec_inputs_request request = {stage->bare ? NULL : &vm, &stage->hardware,
	                                            stage->given};
	if (stage->hardware.path == NULL) {
		stage->hardware.path = "";
		stage->hardware.vcpus_field = "spec.domain.cpu";
	}
	lsec_inputs_clear(&stage->inputs);
	return lsec_inputs_collect(&request, &stage->inputs, &stage->scene.problems);
}

static const struct lsec_inputs *collected(struct stage *stage)
{
	int status = collect(stage);
	expect_none(&stage->scene.problems);
	assert_int_equal(status, 0);
	return &stage->inputs;
}

/* Exactly that one refusal, and nothing is returned. */
static void refuse(struct stage *stage, const char *place, const char *what)
{
	assert_int_equal(collect(stage), -1);
	expect_problem(&stage->scene.problems, place, what);
	assert_int_equal(stage->inputs.tee, LSEC_TEE_NONE);
	assert_null(stage->inputs.from_tee);
}

static void test_domain(void **state)
{
	(void)state;
	STAGE stage = {.domain = SNP("<policy>0x30000</policy>", "<vcpu>3</vcpu>" GENOA)};
	const struct lsec_inputs *inputs = collected(&stage);
	assert_int_equal(inputs->tee, LSEC_TEE_SEV_SNP);
	assert_string_equal(inputs->from_tee, "/domain/launchSecurity");
	assert_int_equal(inputs->snp.vcpus, 3);
	assert_int_equal(inputs->snp.plugged, 0);
	assert_int_equal(inputs->snp.cpu_signature, 0xa10f10);
	assert_int_equal(inputs->snp.vmsa_features, 1);
	assert_false(inputs->snp.kernel_hashes);
	assert_string_equal(inputs->cpu, "EPYC-Genoa");
	assert_string_equal(inputs->from[LSEC_INPUT_VCPUS], "/domain/vcpu");
	assert_string_equal(inputs->from[LSEC_INPUT_CPU], "/domain/cpu/model");
	assert_string_equal(inputs->from[LSEC_INPUT_VMSA_FEATURES], "default");
	assert_null(inputs->from[LSEC_INPUT_CMDLINE]);
	assert_true(inputs->has_claims);
	assert_false(inputs->has_id_block);
	assert_int_equal(inputs->report.warning_count, 0);
	/* As the hook makes it: the annotation's policy, and the changes are recorded. */
	set(&stage.scene, "policy", "smt,abi=1.55");
	inputs = collected(&stage);
	assert_memory_equal(inputs->claims.of[LSEC_CLAIM_POLICY], "\x37\x01\x03\0\0\0\0\0", 8);
	assert_true(inputs->report.change_count > 0);
}

/* How a domain says its number of vCPUs. */
static void test_domain_vcpus(void **state)
{
	(void)state;
	static const struct {
		const char *vcpus;
		unsigned count;
		const char *from;
		size_t warnings;
	} cases[] = {
		{"", 1, "/domain/vcpu", 0},
		{"<vcpu/>", 1, "/domain/vcpu", 0},
		{"<vcpu placement='static'> 4096 </vcpu>", 4096, "/domain/vcpu", 0},
		{"<vcpu>007</vcpu>", 7, "/domain/vcpu", 0},
		{"<vcpu current='2'>8</vcpu>", 2, "/domain/vcpu/@current", 0},
		{"<vcpu current='2'>8</vcpu><vcpus/>", 2, "/domain/vcpu/@current", 0},
		{"<vcpu current='2'>8</vcpu><vcpus><vcpu id='0' enabled='yes'/></vcpus>", 1,
	         "/domain/vcpus", 0},
		{"<vcpu>8</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='yes' hotpluggable='yes'/><vcpu id='2' enabled='no' hotpluggable='yes'/></vcpus>",
	         2, "/domain/vcpus", 1},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_free char *domain = lsec_format(SNP("", "%s" GENOA), cases[i].vcpus);
		STAGE stage = {.domain = domain};
		const struct lsec_inputs *inputs = collected(&stage);
		assert_int_equal(inputs->snp.vcpus, cases[i].count);
		assert_string_equal(inputs->from[LSEC_INPUT_VCPUS], cases[i].from);
		assert_int_equal(inputs->report.warning_count, cases[i].warnings);
		/* The hook plugs none in. */
		set(&stage.scene, "type", "sev-snp");
		inputs = collected(&stage);
		assert_int_equal(inputs->snp.vcpus, cases[i].count);
		for (size_t k = 0; k < inputs->report.warning_count; k++)
			expect_lacks(inputs->report.warnings[k].what, "plugged");
	}
	static const char *const bad[] = {"0", "4097", "x", "-1", "1 1", "18446744073709551617"};
	for (size_t i = 0; i < COUNT(bad); i++) {
		cleanup_free char *domain = lsec_format(SNP("", "<vcpu>%s</vcpu>" GENOA), bad[i]);
		STAGE stage = {.domain = domain};
		refuse(&stage, "/domain/vcpu", "must be 1 to 4096");
	}
}

/* How a domain says its CPU, and what fills the gap. */
static void test_domain_cpu(void **state)
{
	(void)state;
	enum { NONE, MODEL, SIGNATURE, FACT };
	static const struct {
		const char *cpu;
		int given;
		uint32_t signature; /* 0: refused */
		const char *place;  /* where it is from, or refused */
	} cases[] = {
		{"<model>EPYC-Milan-v2</model>", NONE, 0xa00f11, "/domain/cpu/model"},
		{"<model>EPYC-Milan</model>", MODEL, 0xa00f11, "/domain/cpu/model"},
		{"<model>EPYC-Milan</model>", SIGNATURE, 0, "/domain/cpu/model"},
		{"<model>EPYC-Milan</model>", FACT, 0xa00f11, "/domain/cpu/model"},
		{"<model>EPYC-Rome</model>", MODEL, 0, "/domain/cpu/model"},
		{"<model>EPYC-Nonesuch</model>", NONE, 0, "/domain/cpu/model"},
		{"<model>EPYC-Nonesuch</model>", MODEL, 0, "/domain/cpu/model"},
		{"<model>EPYC-Nonesuch</model>", SIGNATURE, 0xb00f21, "--cpu-signature"},
		{"<model>EPYC-Nonesuch</model>", FACT, 0, "/domain/cpu/model"},
		{"<model/>", NONE, 0, "/domain/cpu/@mode"},
		{"<model/>", MODEL, 0xa00f11, "--cpu"},
		{"", FACT, 0, "/domain/cpu/@mode"},
		{"host-model", NONE, 0, "/domain/cpu/@mode"},
		{"host-model", MODEL, 0xa00f11, "--cpu"},
		{"host-model", SIGNATURE, 0xb00f21, "--cpu-signature"},
		{"host-model", FACT, 0, "/domain/cpu/@mode"},
		{"host-passthrough", NONE, 0, "/domain/cpu/@mode"},
		{"host-passthrough", MODEL, 0xa00f11, "--cpu"},
		{"host-passthrough", SIGNATURE, 0xb00f21, "--cpu-signature"},
		{"host-passthrough", FACT, 0xa20f12, "cpu-signature of the host's facts"},
		{"maximum", NONE, 0, "/domain/cpu/@mode"},
		{"maximum", FACT, 0xa20f12, "cpu-signature of the host's facts"},
		{"custom", NONE, 0, "/domain/cpu/@mode"},
	};
	static const uint32_t signature = 0xb00f21;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool mode = cases[i].cpu[0] != '<' && cases[i].cpu[0] != '\0';
		cleanup_free char *domain =
			lsec_format(mode ? SNP("", "<cpu mode='%s'/>") : SNP("", "<cpu>%s</cpu>"),
		                    cases[i].cpu);
		STAGE stage = {.domain = domain};
		if (cases[i].given == MODEL)
			stage.given.cpu = "EPYC-Milan";
		if (cases[i].given == SIGNATURE)
			stage.given.cpu_signature = &signature;
		if (cases[i].given == FACT)
			stage.scene.host.of[LSEC_FACT_CPU_SIGNATURE] =
				(struct lsec_fact){LSEC_YES, 0xa20f12, ""};
		if (cases[i].signature == 0) {
			refuse(&stage, cases[i].place, "");
			continue;
		}
		const struct lsec_inputs *inputs = collected(&stage);
		assert_int_equal(inputs->snp.cpu_signature, cases[i].signature);
		assert_string_equal(inputs->from[LSEC_INPUT_CPU], cases[i].place);
	}
	/* A name that QEMU does not have is one fault, wherever the VM's own is from. */
	STAGE stage = {.domain = SNP("", GENOA), .given = {.cpu = "EPYC-Turin-v9"}};
	refuse(&stage, "--cpu", "is unknown");
}

#define KERNEL "<kernel>/k</kernel>"
static void test_domain_kernel(void **state)
{
	(void)state;
	static const char whole[] = DOMAIN(
		KERNEL "<initrd>/i</initrd><cmdline>\n a &lt;<![CDATA[<]]> <!-- --></cmdline>",
		GENOA "<launchSecurity type='sev-snp' kernelHashes='yes'/>");
	STAGE stage = {.domain = whole, .given = {.kernel = true, .initrd = true}};
	const struct lsec_inputs *inputs = collected(&stage);
	assert_true(inputs->snp.kernel_hashes);
	assert_string_equal(inputs->snp.boot.cmdline, "\n a << ");
	assert_string_equal(inputs->from[LSEC_INPUT_CMDLINE], "/domain/os/cmdline");
	assert_string_equal(inputs->from[LSEC_INPUT_KERNEL_HASHES],
	                    "/domain/launchSecurity/@kernelHashes");
	assert_null(inputs->snp.boot.kernel);
	stage.given.cmdline = "\n a << ";
	collected(&stage);
	stage.given.cmdline = "";
	refuse(&stage, "/domain/os/cmdline", "--cmdline contradicts");
	stage.given = (struct lsec_given_inputs){.kernel = true};
	refuse(&stage, "/domain/os/initrd", "--initrd");
	stage.given = (struct lsec_given_inputs){.initrd = true};
	refuse(&stage, "/domain/os/kernel", "--kernel");
	/* Not hashed, it is at hand for explanations. */
	STAGE unhashed = {.domain = DOMAIN(KERNEL, GENOA "<launchSecurity type='sev-snp'/>"),
	                  .given = {.kernel = true}};
	inputs = collected(&unhashed);
	assert_false(inputs->snp.kernel_hashes);
	assert_string_equal(inputs->snp.boot.cmdline, "");
	assert_null(inputs->from[LSEC_INPUT_CMDLINE]);
	assert_int_equal(inputs->report.warning_count, 1);
	unhashed.given.initrd = true;
	refuse(&unhashed, "/domain/os/initrd", "boots no initrd");
}

/* Which TEE, by what the VM says and what is given. */
static void test_tee(void **state)
{
	(void)state;
	enum { NONE = LSEC_TEE_NONE, SNP = LSEC_TEE_SEV_SNP, TDX = LSEC_TEE_TDX, BAD = 4 };
	static const struct {
		const char *type, *own; /* annotation, launchSecurity; "" for none */
		int without, snp, tdx;  /* with no TEE given, with SEV-SNP and with TDX */
	} cases[] = {
		{"", "", BAD, SNP, TDX},
		{"", "sev", BAD, SNP, BAD},
		{"", "sev-snp", SNP, SNP, BAD},
		{"", "tdx", TDX, BAD, TDX},
		{"sev-snp", "", SNP, SNP, BAD},
		{"sev-snp", "sev", SNP, SNP, BAD},
		{"sev-snp", "sev-snp", SNP, SNP, BAD},
		{"sev-snp", "tdx", BAD, BAD, BAD},
		{"tdx", "", TDX, BAD, TDX},
		{"tdx", "tdx", TDX, BAD, TDX},
		{"auto", "", BAD, SNP, TDX},
		{"auto", "sev", BAD, SNP, BAD},
		{"auto", "sev-snp", SNP, SNP, BAD},
		{"auto", "tdx", TDX, BAD, TDX},
		{"none", "", BAD, BAD, BAD},
		{"none", "sev-snp", SNP, SNP, BAD},
		{"none", "tdx", TDX, BAD, TDX},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const int wanted[] = {cases[i].without, cases[i].snp, cases[i].tdx};
		cleanup_free char *domain = lsec_format(
			cases[i].own[0] == '\0' ? DOMAIN("", GENOA "%s")
						: DOMAIN("", GENOA "<launchSecurity type='%s'/>"),
			cases[i].own);
		for (size_t manifest = 0; manifest < 2; manifest++) {
			for (int given = NONE; given <= TDX; given++) {
				STAGE stage = {.domain = manifest == 1 ? NULL : domain,
				               .given = {.tee = (enum lsec_tee)given},
				               .hardware = {.path = "",
				                            .vcpus = 1,
				                            .vcpus_field = "spec.domain.cpu",
				                            .cpu_model = lsec_unconst("EPYC")}};
				if (cases[i].type[0] != '\0')
					set(&stage.scene, "type", cases[i].type);
				if (manifest == 1 && cases[i].own[0] != '\0')
					stage.scene.vmi.launch_security = cases[i].own;
				int status = collect(&stage);
				int found = status < 0 ? BAD : (int)stage.inputs.tee;
				if (found != wanted[given])
					fail_msg("type %s, own %s, given %d, manifest %zu: %d",
					         cases[i].type, cases[i].own, given, manifest,
					         found);
				lsec_problems_clear(&stage.scene.problems);
			}
		}
	}
}

static void test_claims(void **state)
{
	(void)state;
	STAGE snp = {
		.domain = SNP("<hostData>AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=</hostData>",
	                      GENOA)};
	const struct lsec_inputs *inputs = collected(&snp);
	cleanup_free char *host_data = lsec_claims_text(&inputs->claims, LSEC_CLAIM_HOST_DATA);
	assert_string_equal(host_data,
	                    "0101010101010101010101010101010101010101010101010101010101010101");
	cleanup_free char *policy = lsec_claims_text(&inputs->claims, LSEC_CLAIM_POLICY);
	assert_string_equal(policy, "0x30000");

	/* A key that nobody checks is not in the report. */
	cleanup_free char *block = read_one_line("tests/golden/inputs/id-block.b64");
	cleanup_free char *auth = read_one_line("tests/golden/inputs/id-auth-author-key.b64");
	static const uint8_t zeros[48];
	for (size_t author = 0; author < 2; author++) {
		STAGE stage = {.domain = SNP("", GENOA)};
		set(&stage.scene, "id-block", block);
		set(&stage.scene, "id-auth", auth);
		if (author == 1)
			set(&stage.scene, "author-key", "yes");
		inputs = collected(&stage);
		assert_true(inputs->has_id_block);
		assert_memory_not_equal(inputs->claims.of[LSEC_CLAIM_ID_KEY_DIGEST], zeros, 48);
		int same = memcmp(inputs->claims.of[LSEC_CLAIM_AUTHOR_KEY_DIGEST], zeros, 48) == 0;
		assert_int_equal(same, author == 0);
	}

	STAGE tdx = {.domain = TDX_DOMAIN("")};
	set(&tdx.scene, "type", "tdx");
	set(&tdx.scene, "bind", "sha256-of:x");
	set(&tdx.scene, "mr-owner", "sha384-of:x");
	inputs = collected(&tdx);
	assert_memory_equal(inputs->claims.of[LSEC_CLAIM_TD_ATTRIBUTES], "\0\0\0\x10\0\0\0\0", 8);
	assert_memory_not_equal(inputs->claims.of[LSEC_CLAIM_MR_CONFIG_ID], zeros, 32);
	assert_memory_equal(inputs->claims.of[LSEC_CLAIM_MR_CONFIG_ID] + 32, zeros, 16);
	assert_memory_not_equal(inputs->claims.of[LSEC_CLAIM_MR_OWNER], zeros, 48);
	assert_memory_equal(inputs->claims.of[LSEC_CLAIM_MR_OWNER_CONFIG], zeros, 48);
}

/* The hook of another node writes another C-bit, or refuses; neither is measured. */
static void test_cbitpos(void **state)
{
	(void)state;
	static const char *const values[] = {"auto", "47", "51", "omit"};
	for (size_t i = 0; i < COUNT(values); i++) {
		STAGE stage = {.domain = SNP("", GENOA)};
		set(&stage.scene, "cbitpos", values[i]);
		const struct lsec_inputs *inputs = collected(&stage);
		for (size_t k = 0; k < inputs->report.warning_count; k++)
			expect_lacks(inputs->report.warnings[k].what, "CPUID");
	}
	STAGE stage = {.domain = SNP("", GENOA)};
	set_default(&stage.scene, "sev-snp.cbitpos", "auto");
	set(&stage.scene, "type", "sev-snp");
	collected(&stage);
}

static void test_bare(void **state)
{
	(void)state;
	static const uint64_t features = 0x21;
	STAGE stage = {.bare = true};
	refuse(&stage, "--tee", "missing");
	stage.given.tee = LSEC_TEE_SEV_SNP;
	assert_int_equal(collect(&stage), -1);
	assert_int_equal(stage.scene.problems.count, 2);
	lsec_problems_clear(&stage.scene.problems);
	stage.given.vcpus = 2;
	stage.given.cpu = "EPYC-v3";
	stage.given.vmsa_features = &features;
	const struct lsec_inputs *inputs = collected(&stage);
	assert_false(inputs->has_claims);
	assert_false(inputs->snp.kernel_hashes);
	assert_int_equal(inputs->snp.vmsa_features, 0x21);
	assert_string_equal(inputs->from[LSEC_INPUT_VCPUS], "--vcpus");
	stage.given.kernel = true;
	stage.given.cmdline = " x";
	inputs = collected(&stage);
	assert_true(inputs->snp.kernel_hashes);
	assert_string_equal(inputs->snp.boot.cmdline, " x");
	STAGE tdx = {.bare = true, .given = {.tee = LSEC_TEE_TDX}};
	inputs = collected(&tdx);
	assert_int_equal(inputs->tee, LSEC_TEE_TDX);
	assert_null(inputs->from[LSEC_INPUT_VCPUS]);
}

/* What the hook and the measurement refuse, all at once. */
static void test_all_problems(void **state)
{
	(void)state;
	STAGE stage = {.given = {.tee = LSEC_TEE_TDX, .vcpus = 3, .kernel = true},
	               .hardware = {.path = "spec.template.",
	                            .vcpus = 2,
	                            .vcpus_field = "spec.domain.cpu"}};
	set(&stage.scene, "type", "sev-snp");
	set(&stage.scene, "polcy", "smt");
	assert_int_equal(collect(&stage), -1);
	expect_among(&stage.scene.problems, LSEC_PREFIX "polcy", "unknown key");
	expect_among(&stage.scene.problems, "--tee", "contradicts");
	expect_among(&stage.scene.problems, "spec.template.spec.domain.cpu", "--vcpus is 3");
	expect_among(&stage.scene.problems, "spec.template.spec.domain.cpu.model", "host-model");
	expect_among(&stage.scene.problems, "spec.template.spec.domain.firmware.kernelBoot",
	             "boots no kernel");
	assert_int_equal(stage.scene.problems.count, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),       cmocka_unit_test(test_domain_vcpus),
		cmocka_unit_test(test_domain_cpu),   cmocka_unit_test(test_domain_kernel),
		cmocka_unit_test(test_tee),          cmocka_unit_test(test_claims),
		cmocka_unit_test(test_cbitpos),      cmocka_unit_test(test_bare),
		cmocka_unit_test(test_all_problems),
	};
	return cmocka_run_group_tests_name("inputs", tests, NULL, NULL);
}
