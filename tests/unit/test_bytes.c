/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include "base/digest.h"
#include "support.h"

/* A byte that is written and must not be. */
#define UNTOUCHED 0x5a

static void test_canonical_base64(void **state)
{
	(void)state;
	uint8_t bytes[32];
	assert_true(lsec_base64_decode(ZEROS_32, bytes, 32));
	assert_false(lsec_base64_decode(ZEROS_32, bytes, 31));
	assert_false(lsec_base64_decode(ZEROS_32, bytes, 33));
	assert_true(lsec_base64_decode("", bytes, 0));
	/* Trailing bits, missing, misplaced and too much padding, blanks, other alphabets. */
	static const char *const bad[] = {
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-A=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_A=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xc3==",
		"=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(lsec_base64_decode(bad[i], bytes, 32));
		assert_int_equal(lsec_base64_bytes(bad[i]), i == 3 ? 31 : i == 2 ? 33 : 0);
	}
	static const char spread[] = "+/+/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0=";
	assert_true(lsec_base64_decode(spread, bytes, 32));
	assert_int_equal(bytes[0], 0xfb);
	assert_int_equal(bytes[31], 0x1d);
}

/* The text of `size` bytes decodes to them, and to no other number of bytes. */
static void test_base64_sizes(void **state)
{
	(void)state;
	static const size_t large[] = {4095, 4096, 4097, 100000};
	for (size_t i = 0; i < 100 + COUNT(large); i++) {
		size_t size = i < 100 ? i : large[i - 100];
		uint8_t *bytes = malloc(size + 2);
		uint8_t *decoded = malloc(size + 2);
		for (size_t j = 0; j < size; j++)
			bytes[j] = (uint8_t)(j * 37 + size);
		char *text = lsec_base64_encode(bytes, size);
		memset(decoded, UNTOUCHED, size + 2);
		assert_true(lsec_base64_decode(text, decoded, size));
		assert_memory_equal(decoded, bytes, size);
		assert_int_equal(decoded[size], UNTOUCHED);
		assert_int_equal(lsec_base64_bytes(text), size);
		/* One byte more or less has a text of another length, or other padding. */
		assert_false(lsec_base64_decode(text, decoded, size + 1));
		assert_false(size > 0 && lsec_base64_decode(text, decoded, size - 1));
		/* A character less, and one more. */
		char *other = lsec_format("%sA", text);
		assert_false(lsec_base64_decode(other, decoded, size));
		assert_int_equal(lsec_base64_bytes(other), 0);
		other[strlen(text)] = '\0';
		if (size > 0) {
			other[strlen(text) - 1] = '\0';
			assert_false(lsec_base64_decode(other, decoded, size));
			assert_int_equal(lsec_base64_bytes(other), 0);
		}
		free(other);
		free(text);
		free(decoded);
		free(bytes);
	}
}

static void test_base64_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t bytes;
	} cases[] = {
		{"", 0},         {"A", 0},        {"AA", 0},       {"AAA", 0},       {"AAAA", 3},
		{"AAA=", 2},     {"AA==", 1},     {"A===", 0},     {"====", 0},      {"=", 0},
		{"AAAAAAAA", 6}, {"AAAA AAA", 0}, {"AAAAAA==", 4}, {"AA==AAAA", 0},  {"AB==", 0},
		{"AAB=", 0},     {"AAAA====", 0}, {"AAAAAAA", 0},  {"AAAAAAAAA", 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(lsec_base64_bytes(cases[i].text), cases[i].bytes);
}

static void test_hex(void **state)
{
	(void)state;
	uint8_t bytes[5] = {0};
	static const uint8_t want[] = {0x00, 0x9a, 0xfF, 0xA9};
	bytes[4] = UNTOUCHED;
	assert_true(lsec_hex_decode("009afFA9", bytes, 4));
	assert_memory_equal(bytes, want, 4);
	assert_int_equal(bytes[4], UNTOUCHED);
	assert_true(lsec_hex_decode("", bytes, 0));
	static const struct {
		const char *text;
		size_t size;
	} bad[] = {
		{"009afFA9", 3},  {"009afFA9", 5}, {"009afFA", 4},  {"009afFA", 3},
		{"009afFA90", 4}, {"009afFAg", 4}, {"0x9afFA9", 4}, {" 09afFA9", 4},
		{"009afFA ", 4},  {"0", 0},        {"00", 0},       {"", 1},
		{"0", 1},
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(lsec_hex_decode(bad[i].text, bytes, bad[i].size));
	/* Every digit and none beside. */
	for (int c = 1; c < 256; c++) {
		const char text[] = {'1', (char)c, '\0'};
		bool digit =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
		assert_int_equal(lsec_hex_decode(text, bytes, 1), digit);
	}
}

static void test_hex_encode(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {0x00, 0x9a, 0xff, 0x01};
	char *some = lsec_hex_encode(bytes, sizeof(bytes));
	char *none = lsec_hex_encode(bytes, 0);
	assert_string_equal(some, "009aff01");
	assert_string_equal(none, "");
	free(some);
	free(none);
}

static void test_numbers(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 0x88, 9};
	uint8_t written[9];
	memset(written, 9, sizeof(written));
	assert_int_equal(lsec_little_endian(bytes, 8), UINT64_C(0x8807060504030201));
	assert_int_equal(lsec_little_endian(bytes, 3), 0x030201);
	lsec_put_little_endian(UINT64_C(0x8807060504030201), written, 8);
	assert_memory_equal(written, bytes, sizeof(bytes));
	lsec_put_little_endian(0x30201, written, 1);
	assert_memory_equal(written, bytes, sizeof(bytes));
}

static void test_is_zero(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {1, 0, 0, 1};
	assert_true(lsec_is_zero(bytes + 1, 2));
	assert_true(lsec_is_zero(bytes, 0));
	assert_false(lsec_is_zero(bytes, 2));
	assert_false(lsec_is_zero(bytes + 1, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical_base64), cmocka_unit_test(test_base64_sizes),
		cmocka_unit_test(test_base64_bytes),     cmocka_unit_test(test_hex),
		cmocka_unit_test(test_hex_encode),       cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_is_zero),
	};
	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
