/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/measure.h"

#include "firmware.h"

static const uint8_t kernel[LSEC_FILE_DIGEST_SIZE] = "a kernel";
static const uint8_t initrd[LSEC_FILE_DIGEST_SIZE] = "an initrd";
static const uint8_t other_kernel[LSEC_FILE_DIGEST_SIZE] = "another kernel";
static const uint8_t other_initrd[LSEC_FILE_DIGEST_SIZE] = "another initrd";

#define MILAN 0xa00f11
#define GENOA 0xa10f10
#define OF(n, cpu) .vcpus = (n), .cpu_signature = (cpu), .vmsa_features = 1
#define HASHED(...) .kernel_hashes = true, .boot = {__VA_ARGS__}

/* Two images; what a request is made of points to them. */
struct explain_scene {
	struct lsec_firmware firmware[2];
	struct lsec_image images[2];
};

static void make(enum lsec_tee tee, struct explain_scene *ret)
{
	ret->firmware[0] = make_firmware(&both);
	ret->firmware[1] = make_firmware(&odd);
	for (size_t i = 0; i < 2; i++)
		ret->images[i] = read_image(&ret->firmware[i], tee);
}

static void clear(struct explain_scene *scene)
{
	for (size_t i = 0; i < 2; i++)
		clear_firmware(&scene->firmware[i]);
}

/* What is told of a request, to be freed. */
static char *explained(const struct lsec_explain_request *request, size_t differences)
{
	struct lsec_explanation explanation = {.count = 99};
	lsec_explain(request, &explanation);
	assert_int_equal(explanation.count, differences);
	return lsec_explain_text(request, &explanation);
}

/* A VM, the other one whose digest was found, and what is told. */
struct explain_case {
	struct lsec_snp_inputs vm, found;
	bool other_firmware;
	size_t differences;
	const char *text; /* NULL: nothing fits */
};

static void check(const struct explain_case *cases, size_t count,
                  const struct lsec_kernel_boot *spare)
{
	struct explain_scene scene LSEC_CLEANUP(clear);
	make(LSEC_TEE_SEV_SNP, &scene);
	for (size_t i = 0; i < count; i++) {
		const struct lsec_measurement found = measure_snp(
			&scene.images[cases[i].other_firmware ? 1 : 0], &cases[i].found);
		const struct lsec_explain_request request = {
			.found = &found,
			.image = &scene.images[0],
			.inputs = &cases[i].vm,
			.spare = *spare,
			.others = &scene.images[1],
			.other_count = 1,
		};
		cleanup_free char *text = explained(&request, cases[i].differences);
		assert_string_equal(text, cases[i].text);
	}
}

static const struct explain_case one[] = {
	{{OF(2, MILAN)}, {OF(3, MILAN)}, false, 1, "this is the digest of 3 vCPUs; the VM has 2"},
	{{OF(4096, MILAN)},
         {OF(1, MILAN)},
         false,
         1,
         "this is the digest of 1 vCPU; the VM has 4096"},
	{{OF(1, MILAN)},
         {OF(4096, MILAN)},
         false,
         1,
         "this is the digest of 4096 vCPUs; the VM has 1"},
	{{OF(2, MILAN)},
         {OF(2, GENOA)},
         false,
         1,
         "this is the digest of CPU signature 0x00a10f10 (EPYC-Genoa); the VM has CPU signature 0x00a00f11 (EPYC-Milan)"},
	{{OF(2, 0xa20f12)},
         {OF(2, 0xf61)},
         false,
         1,
         "this is the digest of CPU signature 0x00000f61 (Opteron_G2); the VM has CPU signature 0x00a20f12"},
	{{OF(2, MILAN)},
         {.vcpus = 2, .cpu_signature = MILAN, .vmsa_features = 0x221},
         false,
         1,
         "this is the digest with vmsa-features 0x221; the VM has vmsa-features 0x1"},
	{{OF(4, MILAN)},
         {OF(4, MILAN), .plugged = 3},
         false,
         1,
         "this is the digest with 3 plugged vCPUs (of QEMU 10.1 or newer); the VM has no plugged vCPUs"},
	{{OF(4, MILAN), .plugged = 2},
         {OF(4, MILAN)},
         false,
         1,
         "this is the digest without plugged vCPUs (or of QEMU 10.0 or older); the VM has 2 plugged vCPUs"},
	{{OF(4, MILAN), .plugged = 2},
         {OF(4, MILAN), .plugged = 1},
         false,
         1,
         "this is the digest with 1 plugged vCPU (of QEMU 10.1 or newer); the VM has 2 plugged vCPUs"},
	{{OF(4, MILAN), .plugged = 1},
         {OF(6, MILAN), .plugged = 1},
         false,
         1,
         "this is the digest of 6 vCPUs; the VM has 4"},
	{{OF(2, MILAN)},
         {OF(2, MILAN)},
         true,
         1,
         "this is the digest of firmware both-128k-odd; the VM has firmware both-64k"},
};

static void test_one(void **state)
{
	(void)state;
	static const struct lsec_kernel_boot nothing = {0};
	check(one, COUNT(one), &nothing);
}

static const struct explain_case of_kernel[] = {
	{{OF(2, MILAN), .boot = {kernel, initrd, "quiet"}},
         {OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         false,
         1,
         "this is the digest with kernel hashes; the VM has no kernel hashes"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         {OF(2, MILAN)},
         false,
         1,
         "this is the digest without kernel hashes; the VM has kernel hashes"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         {OF(2, MILAN), HASHED(kernel, NULL, "quiet")},
         false,
         1,
         "this is the digest without an initrd; the VM has an initrd"},
	{{OF(2, MILAN), HASHED(kernel, NULL, "quiet")},
         {OF(2, MILAN), HASHED(kernel, other_initrd, "quiet")},
         false,
         1,
         "this is the digest with the additional initrd; the VM has no initrd"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         {OF(2, MILAN), HASHED(kernel, other_initrd, "quiet")},
         false,
         1,
         "this is the digest with the additional initrd; the VM has another initrd"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         {OF(2, MILAN), HASHED(other_kernel, initrd, "quiet")},
         false,
         1,
         "this is the digest with the additional kernel; the VM has another kernel"},
	{{OF(2, MILAN)},
         {OF(2, MILAN), HASHED(other_kernel, other_initrd, "other")},
         false,
         1,
         "this is the digest with kernel hashes; the VM has no kernel hashes"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         {OF(2, MILAN), HASHED(kernel, initrd, NULL)},
         false,
         1,
         "this is the digest without a command line; the VM has a command line"},
	{{OF(2, MILAN), HASHED(kernel, initrd, NULL)},
         {OF(2, MILAN), HASHED(kernel, initrd, "other")},
         false,
         1,
         "this is the digest with the additional command line; the VM has no command line"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         {OF(2, MILAN), HASHED(kernel, initrd, "quiet\n")},
         false,
         1,
         "this is the digest with a line end after the command line; the VM has a command line without one"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "quiet\n")},
         {OF(2, MILAN), HASHED(kernel, initrd, "quiet")},
         false,
         1,
         "this is the digest without the line end after the command line; the VM has a command line with one"},
};

static void test_kernel(void **state)
{
	(void)state;
	static const struct lsec_kernel_boot spare = {other_kernel, other_initrd, "other"};
	check(of_kernel, COUNT(of_kernel), &spare);
}

static const struct explain_case two[] = {
	{{OF(2, MILAN)},
         {OF(4, GENOA)},
         false,
         2,
         "this is the digest of 4 vCPUs and of CPU signature 0x00a10f10 (EPYC-Genoa); the VM has 2 vCPUs and CPU signature 0x00a00f11 (EPYC-Milan)"},
	{{OF(1, MILAN)},
         {OF(8, MILAN), .plugged = 4},
         false,
         2,
         "this is the digest of 8 vCPUs and with 4 plugged vCPUs (of QEMU 10.1 or newer); the VM has 1 vCPU and no plugged vCPUs"},
	{{OF(4, MILAN)},
         {OF(4, GENOA), .plugged = 2},
         false,
         2,
         "this is the digest with 2 plugged vCPUs (of QEMU 10.1 or newer) and of CPU signature 0x00a10f10 (EPYC-Genoa); the VM has no plugged vCPUs and CPU signature 0x00a00f11 (EPYC-Milan)"},
	{{OF(2, MILAN)},
         {OF(300, MILAN)},
         true,
         2,
         "this is the digest of 300 vCPUs and of firmware both-128k-odd; the VM has 2 vCPUs and firmware both-64k"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "a")},
         {OF(2, MILAN), HASHED(kernel, NULL, "a\n")},
         false,
         2,
         "this is the digest without an initrd and with a line end after the command line; the VM has an initrd and a command line without one"},
	{{OF(2, MILAN), HASHED(kernel, initrd, "a")},
         {.vcpus = 2, .cpu_signature = GENOA, .vmsa_features = 0x21, HASHED(kernel, initrd, "a")},
         false,
         2,
         "this is the digest of CPU signature 0x00a10f10 (EPYC-Genoa) and with vmsa-features 0x21; the VM has CPU signature 0x00a00f11 (EPYC-Milan) and vmsa-features 0x1"},
	{{OF(2, MILAN), .boot = {kernel, initrd, "a"}},
         {OF(2, MILAN), HASHED(kernel, NULL, "a")},
         false,
         2,
         "this is the digest with kernel hashes and without an initrd; the VM has no kernel hashes and an initrd"},
	/* Three at once are not searched for. */
	{{OF(2, MILAN)},
         {.vcpus = 3, .cpu_signature = GENOA, .vmsa_features = 0x21},
         false,
         0,
         NULL},
};

static void test_two(void **state)
{
	(void)state;
	static const struct lsec_kernel_boot nothing = {0};
	check(two, COUNT(two) - 1, &nothing);
	struct explain_scene scene LSEC_CLEANUP(clear);
	make(LSEC_TEE_SEV_SNP, &scene);
	const struct explain_case *last = &two[COUNT(two) - 1];
	const struct lsec_measurement found = measure_snp(&scene.images[0], &last->found);
	const struct lsec_explain_request request = {
		.found = &found, .image = &scene.images[0], .inputs = &last->vm};
	assert_null(explained(&request, 0));
}

/* Each input, each pair of them; and no input that is fixed. */
static void test_all_pairs(void **state)
{
	(void)state;
	static const struct lsec_snp_inputs vm = {OF(3, MILAN), HASHED(kernel, initrd, "a")};
	static const struct lsec_kernel_boot spare = {other_kernel, NULL, NULL};
	struct explain_scene scene LSEC_CLEANUP(clear);
	make(LSEC_TEE_SEV_SNP, &scene);
	for (unsigned mask = 1; mask < 1U << LSEC_MEASURE_INPUTS; mask++) {
		struct lsec_snp_inputs inputs = vm;
		bool hashes = (mask & 1U << LSEC_INPUT_KERNEL_HASHES) != 0;
		bool boot = (mask & (1U << LSEC_INPUT_KERNEL | 1U << LSEC_INPUT_INITRD |
		                     1U << LSEC_INPUT_CMDLINE)) != 0;
		/* Without hashes, files do not count. */
		if (__builtin_popcount(mask) > 2 || (hashes && boot))
			continue;
		inputs.vcpus += (mask & 1U << LSEC_INPUT_VCPUS) != 0;
		inputs.plugged += (mask & 1U << LSEC_INPUT_PLUGGED) != 0;
		if ((mask & 1U << LSEC_INPUT_CPU) != 0)
			inputs.cpu_signature = GENOA;
		if ((mask & 1U << LSEC_INPUT_VMSA_FEATURES) != 0)
			inputs.vmsa_features = 0x201;
		inputs.kernel_hashes = !hashes;
		if ((mask & 1U << LSEC_INPUT_KERNEL) != 0)
			inputs.boot.kernel = other_kernel;
		if ((mask & 1U << LSEC_INPUT_INITRD) != 0)
			inputs.boot.initrd = NULL;
		if ((mask & 1U << LSEC_INPUT_CMDLINE) != 0)
			inputs.boot.cmdline = "a\n";
		const struct lsec_measurement found = measure_snp(
			&scene.images[(mask & 1U << LSEC_INPUT_FIRMWARE) != 0 ? 1 : 0], &inputs);
		struct lsec_explain_request request = {
			.found = &found,
			.image = &scene.images[0],
			.inputs = &vm,
			.spare = spare,
			.others = &scene.images[1],
			.other_count = 1,
		};
		struct lsec_explanation explanation;
		unsigned named = 0;
		lsec_explain(&request, &explanation);
		for (size_t i = 0; i < explanation.count; i++)
			named |= 1U << explanation.differences[i].input;
		assert_int_equal(named, mask);
		request.fixed = mask;
		if (__builtin_popcount(mask) == 1) {
			lsec_explain(&request, &explanation);
			assert_int_equal(explanation.count, 0);
		}
	}
}

/* Nothing is told of the VM's own digest, and of one that nothing has. */
static void test_nothing(void **state)
{
	(void)state;
	static const struct lsec_snp_inputs vm = {OF(1, MILAN)};
	struct explain_scene scene LSEC_CLEANUP(clear);
	make(LSEC_TEE_SEV_SNP, &scene);
	const struct lsec_measurement own = measure_snp(&scene.images[0], &vm);
	const struct lsec_measurement foreign = {{1}};
	struct lsec_explain_request request = {
		.found = &own, .image = &scene.images[0], .inputs = &vm};
	assert_null(explained(&request, 0));
	request.found = &foreign;
	assert_null(explained(&request, 0));
}

static void test_tdx(void **state)
{
	(void)state;
	struct explain_scene scene LSEC_CLEANUP(clear);
	struct lsec_measurement found;
	make(LSEC_TEE_TDX, &scene);
	lsec_measure_tdx(&scene.images[1], &found);
	struct lsec_explain_request request = {.found = &found,
	                                       .image = &scene.images[0],
	                                       .others = scene.images,
	                                       .other_count = 2};
	cleanup_free char *text = explained(&request, 1);
	assert_string_equal(
		text, "this is the digest of firmware both-128k-odd; the VM has firmware both-64k");
	request.fixed = 1U << LSEC_INPUT_FIRMWARE;
	assert_null(explained(&request, 0));
	request.fixed = 0;
	request.other_count = 1;
	assert_null(explained(&request, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),     cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_two),     cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_tdx),
	};
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
