/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/request.h"

#include "support.h"

static void test_timeout(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"1n", 1},
		{"1u", 1000},
		{"1m", 1000000},
		{"1S", 1000000000},
		{"1M", INT64_C(60000000000)},
		{"1H", INT64_C(3600000000000)},
		{"0n", 0},
		{"0H", 0},
		{"00000001S", 1000000000},
		{"12S", INT64_C(12000000000)},
		{"123n", 123},
		{"1234u", 1234000},
		{"12345m", INT64_C(12345000000)},
		{"123456S", INT64_C(123456000000000)},
		{"1234567M", INT64_C(74074020000000000)},
		{"99999999n", 99999999},
		{"99999999u", INT64_C(99999999000)},
		{"99999999m", INT64_C(99999999000000)},
		{"99999999S", INT64_C(99999999000000000)},
		{"99999999M", INT64_C(5999999940000000000)},
		{"2562047H", INT64_C(9223369200000000000)}, /* the last that fits */
		{"2562048H", INT64_MAX},
		{"99999999H", INT64_MAX},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ns = -7;
		assert_int_equal(lsec_rpc_timeout(cases[i].text, strlen(cases[i].text), &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void test_bad_timeout(void **state)
{
	(void)state;
	static const char *const cases[] = {
		"",    "S",   "1",   "123456789S", "1234567890n", "1s",   "1h", "1N",  "1U",  "-1S",
		"+1S", " 1S", "1 S", "1.5S",       "1SS",         "0x1S", "aS", "1:S", "1/S", "S1",
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ns = -7;
		if (lsec_rpc_timeout(cases[i], strlen(cases[i]), &ns) == 0)
			print_message("taken: %s\n", cases[i]);
		assert_int_equal(lsec_rpc_timeout(cases[i], strlen(cases[i]), &ns), -1);
		assert_int_equal(ns, -7);
	}
	int64_t ns = -7;
	assert_int_equal(lsec_rpc_timeout("1S\0", 3, &ns), -1);
	assert_int_equal(lsec_rpc_timeout("1\0", 2, &ns), -1);
	assert_int_equal(lsec_rpc_timeout("12S", 2, &ns), -1); /* `len` counts, not the NUL */
	assert_int_equal(lsec_rpc_timeout("1Sx", 2, &ns), 0);
	assert_true(ns == 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_bad_timeout),
	};
	return cmocka_run_group_tests_name("timeout", tests, NULL, NULL);
}
