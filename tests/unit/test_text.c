/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static void test_buffer(void **state)
{
	(void)state;
	struct lsec_buffer buffer = {0};
	assert_null(lsec_buffer_take(&buffer));
	lsec_buffer_add(&buffer, NULL, 0);
	assert_string_equal(buffer.bytes, "");
	/* Past every growth, with the NUL always behind. */
	for (size_t i = 1; i <= 5000; i++) {
		lsec_buffer_add(&buffer, "x", 1);
		assert_int_equal(buffer.len, i);
		assert_true(buffer.room > buffer.len);
		assert_int_equal(buffer.bytes[i], '\0');
	}
	lsec_buffer_clear(&buffer);
	assert_null(buffer.bytes);
	/* Just to the end of the room, and one more. */
	for (size_t len = 254; len <= 258; len++) {
		char *text = repeat('y', len);
		lsec_buffer_text(&buffer, text);
		assert_string_equal(buffer.bytes, text);
		free(text);
		lsec_buffer_clear(&buffer);
	}
	lsec_buffer_format(&buffer, "%s-%d", "a", 7);
	lsec_buffer_format(&buffer, "%c", 'z');
	char *taken = lsec_buffer_take(&buffer);
	assert_string_equal(taken, "a-7z");
	assert_null(buffer.bytes);
	free(taken);
}

static void test_steal(void **state)
{
	(void)state;
	char *text = lsec_format("%s=%d", "a", 1);
	char *stolen = lsec_steal(&text);
	assert_null(text);
	assert_string_equal(stolen, "a=1");
	free(stolen);
	assert_null(lsec_steal(&text));
}

static void test_quote(void **state)
{
	(void)state;
	assert_string_equal(lsec_quote("").text, "\"\"");
	assert_string_equal(lsec_quote("a b~").text, "\"a b~\"");
	assert_string_equal(lsec_quote("a\"b\\c").text, "\"a\\\"b\\\\c\"");
	assert_string_equal(lsec_quote("a\nb\x7f\xc3\xa4\t").text,
	                    "\"a\\x0ab\\x7f\\xc3\\xa4\\x09\"");
	assert_string_equal(lsec_quote_bytes("a\0b", 3).text, "\"a\\x00b\"");
	assert_string_equal(lsec_quote_bytes("abc", 2).text, "\"ab\"");
	assert_string_equal(lsec_plain_or_quote(NULL).text, "");
	assert_string_equal(lsec_plain_or_quote("a \"b\"").text, "a \"b\"");
	assert_string_equal(lsec_plain_or_quote("a\n").text, "\"a\\x0a\"");
	/* Every length: one line, whole or shortened, never past its room. */
	for (size_t len = 0; len < 300; len++) {
		const char pieces[] = {'a', '\n', '\xff'};
		for (size_t i = 0; i < COUNT(pieces); i++) {
			char *text = repeat(pieces[i], len);
			struct lsec_quote quote = lsec_quote(text);
			size_t got = strlen(quote.text);
			assert_true(got < 70);
			assert_int_equal(quote.text[0], '"');
			assert_int_equal(quote.text[got - 1], '"');
			assert_null(strchr(quote.text, '\n'));
			bool whole = strstr(quote.text, "...\"") == NULL;
			assert_int_equal(whole, len * (i == 0 ? 1 : 4) <= 62);
			if (whole)
				assert_int_equal(got, len * (i == 0 ? 1 : 4) + 2);
			free(text);
		}
	}
}

static void test_printable(void **state)
{
	(void)state;
	assert_true(lsec_printable(""));
	assert_true(lsec_printable(" a~"));
	assert_false(lsec_printable("a\n"));
	assert_false(lsec_printable("\x7f"));
	assert_false(lsec_printable("\xc3\xa4"));
	assert_false(lsec_printable("a\x1f"));
	char text[] = "\x1f ~\x7f\xc3\xa4\n";
	lsec_make_printable(text);
	assert_string_equal(text, "? ~????");
}

static void test_place(void **state)
{
	(void)state;
	for (size_t len = LSEC_MAX_PLACE - 1; len <= LSEC_MAX_PLACE + 5; len++) {
		char *place = repeat('a', len);
		place[len - (LSEC_MAX_PLACE - 3)] = 'b';
		char *copy = lsec_copy_place(place);
		if (len <= LSEC_MAX_PLACE) {
			assert_string_equal(copy, place);
		} else {
			assert_int_equal(strlen(copy), LSEC_MAX_PLACE);
			assert_memory_equal(copy, "...ba", 5);
		}
		free(copy);
		free(place);
	}
}

static void test_edit_distance(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "abcd", 1},
		{"abc", "bc", 1},
		{"kitten", "sitting", 3},
		{"polcy", "policy", 1},
		{"ab", "ba", 2},
		{"a", "b", 1},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(lsec_edit_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(lsec_edit_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
	char *longest = repeat('a', 40);
	char *longer = repeat('a', 41);
	assert_int_equal(lsec_edit_distance(longest, ""), 40);
	assert_int_equal(lsec_edit_distance(longest, longest), 0);
	assert_int_equal(lsec_edit_distance(longer, longest), 40);
	assert_int_equal(lsec_edit_distance(longest, longer), 40);
	free(longest);
	free(longer);
}

static void test_name_distance(void **state)
{
	(void)state;
	static const struct {
		const char *written, *name;
		size_t distance;
	} cases[] = {
		{"secureBoot", "secureBoot", 0},
		{"secureboot", "secureBoot", 0},
		{"secure-boot", "secureBoot", 0},
		{"secureBot", "secureBoot", 1},
		{"domian", "domain", 1},
		{"sepc", "spec", 1},
		{"secruebot", "secureBoot", SIZE_MAX},
		{"firmwares", "firmware", 1},
		{"ab", "ba", 1},
		{"ab", "cd", SIZE_MAX},
		{"efi", "bios", SIZE_MAX},
		{"uefi", "efi", 1},
		{"tempalet", "template", SIZE_MAX},
		{"tmplate", "template", 1},
		{"", "", SIZE_MAX},
		{"", "a", SIZE_MAX},
		{"-", "a", SIZE_MAX},
		{"a", "", SIZE_MAX},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (lsec_name_distance(cases[i].written, cases[i].name) != cases[i].distance)
			fail_msg("%s, %s: %zu", cases[i].written, cases[i].name,
			         lsec_name_distance(cases[i].written, cases[i].name));
	char *longest = repeat('a', 40);
	char *longer = repeat('a', 41);
	assert_int_equal(lsec_name_distance(longest, longest), 0);
	assert_true(lsec_name_distance(longer, longer) == SIZE_MAX);
	free(longest);
	free(longer);
}

static void test_number(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		uint64_t number;
	} cases[] = {
		{"0", true, 0},
		{"1", true, 1},
		{"10", true, 10},
		{"9", true, 9},
		{"0x0", true, 0},
		{"0x00030000", true, 0x30000},
		{"0X3aF", true, 0x3af},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551614", true, UINT64_MAX - 1},
		{"18446744073709551616", false, 0},
		{"18446744073709551620", false, 0},
		{"99999999999999999999", false, 0},
		{"0xffffffffffffffff", true, UINT64_MAX},
		{"0x0000000ffffffffffffffff", true, UINT64_MAX},
		{"0x10000000000000000", false, 0},
		{"0xfffffffffffffffff", false, 0},
		{"", false, 0},
		{"0x", false, 0},
		{"x1", false, 0},
		{"00", false, 0},
		{"01", false, 0},
		{"010", false, 0},
		{"+1", false, 0},
		{"-1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"1a", false, 0},
		{"0xg", false, 0},
		{"0x 1", false, 0},
		{"1_000", false, 0},
		{"1.0", false, 0},
		{"0b1", false, 0},
		{"/", false, 0},
		{":", false, 0},
		{"0x@", false, 0},
		{"0x`", false, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t number = 4711;
		assert_int_equal(lsec_number(cases[i].text, &number), cases[i].good);
		assert_int_equal(number, cases[i].good ? cases[i].number : 4711);
	}
}

static void test_decimal(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		uint64_t number;
	} cases[] = {
		{"0", true, 0},     {"000", true, 0},
		{"7", true, 7},     {"63", true, 63},
		{"0063", true, 63}, {"64", false, 0},
		{"", false, 0},     {"0x1", false, 0},
		{"00x1", false, 0}, {"1a", false, 0},
		{" 1", false, 0},   {"1 ", false, 0},
		{"-1", false, 0},   {"+1", false, 0},
		{"1.0", false, 0},  {"18446744073709551617", false, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t number = 4711;
		assert_int_equal(lsec_decimal(cases[i].text, 63, &number), cases[i].good);
		assert_int_equal(number, cases[i].good ? cases[i].number : 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buffer),        cmocka_unit_test(test_steal),
		cmocka_unit_test(test_quote),         cmocka_unit_test(test_printable),
		cmocka_unit_test(test_place),         cmocka_unit_test(test_edit_distance),
		cmocka_unit_test(test_name_distance), cmocka_unit_test(test_number),
		cmocka_unit_test(test_decimal),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
