/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/measure.h"

#include "firmware.h"

#define ONLY_TDX_MRTD                                                                              \
	"85d336a125d2d55ca4e80e13db8b000485ef5868184790ef0ef0ce6111c051a8c7f7982dd53c6338e9cda394ba411457"

/* Two implementations in Python come to the same values. */
static void test_vectors(void **state)
{
	(void)state;
	static const struct tdx_row small[] = {
		{0x2000, 0xe000, 0xffff2000, 0xe000, 0, 1},
		{0, 0x2000, 0xffff0000, 0x2000, 1, 0},
		{0, 0, 0x810000, 0x10000, 3, 0},
		{0, 0, 0x80b000, 0x2000, 3, 0},
		{0, 0, 0x809000, 0x2000, 2, 0},
		{0, 0, 0x800000, 0x6000, 3, 0},
	};
	static const struct firmware_parts only_tdx = {"tdx-only-64k", 0x10000, TDX(small),
	                                               .entries = "t"};
	static const struct {
		const struct firmware_parts *firmware;
		const char *mrtd;
	} vectors[] = {
		{&both,
	         "1e69a535b18ab675d8a74fb896a5bef528aedac4dd2edd7d67fb707e6276f049ae7f8ba994835e0ed2b18f08d4a06eec"},
		{&odd,
	         "fa34a7f304c3d5c98772052fab26e2d74fd9a181f70d635dd36c9b3c151a6492085ac55988285ff4f4eda428cd311876"},
		{&measured_hob,
	         "04f2006bf6137ee0e88fa648a337b17502054fb2584b74ca42759cf873529058f5bc51b21c36dbf790980c82ac753403"},
		{&only_tdx, ONLY_TDX_MRTD},
	};
	for (size_t i = 0; i < COUNT(vectors); i++) {
		FIRMWARE firmware = make_firmware(vectors[i].firmware);
		const struct lsec_image image = read_image(&firmware, LSEC_TEE_TDX);
		struct lsec_measurement measurement;
		lsec_measure_tdx(&image, &measurement);
		expect_measurement(&measurement, vectors[i].mrtd);
	}
}

static void measure(const struct lsec_firmware *firmware, struct lsec_measurement *ret)
{
	const struct lsec_image image = read_image(firmware, LSEC_TEE_TDX);
	lsec_measure_tdx(&image, ret);
}

/* The variables' bytes do not count, the code's do. */
static void test_what_counts(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		bool counts;
	} cases[] = {{0, false}, {0x3fff, false}, {0x4000, true}, {0xffff, true}};
	FIRMWARE firmware = make_firmware(&both);
	struct lsec_measurement own;
	measure(&firmware, &own);
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t *bytes = lsec_unconst(firmware.bytes);
		struct lsec_measurement changed;
		bytes[cases[i].at] ^= 1;
		measure(&firmware, &changed);
		bytes[cases[i].at] ^= 1;
		assert_int_equal(memcmp(&own, &changed, sizeof(own)) != 0, cases[i].counts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_what_counts),
	};
	return cmocka_run_group_tests_name("tdx", tests, NULL, NULL);
}
