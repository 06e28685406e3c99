/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON that other programs wrote, and writing some. */
#include "base/json.h"

#include "support.h"

/* Reads what has to be an object. */
static int read(const char *bytes, size_t len, size_t longest, struct json_object **ret,
                struct lsec_problems *problems)
{
	const struct lsec_json_text text = {bytes, len,  longest, "f", "W", json_type_object,
	                                    false, false};
	return lsec_json_read(&text, ret, problems);
}

static void taken(const char *text)
{
	cleanup_json struct json_object *root = NULL;
	struct lsec_problems problems = {0};
	if (read(text, strlen(text), 1000, &root, &problems) < 0)
		print_message("not taken: %s\n", text);
	expect_none(&problems);
	assert_true(json_object_is_type(root, json_type_object));
}

static void not_taken_bytes(const char *text, size_t len, const char *place, const char *why)
{
	cleanup_json struct json_object *root = NULL;
	struct lsec_problems problems = {0};
	if (read(text, len, 1000, &root, &problems) == 0)
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
		not_taken(bad[i], "invalid JSON: ");
}

/* By the letter (RFC 8259), these are no JSON either. */
static void test_by_the_letter(void **state)
{
	(void)state;
	static const char *const bad[] = {"{\"a\":\"b\nc\"}", "{\"a\":\"\x01\"}", "{\"a\":01}",
	                                  "{\"a\":-01}",      "{\"a\":1.}",       "{\"a\":\"\t\"}"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken(bad[i], "invalid JSON: ");
}

static void test_what(void **state)
{
	(void)state;
	not_taken_bytes("", 0, "f", "is empty; must be W");
	not_taken_bytes("{}\0", 3, "f:1:3", "invalid JSON: ");
	not_taken("[]", "is a list; must be W");
	not_taken("\"a\"", "is a string; must be W");
	not_taken("null", "is null; must be W");
	not_taken(" -1.5 ", "is a number; must be W");
	not_taken("17", "is a number; must be W");
	not_taken_bytes("{\n\"a\":1,\n \"b\" 2}", 16, "f:3:6", "invalid JSON: ");
	not_taken_bytes("{\n}\n x", 6, "f:3:2", "invalid JSON: ");
	not_taken("{\"a\":", "invalid JSON: ");
	char *text = repeat(' ', 1001);
	memcpy(text, "{}", 2);
	not_taken_bytes(text, 1001, "f", "1001 bytes, but the limit is 1000");
	text[1000] = '\0';
	taken(text);
	free(text);
}

/* The last of them is there, also where one is written otherwise, and the caller is told. */
static void test_same_key_twice(void **state)
{
	(void)state;
	static const char *const texts[] = {"{\"a\":1,\"a\":2}", "{\"a\":[],\"b\":3,\"\\u0061\":2}",
	                                    "{\"a\":2,\"b\":{\"a\":1,\"a\":3}}",
	                                    "{\"a\":{\"b\":1},\"a\":2,\"A\":5}"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		cleanup_json struct json_object *root = NULL;
		struct lsec_problems problems = {0};
		assert_int_equal(read(texts[i], strlen(texts[i]), 1000, &root, &problems), 1);
		assert_int_equal(json_object_get_int(lsec_json_member(root, "a")), 2);
	}
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
	not_taken(text, "lists and objects nested more than 64 deep");
	free(text);
	cleanup_json struct json_object *root = NULL;
	struct lsec_problems problems = {0};
	text = nested(100000);
	assert_int_equal(read(text, strlen(text), 10000000, &root, &problems), -1);
	expect_problem(&problems, NULL, "lists and objects nested more than 64 deep");
	free(text);
}

/* As many values as are taken, and one more. */
static void test_values(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct lsec_buffer text = {0};
		cleanup_json struct json_object *root = NULL;
		struct lsec_problems problems = {0};
		lsec_buffer_text(&text, "{\"a\":[0");
		for (size_t i = 3; i < LSEC_MAX_JSON_VALUES + more; i++)
			lsec_buffer_text(&text, ",{}");
		lsec_buffer_text(&text, "]}");
		int status = read(text.bytes, text.len, text.len, &root, &problems);
		assert_int_equal(status, more == 0 ? 0 : -1);
		if (more > 0)
			expect_problem(&problems, "f", "15001 values, but the limit is 15000");
		lsec_buffer_clear(&text);
	}
}

static void test_strings(void **state)
{
	(void)state;
	cleanup_json struct json_object *root = NULL;
	struct lsec_problems problems = {0};
	static const char text[] =
		"{\"b\":\"z\",\"n\":null,\"o\":{},\"l\":[],\"d\":1.5,\"i\":1,\"t\":true}";
	assert_int_equal(read(text, sizeof(text) - 1, 1000, &root, &problems), 0);
	char *value = NULL;
	cleanup_json struct json_object *with_nul = lsec_json_new_bytes("x\0y", 3);
	assert_int_equal(lsec_json_string(with_nul, "p", &value, &problems), -1);
	assert_null(value);
	expect_problem(&problems, "p", "the value contains a NUL character");
	/* Elsewhere in a document it is nobody's concern. */
	taken("{\"a\":\"x\\u0000y\",\"n\":18446744073709551615}");
	not_taken("{\"a\\u0000\":1}", "a key contains a NUL character");
	not_taken("{\"\\u0000\":1}", "a key contains a NUL character");
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
		cleanup_json struct json_object *root = NULL;
		struct lsec_problems problems = {0};
		char *cut = malloc(i == 0 ? 1 : i);
		assert_non_null(cut);
		memcpy(cut, text, i);
		assert_int_equal(read(cut, i, 100000, &root, &problems), -1);
		assert_int_equal(problems.count, 1);
		assert_false(problems.failed);
		lsec_problems_clear(&problems);
		free(cut);
	}
	free(text);
}

/* What json-c has no type for, or an own opinion on. */
static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double number;
	} numbers[] = {
		{"0", 0},
		{"-0", 0},
		{"1e5", 1e5},
		{"1.5E+3", 1500},
		{"-0.25e-0", -0.25},
		{"9223372036854775807", 9223372036854775807.0},
		{"-9223372036854775808", -9223372036854775808.0},
		{"18446744073709551615", 18446744073709551615.0},
	};
	static const char *const huge[] = {"18446744073709551616", "1e400", "-1e400",
	                                   "99999999999999999999999999999999999999"};
	for (size_t i = 0; i < COUNT(numbers); i++) {
		cleanup_json struct json_object *root = NULL;
		cleanup_free char *text = lsec_format("{\"a\":%s}", numbers[i].text);
		struct lsec_problems problems = {0};
		assert_int_equal(read(text, strlen(text), 1000, &root, &problems), 0);
		const struct json_object *number = lsec_json_member(root, "a");
		assert_true(json_object_get_double(number) == numbers[i].number);
		assert_string_equal(lsec_json_kind(number), "a number");
	}
	for (size_t i = 0; i < COUNT(huge); i++) {
		cleanup_free char *text = lsec_format("{\"a\":%s}", huge[i]);
		taken(text);
	}
}

/* Characters of all lengths, as they are and escaped. */
static void test_characters(void **state)
{
	(void)state;
	static const char text[] = "{\"\xc3\xa4\":\"\xf0\x9f\x98\x80\xe2\x80\xa8\x7f\","
				   "\"b\":\"\\ud83d\\ude00\\u2028\\u007f\"}";
	cleanup_json struct json_object *root = NULL;
	struct lsec_problems problems = {0};
	assert_int_equal(read(text, strlen(text), 1000, &root, &problems), 0);
	assert_string_equal(lsec_json_text(lsec_json_member(root, "\xc3\xa4")),
	                    lsec_json_text(lsec_json_member(root, "b")));
}

static void test_written(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer line = {0};
	cleanup_buffer struct lsec_buffer lines = {0};
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *list = lsec_json_new_list();
	lsec_json_add(root, "list", list);
	lsec_json_add(root, "none", lsec_json_new_list());
	lsec_json_add(root, "empty", lsec_json_new_object());
	lsec_json_add_text(root, "text", "a/b \"\xc3\xa4\"\n\x01");
	lsec_json_add_text(root, "null", NULL);
	lsec_json_append(list, lsec_json_new_number(INT64_MIN));
	lsec_json_append(list, lsec_json_new_decimal(1.0 / 3));
	lsec_json_append(list, lsec_json_new_boolean(true));
	lsec_json_write(&line, root);
	assert_string_equal(
		line.bytes,
		"{\"list\":[-9223372036854775808,0.333333,true],\"none\":[],\"empty\":{},"
		"\"text\":\"a/b \\\"\xc3\xa4\\\"\\n\\u0001\",\"null\":null}");
	lsec_json_print(&lines, root);
	assert_string_equal(
		lines.bytes,
		"{\n  \"list\": [\n    -9223372036854775808,\n    0.333333,\n    true\n  ],\n"
		"  \"none\": [],\n  \"empty\": {},\n"
		"  \"text\": \"a/b \\\"\xc3\xa4\\\"\\n\\u0001\",\n  \"null\": null\n}\n");
	assert_int_equal(lsec_json_values(root), 9);
}

/* Invalid UTF-8 never goes out. */
/* Keys with dots are joined by another character. */
static void test_paths(void **state)
{
	(void)state;
	cleanup_json struct json_object *root = lsec_json_new_object();
	lsec_json_put_at(root, "a|b.c|d", '|', lsec_json_new_number(1));
	lsec_json_put_at(root, "a|n", '|', NULL);
	lsec_json_put_at(root, "a|n|e", '|', lsec_json_new_number(2));
	lsec_json_put_at(root, "top", '.', lsec_json_new_text("x"));
	assert_int_equal(json_object_get_int64(lsec_json_at(root, "a|b.c|d", '|')), 1);
	assert_int_equal(json_object_get_int64(lsec_json_at(root, "a.n.e", '.')), 2);
	assert_string_equal(lsec_json_text(lsec_json_at(root, "top", '.')), "x");
	assert_null(lsec_json_at(root, "a.b.c.d", '.'));
	assert_null(lsec_json_at(root, "top.below", '.'));
	assert_null(lsec_json_at(root, "a|b.c|d|below", '|'));
	assert_null(lsec_json_at(NULL, "a", '.'));

	/* What is in the way stays. */
	lsec_json_put_at(root, "top.below", '.', lsec_json_new_number(3));
	lsec_json_put_at(root, "a.n", '.', lsec_json_new_number(4));
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_json_write(&text, root);
	assert_string_equal(text.bytes, "{\"a\":{\"b.c\":{\"d\":1},\"n\":4},\"top\":\"x\"}");
}

static void test_no_utf8(void **state)
{
	(void)state;
	cleanup_json struct json_object *text = lsec_json_new_text("a\xff\xc3\xa4");
	assert_string_equal(lsec_json_text(text), "a???");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),           cmocka_unit_test(test_bad),
		cmocka_unit_test(test_by_the_letter),  cmocka_unit_test(test_what),
		cmocka_unit_test(test_same_key_twice), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_strings),        cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_values),         cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_characters),     cmocka_unit_test(test_written),
		cmocka_unit_test(test_no_utf8),        cmocka_unit_test(test_paths),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
