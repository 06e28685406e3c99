/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/measure.h"

#include "support.h"

static void test_find(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t signature; /* 0: unknown */
	} cases[] = {
		{"EPYC", 0x800f12},
		{"EPYC-v1", 0x800f12},
		{"EPYC-v5", 0x800f12},
		{"EPYC-v6", 0},
		{"EPYC-v0", 0},
		{"EPYC-v", 0},
		{"EPYC-v01", 0},
		{"EPYC-v1 ", 0},
		{"EPYC-v11", 0},
		{"EPYC-V1", 0},
		{"epyc", 0},
		{"EPYC ", 0},
		{"EPY", 0},
		{"", 0},
		{"EPYC-IBPB", 0x800f12},
		{"EPYC-IBPB-v1", 0},
		{"EPYC-Rome", 0x830f10},
		{"EPYC-Rome-v5", 0x830f10},
		{"EPYC-Rome-v6", 0},
		{"EPYC-Milan", 0xa00f11},
		{"EPYC-Milan-v4", 0xa00f11},
		{"EPYC-Milan-v5", 0},
		{"EPYC-Genoa", 0xa10f10},
		{"EPYC-Genoa-v3", 0xa10f10},
		{"EPYC-Genoa-v4", 0},
		{"EPYC-Turin", 0xb00f00},
		{"EPYC-Turin-v2", 0xb00f00},
		{"EPYC-Turin-v9", 0},
		{"EPYC-Venice", 0},
		{"Dhyana-v2", 0x900f01},
		{"Opteron_G1", 0xf61},
		{"Opteron_G2-v1", 0xf61},
		{"Opteron_G3", 0x100f23},
		{"Opteron_G4", 0x600f12},
		{"Opteron_G5", 0x600f20},
		{"Opteron_G5-v2", 0},
		{"Opteron_G6", 0},
		{"phenom", 0x100f23},
		{"athlon-v1", 0x623},
		{"qemu64", 0x60fb1},
		{"host", 0},
		{"Skylake-Server", 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct lsec_cpu_model *model = lsec_cpu_model_find(cases[i].name);
		assert_int_equal(model == NULL ? 0 : model->signature, cases[i].signature);
	}
}

/* Every row is found by its names and, or one before it, by its signature. */
static void test_rows(void **state)
{
	(void)state;
	size_t count = 0;
	for (const struct lsec_cpu_model *row = NULL; (row = lsec_cpu_model(count)) != NULL;
	     count++) {
		assert_ptr_equal(lsec_cpu_model_find(row->name), row);
		for (unsigned version = 1; version <= row->versions; version++) {
			char name[32];
			snprintf(name, sizeof(name), "%s-v%u", row->name, version);
			assert_ptr_equal(lsec_cpu_model_find(name), row);
		}
		const struct lsec_cpu_model *first = lsec_cpu_model_signed(row->signature);
		assert_true(first <= row && first->signature == row->signature);
		assert_int_equal(row->signature & ~LSEC_CPU_SIGNATURE_BITS, 0);
	}
	assert_int_equal(count, 15);
	assert_null(lsec_cpu_model(SIZE_MAX));
	assert_null(lsec_cpu_model_signed(0xa20f12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests_name("cpu_signatures", tests, NULL, NULL);
}
