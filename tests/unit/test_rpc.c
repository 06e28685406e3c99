/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/rpc.h"

#include "support.h"

/* What stands for the lines that were cut. */
#define NOTE "(the rest is too long for this client; the log has it)"

static void test_names(void **state)
{
	(void)state;
	static const struct {
		unsigned code;
		const char *name;
	} cases[] = {
		{0, "OK"},
		{3, "INVALID_ARGUMENT"},
		{4, "DEADLINE_EXCEEDED"},
		{5, "NOT_FOUND"},
		{8, "RESOURCE_EXHAUSTED"},
		{12, "UNIMPLEMENTED"},
		{13, "INTERNAL"},
		{1, "UNKNOWN"},
		{99, "UNKNOWN"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(lsec_rpc_code_name((enum lsec_rpc_code)cases[i].code),
		                    cases[i].name);
}

/* The encoded text, with nothing cut; to be freed. */
static char *encoded(const char *text)
{
	struct lsec_buffer ret = {0};
	lsec_rpc_encode_text(&ret, text, SIZE_MAX);
	if (ret.bytes == NULL)
		lsec_buffer_text(&ret, "");
	return lsec_buffer_take(&ret);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The other way, which takes whole escapes of capital digits only; to be freed. */
static char *decoded(const char *text, size_t len)
{
	struct lsec_buffer ret = {0};
	lsec_buffer_text(&ret, "");
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		assert_true(c >= 0x20 && c <= 0x7e);
		if (c == '%') {
			assert_true(len - i > 2);
			int high = hex_digit(text[i + 1]);
			int low = hex_digit(text[i + 2]);
			assert_true(high >= 0 && low >= 0);
			c = (char)(high << 4 | low);
			i += 2;
		}
		lsec_buffer_add(&ret, &c, 1);
	}
	return lsec_buffer_take(&ret);
}

static void test_encode(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"", ""},
		{"plain text, ~ and \"quotes\"", "plain text, ~ and \"quotes\""},
		{" blank ends ", " blank ends "},
		{"100%", "100%25"},
		{"%41", "%2541"},
		{"a\nb", "a%0Ab"},
		{"\n", "%0A"},
		{"\r\t\x1b[0m", "%0D%09%1B[0m"},
		{"\x1f \x7e\x7f\x80", "%1F ~%7F%80"},
		{"gr\xc3\xbc\xc3\x9f", "gr%C3%BC%C3%9F"},
		{"\xff\xfe", "%FF%FE"}, /* not UTF-8 at all */
		{"%%\n\n", "%25%25%0A%0A"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_free char *got = encoded(cases[i][0]);
		assert_string_equal(got, cases[i][1]);
	}
}

/* Every byte that a text can have, alone and all in one. */
static void test_all_bytes(void **state)
{
	(void)state;
	char all[256] = {0};
	for (unsigned i = 1; i < 256; i++) {
		const char one[2] = {(char)i, '\0'};
		all[i - 1] = (char)i;
		cleanup_free char *got = encoded(one);
		bool plain = i >= 0x20 && i <= 0x7e && i != '%';
		assert_int_equal(strlen(got), plain ? 1 : 3);
		cleanup_free char *back = decoded(got, strlen(got));
		assert_string_equal(back, one);
	}
	cleanup_free char *got = encoded(all);
	assert_int_equal(strlen(got), 94 + 3 * (255 - 94));
	cleanup_free char *back = decoded(got, strlen(got));
	assert_string_equal(back, all);
}

/* The bytes of `text` that whole lines fill when `room` encoded bytes are left. */
static size_t whole_lines(const char *text, size_t room)
{
	size_t fits = 0;
	for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++) {
		cleanup_free char *lines = strndup(text, (size_t)(end + 1 - text));
		cleanup_free char *code = encoded(lines);
		if (strlen(code) <= room)
			fits = strlen(lines);
	}
	return fits;
}

static void check_cut(const char *text, size_t full, size_t longest)
{
	cleanup_buffer struct lsec_buffer got = {0};
	lsec_rpc_encode_text(&got, text, longest);
	assert_true(got.len <= longest);
	if (longest < full && longest < strlen(NOTE)) {
		assert_int_equal(got.len, 0);
		return;
	}
	cleanup_free char *back = decoded(got.bytes == NULL ? "" : got.bytes, got.len);
	if (longest >= full) {
		assert_string_equal(back, text);
		return;
	}
	size_t kept = whole_lines(text, longest - strlen(NOTE));
	assert_int_equal(strlen(back), kept + strlen(NOTE));
	assert_memory_equal(back, text, kept);
	assert_string_equal(back + kept, NOTE);
}

/* Whole lines and the note, or all of it, for every length that there is. */
static void test_cut(void **state)
{
	(void)state;
	static const char *const texts[] = {
		("launchsec: error: vmi: must be b, got \"a\"\n"
	         "launchsec: error: /domain/os: 100% gr\xc3\xbcn, \"\x7f\"\n"
	         "\n"
	         "launchsec: error: /domain/x: \x01\x02\x03%%%\xff\n"
	         "launchsec: error: the last line is not ended"),
		"one line without an end that is longer than the note about its being cut, by far",
		("x\nthe first line is short and the second one, without an end, is a good deal longer"),
		"%%%%%%%%%%%%%%%%%%%%%%%%\n%%%%%%%%%%%%%%%%%%%%%%%%\nends with a line end\n",
		"short\nlines\nthat\nthe\nnote\nitself\nis\nlonger\nthan\neach\nof\nthem\n\n\n\n",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		cleanup_free char *code = encoded(texts[i]);
		size_t full = strlen(code);
		for (size_t longest = 0; longest <= full + 2; longest++)
			check_cut(texts[i], full, longest);
	}
}

/* It is added to what is there. */
static void test_buffer(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer ret = {0};
	lsec_buffer_text(&ret, "before ");
	lsec_rpc_encode_text(&ret, "100%", 6);
	assert_string_equal(ret.bytes, "before 100%25");
}

static void test_answer_clear(void **state)
{
	(void)state;
	struct lsec_rpc_answer answer = {0};
	lsec_rpc_answer_clear(&answer);
	lsec_buffer_text(&answer.message, "message");
	lsec_buffer_text(&answer.text, "text");
	lsec_rpc_answer_clear(&answer);
	assert_null(answer.message.bytes);
	assert_null(answer.text.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),     cmocka_unit_test(test_encode),
		cmocka_unit_test(test_all_bytes), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_buffer),    cmocka_unit_test(test_answer_clear),
	};
	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
