/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/snp.h"

#include "firmware.h"
#include "measure/image_sev.h"

/* Files of a kernel boot: so many times the same bytes. */
enum file { NONE, K64, ODD, ONE, I40, I4097, EMPTY, FILES };

static void hash_file(enum file file, uint8_t ret[LSEC_FILE_DIGEST_SIZE])
{
	static const struct {
		int byte; /* -1: 0 to 255 and again, with "odd" after them */
		size_t count;
	} files[FILES] = {[K64] = {'K', 65536},
	                  [ODD] = {-1, 10240},
	                  [ONE] = {'k', 1},
	                  [I40] = {'I', 40000},
	                  [I4097] = {0, 4097}};
	struct lsec_hasher hasher;
	lsec_hasher_begin(&hasher, LSEC_SHA_256);
	for (size_t i = 0; i < files[file].count; i++) {
		const uint8_t byte = (uint8_t)(files[file].byte < 0 ? i : (size_t)files[file].byte);
		lsec_hasher_add(&hasher, &byte, 1);
	}
	if (files[file].byte < 0)
		lsec_hasher_add(&hasher, "odd", 3);
	const struct lsec_digest digest = lsec_hasher_end(&hasher);
	memcpy(ret, digest.bytes, LSEC_FILE_DIGEST_SIZE);
}

/* sev-snp-measure (commit 8f2b337) comes to the same digests, where it takes the image. */
static const struct vector {
	const struct firmware_parts *firmware;
	unsigned vcpus;
	uint32_t cpu_signature;
	uint64_t vmsa_features;
	enum file kernel, initrd; /* with a kernel, there are kernel hashes */
	const char *cmdline;
	const char *digest;
} vectors[] = {
	{&both, 1, 0xb00f00, 0x21, K64, I40, NULL,
         "0abaa70f833309a7bc5dda228dfc2def0b17a9d0559fa01d389d6d5770f65eb037d0bfd93db8c91af7fd7a1b3dff447f"},
	{&both, 2, 0x623, 0x21, K64, NONE, "",
         "d9f0d6e362fe917235079cffeffbe3e8914745dc8677f2eaa32ed43c484cb7e6044e337e063051191b848b4d1e6970dc"},
	{&both, 3, 0xa00f11, 0x1, NONE, NONE, NULL,
         "ae24108319934c3fa508bd5743c623bb3c209d102f9ed037526cf0c28bd54a1e62f91a2bf940952fa7a8f1d9228384bd"},
	{&both, 64, 0x800f12, 0x221, K64, I40, NULL,
         "8b72f8ac93aeda7543d0c1ed8b4aa8e8bca1c4ed7b11a3c5a51685fe7b7b47f591003c8e9c06a6f42ce600eb4d6e7204"},
	{&both, 255, 0x830f10, 0x1, K64, NONE, "",
         "42c5631a884790907292a48d269319fe661897ff52bc508de2bc40269b88194d658a654d1f54bf626a6a1a6d02369a5a"},
	{&odd, 1, 0xa10f10, 0x1, K64, NONE, "",
         "b7b2ba0ac920736ab16ec24c061b9ed737ce70677ac5e96ad2f1ed0cf0dc6920c723be3deab77757491de6e1da7df551"},
	{&odd, 2, 0xf61, 0x221, NONE, NONE, NULL,
         "b290350f5601352e0c496e81a95b841e1444bf5b95d012817a203279e8ec04afd30757d52e59cb28f92fc920a5a3166c"},
	{&odd, 3, 0x800f12, 0x201, NONE, NONE, NULL,
         "5dd7984cf54e7d1329704108088b2e278904b662a6cde903c222ff80dfdd8a476c4545a62ad43fe075d3895aaa1f2f19"},
	{&odd, 63, 0xf61, 0x21, ODD, I4097, "  console=ttyS0  quiet ",
         "10d24e8b73c96ba11dbc182c0650e684c4f65c1144db40eb625227e59498c2e5a0688e918335e7601ed6f51cd5318c72"},
	{&odd, 64, 0x100f23, 0x21, K64, I40, "console=ttyS0 loglevel=7 root=/dev/vda1 ro",
         "b38eaff812f155a4a0bf7bebe1efbdaf2b06239724052f2bbc47cdedf8deff52981b426debb8c7fd4944dfcd727f22c5"},
	{&odd, 255, 0x60fb1, 0x1, NONE, NONE, NULL,
         "69b3101cae129d1e3121c06b7527883400237dcabd5aa68825cac3aaab3cad250af166763bd5803626cd3222df14338e"},
	{&without_hashes, 1, 0x800f12, 0x221, NONE, NONE, NULL,
         "bbaefe08efaabf69999a08116c43db331d313d6f2e617f30b94c8f8cf3aa1c878a3687701cd80d1a26d84e1c63dea6d6"},
	{&without_hashes, 2, 0x830f10, 0x221, NONE, NONE, NULL,
         "e84b779440a005ff19e0fa8ed9fb4e0cfb17c1193dbcaec998ed7688d62fa386362c6aa63861200416fc2ec11925f20b"},
	{&without_hashes, 3, 0x600f20, 0x221, NONE, NONE, NULL,
         "f88918aea7adaf37c309d75ac00d2e7e57a9cad09e975d993a47eec2f107fb7115f6c28f511d02dd52b028f75cc2961e"},
	{&without_hashes, 63, 0xa10f10, 0x1, NONE, NONE, NULL,
         "fb0e647d4932e063229eb0f66fce424a9082cb749de6b4f2dda31f9e2872b962d5c0cb68982d09e9d0903733d0965d7a"},
	{&without_hashes, 64, 0x900f01, 0x21, NONE, NONE, NULL,
         "146418d31b1ead3d935339196bc812c01364570951f7c40f8e0514756d3e48ed613951936660929bf4428bdc084a4fff"},
	{&without_hashes, 255, 0xa10f10, 0x1, NONE, NONE, NULL,
         "c840bc5b985cd4be33718c6f645b23c29286c57bd5b38c46009fee87104193ce3a1f7fd55175566491555ce052f45d5c"},
	{&zero_hashes, 1, 0x900f01, 0x221, NONE, NONE, NULL,
         "172d2dd77bd3003271d95316db12fbb442cccfaf344bd761fc26861682bc2938e99978091b1956cf314a1d9be01621fd"},
	{&zero_hashes, 2, 0x800f12, 0x221, NONE, NONE, NULL,
         "c74959fd05a5b2c3ef0039f8e38596fe8d1d98e5a21c750440d5dad163c4d85f386c2803e36c1b06e3d2981a22b8ad0d"},
	{&zero_hashes, 3, 0xa10f10, 0x221, NONE, NONE, NULL,
         "34ade297aadbc4a67d041e2597c83575fe3cef495f10579a2e2d303feeb1c670c740a37812850532c4450677fbfd2b3e"},
	{&zero_hashes, 63, 0x623, 0x1, NONE, NONE, NULL,
         "9a8e14d4c59eca8e6a522c32474aab0d9e73272cbfd7078f1c3dab5ec9a5782e924b4fa31e04fc985e284bc88e38ea92"},
	{&zero_hashes, 64, 0x800f12, 0x1, NONE, NONE, NULL,
         "4be1dccd6211baaf9ab411e2f28d33166aa71b7cc22a43cbc4ec35ac3e3a4fd89d24f4b5f3a646b8c8f9f6327631834b"},
	{&zero_hashes, 255, 0x600f12, 0x1, NONE, NONE, NULL,
         "a019c400504083107b1801ef155b456b8ccb23ecb9539a0c3d5f40232d56f9958bc711227ad1ca342c5cd2224df99429"},
	{&both, 1, 0xa00f11, 0x1, NONE, NONE, NULL,
         "90db4de9406bb5d1bcda29501e323ed6de61d39373b34584948ac73a1e167d541d0a30271610c38b091dc091253d85a3"},
	{&both, 2, 0xa00f11, 0x1, K64, NONE, NULL,
         "0a09895a5152953f54b5c8180ef3a5ad850c0c364249d7690d71fa521ba2ad623649c97d186bf606c43377ae57f35df2"},
	{&both, 3, 0xa00f11, 0x1, K64, I40, NULL,
         "13c0f88d87d36c31df760570d78167bfa456d5e354a509b3ab0eb6a36f8fc847170233a5f72f5fe1df75350a19783065"},
	{&both, 1, 0xa00f11, 0x1, ODD, NONE, "console=ttyS0 loglevel=7 root=/dev/vda1 ro",
         "f331b2d8c389465613d14339d7255a4249cfc08388d1c4565fdb3bb7d00fa5b9e7666cedfa2ffd4e2f518f0acc613107"},
	{&both, 2, 0xa00f11, 0x1, ONE, EMPTY, "grüße=ja rd.näme=α",
         "817be767f952ae8d1783a381e8f976ca9f57bf97e9faef48a939b9f51f565bd41c16681a3f95fade16e6a9869a95e99d"},
	{&both, 3, 0xa00f11, 0x1, K64, I40, "console=ttyS0 loglevel=7 root=/dev/vda1 ro",
         "cc1709c537be9657b001eeed0c8e7549c130345b34fbe2e1f225cf599104d767adc55200a77dfd9933c440e4797dceac"},
	{&both, 1, 0xa00f11, 0x1, ODD, I4097, "  console=ttyS0  quiet ",
         "760201963587a1728992c1c4c416ae8ae040080538f08f1e19060abeef070fc079f2e839d9f09e3089e181b2de878fa8"},
	{&both, 3, 0xa00f11, 0x1, K64, NONE, "a=\"b c\" d='e' f\\g <&>",
         "1f55b1869417ba5d0367553a01705742ad290f1770e62947147ee40aa9c2d673e871d287cd38aa3b6c8aee1a93bff40c"},
	{&both, 1, 0xa00f11, 0x1, K64, NONE, "",
         "4981a05cdc374d97b3b2547ae6833207b3d7415dadcee6e794a65fe0458b9c6f2f0689dfba0bb2f7b8378e619bbefc9a"},
	{&both, 4, 0xa10f10, 0x1, NONE, NONE, NULL,
         "8f55e9cb18b46726030226a83559d7d8efe00f6833d91f0dd3505c089f69df1e6812f6a8965a86143439fa1c977f2659"},
	{&both, 16, 0xa10f10, 0x1, NONE, NONE, NULL,
         "19aff3462a96eeaaf9e021a421fbbb34a1b359110ada6f0a02d190c952852d380d2bc75a7bd083fd287c00a9b3bc01b6"},
	{&both, 128, 0xa10f10, 0x1, NONE, NONE, NULL,
         "e2803cfed61a13f74c0827bb9922b8f830894eb7270db9e65770dcbd725cc90f90e0af5624fbd253ace4f175adcc7d91"},
	{&both, 256, 0xa10f10, 0x1, NONE, NONE, NULL,
         "c6be30c5a45bf6ff19bec6407de494dbccdbc504b671e02f061c61c9772ff580d8f07c92de9e14fc0f680a429775bc7b"},
	{&both, 4096, 0xa10f10, 0x1, NONE, NONE, NULL,
         "cc92dc55b64eb158b6578d9b387371465ad514d260a1106218e068204e92af3638a5c0323a4825f80655f8dfe228d6ab"},
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *vector = &vectors[i];
		FIRMWARE firmware = make_firmware(vector->firmware);
		const struct lsec_image image = read_image(&firmware, LSEC_TEE_SEV_SNP);
		uint8_t kernel[LSEC_FILE_DIGEST_SIZE];
		uint8_t initrd[LSEC_FILE_DIGEST_SIZE];
		hash_file(vector->kernel, kernel);
		hash_file(vector->initrd, initrd);
		const struct lsec_snp_inputs inputs = {
			.vcpus = vector->vcpus,
			.cpu_signature = vector->cpu_signature,
			.vmsa_features = vector->vmsa_features,
			.kernel_hashes = vector->kernel != NONE,
			.boot = {kernel, vector->initrd == NONE ? NULL : initrd, vector->cmdline},
		};
		const struct lsec_measurement measurement = measure_snp(&image, &inputs);
		expect_measurement(&measurement, vector->digest);
	}
}

static const struct lsec_snp_inputs two_vcpus = {
	.vcpus = 2, .cpu_signature = 0xa00f11, .vmsa_features = LSEC_VMSA_FEATURES_DEFAULT};

/* What does not matter without kernel hashes. */
static void test_no_hashes(void **state)
{
	(void)state;
	static const uint8_t file[LSEC_FILE_DIGEST_SIZE];
	FIRMWARE firmware = make_firmware(&both);
	const struct lsec_image image = read_image(&firmware, LSEC_TEE_SEV_SNP);
	struct lsec_snp_inputs inputs = two_vcpus;
	inputs.boot = (struct lsec_kernel_boot){file, file, "quiet"};
	const struct lsec_measurement measurement = measure_snp(&image, &inputs);
	const struct lsec_measurement without = measure_snp(&image, &two_vcpus);
	assert_memory_equal(&measurement, &without, sizeof(without));
}

/* The last vCPUs are the plugged ones, and start as the first does. */
static void test_plugged(void **state)
{
	(void)state;
	FIRMWARE firmware = make_firmware(&both);
	const struct lsec_image image = read_image(&firmware, LSEC_TEE_SEV_SNP);
	struct lsec_snp_inputs inputs = two_vcpus;
	struct lsec_measurement steps;
	struct lsec_vcpu_states states;
	inputs.vcpus = 4;
	inputs.plugged = 1;
	lsec_snp_begin(&image, &steps);
	lsec_snp_add_sections(&image, NULL, &steps);
	lsec_vcpu_states(image.ap_address, inputs.cpu_signature, inputs.vmsa_features, &states);
	lsec_snp_add_vcpu(states.first, &steps);
	lsec_snp_add_vcpu(states.other, &steps);
	lsec_snp_add_vcpu(states.other, &steps);
	lsec_snp_add_vcpu(states.first, &steps);
	const struct lsec_measurement measurement = measure_snp(&image, &inputs);
	assert_memory_equal(&measurement, &steps, sizeof(steps));
	/* Where the image says that the others start at the reset address, they are no others. */
	lsec_vcpu_states(0xfffffff0U, inputs.cpu_signature, inputs.vmsa_features, &states);
	assert_memory_equal(states.first, states.other, sizeof(states.first));
}

static void expect_refused(const struct lsec_image *image, const struct lsec_snp_inputs *inputs,
                           const char *place, const char *what)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_measurement measurement = {{0x5a}};
	assert_int_equal(lsec_measure_snp(image, inputs, &measurement, &problems), -1);
	expect_problem(&problems, place, what);
	assert_int_equal(measurement.bytes[0], 0x5a);
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		unsigned vcpus, plugged;
		uint64_t vmsa_features;
		const char *place, *what;
	} cases[] = {
		{0, 0, 1, "--vcpus", "1 to 4096 vCPUs, got 0"},
		{4097, 0, 1, "--vcpus", "1 to 4096 vCPUs, got 4097"},
		{2, 2, 1, "--vcpus", "plug in 1 at most"},
		{1, 0, 0, "--vmsa-features", "0x0 lacks bit 0"},
		{1, 0, 0x20, "--vmsa-features", "use 0x21"},
	};
	FIRMWARE firmware = make_firmware(&both);
	const struct lsec_image image = read_image(&firmware, LSEC_TEE_SEV_SNP);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_snp_inputs inputs = two_vcpus;
		inputs.vcpus = cases[i].vcpus;
		inputs.plugged = cases[i].plugged;
		inputs.vmsa_features = cases[i].vmsa_features;
		expect_refused(&image, &inputs, cases[i].place, cases[i].what);
	}
	struct lsec_snp_inputs inputs = two_vcpus;
	inputs.kernel_hashes = true;
	expect_refused(&image, &inputs, "--kernel", "the kernel is unknown");
}

/* Where the hashes have no place; without them, the same images are measured. */
static void test_no_place(void **state)
{
	(void)state;
	static const uint8_t kernel[LSEC_FILE_DIGEST_SIZE];
	struct firmware_parts cases[] = {without_hashes, zero_hashes, both, both, both, both};
	static const uint32_t two[][3] = {{0x810000, 0x1000, 0x10}, {0x812000, 0x1000, 0x10}};
	cases[2].hashes[0] = 0x810f51; /* over the section's end, by a byte */
	cases[3].hashes[1] = 175;
	cases[4].hashes[0] = 0x811000; /* after the section */
	cases[5].sev = two;
	cases[5].sev_count = COUNT(two);
	for (size_t i = 0; i < COUNT(cases); i++) {
		FIRMWARE firmware = make_firmware(&cases[i]);
		const struct lsec_image image = read_image(&firmware, LSEC_TEE_SEV_SNP);
		struct lsec_snp_inputs inputs = two_vcpus;
		measure_snp(&image, &inputs);
		inputs.kernel_hashes = true;
		inputs.boot.kernel = kernel;
		expect_refused(&image, &inputs, cases[i].name,
		               i < 2 ? "no place for kernel hashes"
		                     : "does not fit its section of the image's SEV metadata");
	}
}

/* The table of hashes over two pages of a section, against one section of a page each. */
static void test_table_over_pages(void **state)
{
	(void)state;
	static const uint8_t kernel[LSEC_FILE_DIGEST_SIZE];
	static const uint32_t large[][3] = {{0x810000, 0x4000, 0x10}};
	struct firmware_parts parts = both;
	parts.sev = large;
	parts.sev_count = 1;
	parts.hashes[0] = 0x810fa8;
	FIRMWARE firmware = make_firmware(&parts);
	const struct lsec_image image = read_image(&firmware, LSEC_TEE_SEV_SNP);
	struct lsec_snp_inputs inputs = two_vcpus;
	inputs.kernel_hashes = true;
	inputs.boot.kernel = kernel;
	assert_int_equal(image.hash_place, LSEC_HASH_PLACE_FITS);
	assert_int_equal(image.hash_offset, 0xfa8);
	const struct lsec_measurement measurement = measure_snp(&image, &inputs);
	expect_measurement(
		&measurement,
		"696730da0c09b6206e69e8bac81e3051c869a19473c6c60e2c0e9fbf1ddb51b9410a16af469423bd9c7c6dc17ec2d902");
}

/* A table that ends where its section does. */
static void test_last_place(void **state)
{
	(void)state;
	struct firmware_parts parts = both;
	parts.hashes[0] = 0x810f50;
	parts.hashes[1] = LSEC_HASH_TABLE_SIZE;
	FIRMWARE firmware = make_firmware(&parts);
	assert_int_equal(read_image(&firmware, LSEC_TEE_SEV_SNP).hash_place, LSEC_HASH_PLACE_FITS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),          cmocka_unit_test(test_no_hashes),
		cmocka_unit_test(test_plugged),          cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_place),         cmocka_unit_test(test_last_place),
		cmocka_unit_test(test_table_over_pages),
	};
	return cmocka_run_group_tests_name("snp", tests, NULL, NULL);
}
