/* SPDX-License-Identifier: Apache-2.0 */
#include "input/quantity.h"

#include "support.h"

/* As k8s.io/apimachinery's resource.MustParse(text).Value() has them. */
static void test_good(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint32_t value;
	} cases[] = {
		{"0", 0},    {"1", 1},        {"2", 2},     {"4096", 4096}, {"007", 7},
		{"+3", 3},   {"1500m", 2},    {"1000m", 1}, {"1m", 1},      {"1001m", 2},
		{"0.5", 1},  {".5", 1},       {"2.", 2},    {"2.000", 2},   {"2.0001", 3},
		{"1u", 1},   {"2000000u", 2}, {"1n", 1},    {"4k", 4000},   {"1e1", 10},
		{"1E1", 10}, {"1e+1", 10},    {"15e-1", 2}, {"10e-1", 1},   {"0.0015k", 2},
		{"0e18", 0}, {"0.000", 0},    {"1e-18", 1}, {"0m", 0},      {"4096000m", 4096},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t value = 77777;
		if (!lsec_quantity_round_up(cases[i].text, 4096, &value) || value != cases[i].value)
			fail_msg("%s is %u", cases[i].text, value);
	}
}

static void test_bad(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		" 1",
		"1 ",
		"-1",
		"-0",
		"++1",
		"m",
		".",
		"1.2.3",
		"1Mi",
		"1Ki",
		"1M",
		"1G",
		"1mm",
		"1e",
		"1e+",
		"1e1m",
		"1e19",
		"1e-19",
		"1e99999999999",
		"4097",
		"5k",
		"1e4",
		"0x1",
		"one",
		"1,5",
		"1e 1",
		"4096001m",
		"1234567890123456789",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		uint32_t value = 77777;
		if (lsec_quantity_round_up(texts[i], 4096, &value))
			fail_msg("%s is taken as %u", texts[i], value);
		assert_int_equal(value, 77777);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
