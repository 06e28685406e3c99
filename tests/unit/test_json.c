/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "support.h"

static void taken(const char *text)
{
	cleanup_json json_t *root = NULL;
	struct lsec_problems problems = {0};
	if (lsec_json_read(text, strlen(text), 1000, "f", "W", &root, &problems) < 0)
		print_message("not taken: %s\n", text);
	expect_none(&problems);
	assert_true(json_is_object(root));
}

static void not_taken_bytes(const char *text, size_t len, const char *place, const char *why)
{
	cleanup_json json_t *root = NULL;
	struct lsec_problems problems = {0};
	if (lsec_json_read(text, len, 1000, "f", "W", &root, &problems) == 0)
		print_message("taken: %s\n", text);
	assert_null(root);
	expect_problem(&problems, place, why);
}

static void not_taken(const char *text, const char *why)
{
	not_taken_bytes(text, strlen(text), NULL, why);
}

static void test_good(void **state)
{
	(void)state;
	static const char *const good[] = {
		"{}",
		" \t\r\n{ } \n",
		"{\"a\":1}",
		"{\"a\":{\"a\":{\"a\":[]}}}",
		"{\"a\":[{\"b\":1},{\"b\":2}]}",
		"{\"a:b\":\":\",\"c\\\"d:\":\"\\\\\"}",
		"{\"\":\"\"}",
		"{\"a\":-0.5e+10,\"b\":true,\"c\":false,\"d\":null}",
		"{\"\xc3\xa4\":\"\\u00e4\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\"}"};
	for (size_t i = 0; i < COUNT(good); i++)
		taken(good[i]);
}

static void test_bad(void **state)
{
	(void)state;
	static const char *const bad[] = {"x",
	                                  "{",
	                                  "}",
	                                  "{\"a\"}",
	                                  "{\"a\":}",
	                                  "{\"a\":1,}",
	                                  "{,}",
	                                  "{a:1}",
	                                  "{'a':1}",
	                                  "{\"a\":'b'}",
	                                  "{\"a\":1 \"b\":2}",
	                                  "{\"a\":[1,]}",
	                                  "{\"a\":[1 2]}",
	                                  "{} {}",
	                                  "{}x",
	                                  "{}]",
	                                  "{\"a\":tru}",
	                                  "{\"a\":True}",
	                                  "{\"a\":NULL}",
	                                  "{\"a\":nan}",
	                                  "{\"a\":NaN}",
	                                  "{\"a\":Infinity}",
	                                  "{\"a\":-Infinity}",
	                                  "{/* c */}",
	                                  "{}// c",
	                                  "{\"a\":0x10}",
	                                  "{\"a\":+1}",
	                                  "{\"a\":.5}",
	                                  "{\"a\":\"\\x\"}",
	                                  "{\"a\":\"\\u12\"}",
	                                  "{\"a\":\"b}",
	                                  "{\"a\":\"\xff\"}",
	                                  "{\"a\":\"\xc3\"}",
	                                  "{\"a\":\"\xc0\x80\"}",
	                                  "{\"a\":1e}",
	                                  "{\"a\":--1}",
	                                  "{\"a\":-}",
	                                  "\v{}",
	                                  "{}\f",
	                                  "\xef\xbb\xbf{}"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken(bad[i], "found what is not JSON");
}

/* By the letter (RFC 8259), these are no JSON either. */
static void test_by_the_letter(void **state)
{
	(void)state;
	static const char *const bad[] = {"{\"a\":\"b\nc\"}", "{\"a\":\"\x01\"}", "{\"a\":01}",
	                                  "{\"a\":-01}",      "{\"a\":1.}",       "{\"a\":\"\t\"}"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken(bad[i], "found what is not JSON");
}

static void test_what(void **state)
{
	(void)state;
	not_taken_bytes("", 0, "f", "empty document; want W");
	not_taken_bytes("{}\0", 3, "f:1:3", "not JSON");
	not_taken("[]", "found a list; want W");
	not_taken("\"a\"", "not JSON");
	not_taken("null", "not JSON");
	not_taken_bytes("{\n\"a\":1,\n \"b\" 2}", 16, "f:3:6", "not JSON");
	not_taken_bytes("{\n}\n x", 6, "f:3:2", "not JSON");
	not_taken("{\"a\":", "not JSON");
	char *text = repeat(' ', 1001);
	memcpy(text, "{}", 2);
	not_taken_bytes(text, 1001, "f", "1001 bytes; at most 1000");
	text[1000] = '\0';
	taken(text);
	free(text);
}

static void test_same_key_twice(void **state)
{
	(void)state;
	static const char *const bad[] = {"{\"a\":1,\"a\":2}",
	                                  "{\"a\":{\"b\":1,\"b\":1}}",
	                                  "{\"a\":[{\"b\":1,\"b\":1}]}",
	                                  "{\"a\":1,\"\\u0061\":2}",
	                                  "{\"a\":{\"x\":1},\"a\":{}}",
	                                  "{\"a:\":1,\"a:\":\":\"}",
	                                  "{\"a\":[1,[{},{\"\":0,\"\":0}]]}"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken(bad[i], "same key a second time");
}

static char *nested(unsigned depth)
{
	struct lsec_buffer text = {0};
	lsec_buffer_text(&text, "{\"a\":");
	for (unsigned i = 1; i < depth; i++)
		lsec_buffer_text(&text, i % 2 ? "[" : "{\"b\":");
	lsec_buffer_text(&text, "0");
	for (unsigned i = depth - 1; i > 0; i--)
		lsec_buffer_text(&text, i % 2 ? "]" : "}");
	lsec_buffer_text(&text, "}");
	return lsec_buffer_take(&text);
}

static void test_depth(void **state)
{
	(void)state;
	char *text = nested(LSEC_MAX_JSON_DEPTH);
	taken(text);
	free(text);
	text = nested(LSEC_MAX_JSON_DEPTH + 1);
	not_taken(text, "more than 64 deep");
	free(text);
	cleanup_json json_t *root = NULL;
	struct lsec_problems problems = {0};
	text = nested(100000);
	assert_int_equal(lsec_json_read(text, strlen(text), 10000000, "f", "W", &root, &problems),
	                 -1);
	expect_problem(&problems, NULL, "more than 64 deep");
	free(text);
}

/* As many values as are taken, and one more. */
static void test_values(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct lsec_buffer text = {0};
		cleanup_json json_t *root = NULL;
		struct lsec_problems problems = {0};
		lsec_buffer_text(&text, "{\"a\":[0");
		for (size_t i = 3; i < LSEC_MAX_JSON_VALUES + more; i++)
			lsec_buffer_text(&text, ",{}");
		lsec_buffer_text(&text, "]}");
		int status =
			lsec_json_read(text.bytes, text.len, text.len, "f", "W", &root, &problems);
		assert_int_equal(status, more == 0 ? 0 : -1);
		if (more > 0)
			expect_problem(&problems, "f", "15001 values, but the limit is 15000");
		lsec_buffer_clear(&text);
	}
}

static void test_strings(void **state)
{
	(void)state;
	cleanup_json json_t *root = NULL;
	struct lsec_problems problems = {0};
	static const char text[] =
		"{\"b\":\"z\",\"n\":null,\"o\":{},\"l\":[],\"d\":1.5,\"i\":1,\"t\":true}";
	assert_int_equal(lsec_json_read(text, sizeof(text) - 1, 1000, "f", "W", &root, &problems),
	                 0);
	char *value = NULL;
	cleanup_json json_t *with_nul = json_stringn("x\0y", 3);
	assert_int_equal(lsec_json_string(with_nul, "p", &value, &problems), -1);
	assert_null(value);
	expect_problem(&problems, "p", "NUL character");
	/* Elsewhere in a document it is nobody's concern. */
	taken("{\"a\":\"x\\u0000y\",\"n\":18446744073709551615}");
	not_taken("{\"a\\u0000\":1}", "NUL character");
	assert_int_equal(lsec_json_string(lsec_json_member(root, "b"), "p", &value, &problems), 0);
	assert_string_equal(value, "z");
	free(value);
	assert_null(lsec_json_member(root, "n"));
	assert_null(lsec_json_member(root, "missing"));
	assert_null(lsec_json_member(NULL, "a"));
	assert_null(lsec_json_member(lsec_json_member(root, "l"), "a"));
	static const char *const kinds[][2] = {
		{"b", "a string"}, {"n", "null"},     {"o", "an object"}, {"l", "a list"},
		{"d", "a number"}, {"i", "a number"}, {"t", "a boolean"}};
	for (size_t i = 0; i < COUNT(kinds); i++)
		assert_string_equal(lsec_json_kind(lsec_json_member(root, kinds[i][0])),
		                    kinds[i][1]);
}

/* Cut off anywhere, a VMI is refused. */
static void test_truncated(void **state)
{
	(void)state;
	size_t len = 0;
	char *text = read_whole(CAPTURES "native-snp.vmi.json", &len);
	while (text[len - 1] != '}')
		len--;
	for (size_t i = 0; i < len; i++) {
		cleanup_json json_t *root = NULL;
		struct lsec_problems problems = {0};
		char *cut = malloc(i == 0 ? 1 : i);
		assert_non_null(cut);
		memcpy(cut, text, i);
		assert_int_equal(lsec_json_read(cut, i, 100000, "f", "W", &root, &problems), -1);
		assert_int_equal(problems.count, 1);
		assert_false(problems.failed);
		lsec_problems_clear(&problems);
		free(cut);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),           cmocka_unit_test(test_bad),
		cmocka_unit_test(test_by_the_letter),  cmocka_unit_test(test_what),
		cmocka_unit_test(test_same_key_twice), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_strings),        cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
