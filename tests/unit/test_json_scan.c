/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at before JSON is read: what will be built of it, and what nobody reads. */
#include "support.h"

#include "base/json.h"
#include "base/json_scan.h"
#include "launchsec/limits.h"

static const struct lsec_json_path paths[] = {
	{{"status"}}, {{"metadata", "managedFields"}}, {{"spec", "domain", "devices"}}, {{NULL}}};

/* What a text becomes; to be freed. It lies at the end of its memory. */
static char *emptied(const char *text)
{
	size_t len = strlen(text);
	char *bytes = malloc(len == 0 ? 1 : len);
	assert_non_null(bytes);
	memcpy(bytes, text, len);
	lsec_json_empty(bytes, len, paths);
	char *ret = strndup(bytes, len);
	assert_non_null(ret);
	free(bytes);
	return ret;
}

static void becomes(const char *text, const char *want)
{
	char *found = emptied(text);
	assert_string_equal(found, want);
	free(found);
}

static void stays(const char *text)
{
	becomes(text, text);
}

static void has(const char *text, size_t values)
{
	const struct lsec_json_scan scan = lsec_json_scan(text, strlen(text));
	json_object *root = json_tokener_parse(text);
	assert_null(scan.fault);
	assert_int_equal(scan.at, strlen(text));
	assert_int_equal(scan.values, values);
	assert_int_equal(lsec_json_values(root), values);
	json_object_put(root);
}

static void test_size(void **state)
{
	(void)state;
	has("1", 1);
	has("\"[{,\\\"[[[\"", 1);
	has("{}", 1);
	has("[ \n]", 1);
	has("{\"a\": {}, \"b\": []}", 3);
	has("[[],[[]],[1,2,[3]]]", 9);
	has(" { \"a{\" : [ 1 , \"],[\" , null ] } ", 5);
	has("{\"a\":\"\\\\\",\"b\":\"\\\\\\\"\",\"c\":[]}", 4);
}

static void faulty(const char *text, size_t len, size_t at, const char *fault)
{
	const struct lsec_json_scan scan = lsec_json_scan(text, len);
	assert_non_null(scan.fault);
	expect_contains(scan.fault, fault);
	assert_int_equal(scan.at, at);
}

/* Each fault with its place. */
static void test_places(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t at;
		const char *fault;
	} faults[] = {
		{"", 0, "expected a value"},
		{" \n", 2, "expected a value"},
		{"[1,]", 3, "expected a value"},
		{"[,1]", 1, "expected a value"},
		{"tru", 0, "expected a value"},
		{"]]]]", 0, "expected a value"},
		{"[[[[[", 5, "expected a value"},
		{"\"\\", 1, "unknown escape"},
		{"[\"a", 1, "unterminated string"},
		{"[\"\\x\"]", 2, "unknown escape"},
		{"[\"\\u12g4\"]", 2, "unknown escape"},
		{"[\"a\\ud83d\"]", 3, "incomplete surrogate pair"},
		{"[\"a\\ud83d\\u0041\"]", 3, "incomplete surrogate pair"},
		{"[\"a\\ude00\\ud83d\"]", 3, "incomplete surrogate pair"},
		{"[\"a\x1f\"]", 3, "control character or invalid UTF-8"},
		{"[\"a\x80\"]", 3, "control character or invalid UTF-8"},
		{"{\"a\\u0000b\":1}", 3, "a key contains a NUL character"},
		{"{a:1}", 1, "expected a key in double quotes"},
		{"{'a':1}", 1, "expected a key in double quotes"},
		{"{\"a\":1,}", 7, "expected a key in double quotes"},
		{"{\"a\" 1}", 5, "expected a colon"},
		{"{\"a\":1;", 6, "expected , or }"},
		{"[1,2}{,", 4, "expected , or ]"},
		{"[01]", 2, "expected , or ]"},
		{"[1.]", 3, "number without digits"},
		{"[1e+]", 4, "number without digits"},
		{"[-]", 2, "number without digits"},
		{"{}{}", 2, "text after the document"},
		{"1 2", 2, "text after the document"},
	};
	for (size_t i = 0; i < COUNT(faults); i++)
		faulty(faults[i].text, strlen(faults[i].text), faults[i].at, faults[i].fault);
	faulty("{}\0", 3, 2, "text after the document");
	faulty("[1\0]", 4, 2, "expected , or ]");
	faulty("[\"\0\"]", 5, 2, "control character");
}

static void test_emptied(void **state)
{
	(void)state;
	becomes("{\"status\":{\"a\":[1]}}", "{\"status\":{       }}");
	becomes("{\"status\":[[],{}],\"spec\":{\"status\":{\"a\":1}}}",
	        "{\"status\":[     ],\"spec\":{\"status\":{\"a\":1}}}");
	becomes("{\"metadata\" : {\"managedFields\"\n:\t[\n{\"a\":\n{}}\r\n] } }",
	        "{\"metadata\" : {\"managedFields\"\n:\t[\n     \n    \n] } }");
	becomes("{\"metadata\":{\"a\":{},\"managedFields\":[1],\"b\":1},\"status\":[2]}",
	        "{\"metadata\":{\"a\":{},\"managedFields\":[ ],\"b\":1},\"status\":[ ]}");
	becomes("{\"status\":{\"a\":\"}\\\"]\\u00e9\xc3\xa9\"}}",
	        "{\"status\":{                  }}");
	becomes("{\"status\":[-0.25,0,true,false,null,1234567890,\"\"]}",
	        "{\"status\":[                                     ]}");
	becomes("{\"status\":[1E400,-1e-5,\"\\u0000\\ud83d\\ude00\"]}",
	        "{\"status\":[                                ]}");
	becomes("{\"spec\":{\"a\":[{}],\"domain\":{\"a\":{},\"devices\":{\"a\":[]},\"b\":[1]},\"c\":[1]}}",
	        "{\"spec\":{\"a\":[{}],\"domain\":{\"a\":{},\"devices\":{      },\"b\":[1]},\"c\":[1]}}");
	/* Both of two. */
	becomes("{\"status\":[1],\"status\":[1]}", "{\"status\":[ ],\"status\":[ ]}");
	becomes("{\"metadata\":{\"managedFields\":[1]},\"metadata\":{\"managedFields\":[1]}}",
	        "{\"metadata\":{\"managedFields\":[ ]},\"metadata\":{\"managedFields\":[ ]}}");
}

static void test_elsewhere(void **state)
{
	(void)state;
	stays("");
	stays("{");
	stays("{\"status\"");
	stays("{\"status\":");
	stays("{\"status\":1,\"metadata\":{\"managedFields\":\"[1]\"}}");
	stays("{\"Status\":[1],\"status2\":[1],\"statu\":[1]}");
	stays("{\"spec\":{\"managedFields\":[1],\"status\":[1]},\"managedFields\":[1]}");
	stays("{\"metadata\":{\"a\":{\"managedFields\":[1]},\"status\":[1]}}");
	stays("{\"metadata\":[{\"managedFields\":[1]}]}");
	stays("{\"spec\":{\"domain\":[{\"devices\":[1]}],\"devices\":[1]},\"domain\":{\"devices\":[1]}}");
	stays("{\"spec\":{\"domain\":{\"a\":{\"devices\":[1]}}}}");
	stays("{\"a\":{\"spec\":{\"domain\":{\"devices\":[1]}}}}");
	stays("{\"spec\":{\"domain\":{}},\"a\":[{\"devices\":[1]}],\"b\":{\"a\":{\"devices\":[1]}}}");
	stays("{\"metadata\":1,\"spec\":{\"managedFields\":[1]}}");
	stays("{\"a\":\"status\",\"b\":[\"status\",[1]]}");
	stays("[{\"status\":[1]}]");
	stays("[{\"status\":1},[2]]");
	stays("[\"metadata\",{\"managedFields\":[1]}]");
	stays("{\"st\\u0061tus\":[1]}");
	stays("{\"spec\":{\"template\":{\"status\":[1],\"metadata\":{\"managedFields\":[1]}}}}");
}

/* Faults stay, for the reader; so does what it may refuse for being too large, or half of a
 * character. */
static void test_faults(void **state)
{
	(void)state;
	static const char *const faults[] = {
		"[1",
		"[",
		"[1}",
		"{1]",
		"[,1]",
		"[1,]",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{1:2}",
		"{\"a\" 1}",
		"[01]",
		"[1.]",
		"[.5]",
		"[+1]",
		"[-]",
		"[--1]",
		"[tru]",
		"[nul]",
		"[True]",
		"[nulll]",
		"[\"\\x\"]",
		"[\"\\u12\"]",
		"[\"\\u12g4\"]",
		"[\"\\ud800\"]",
		"[\"\\uDC00\"]",
		"[\"\x01\"]",
		"[\"\n\"]",
		"[\"\xff\"]",
		"[\"\xc3\"]",
		"[\"\xc0\x80\"]",
		"[\"\xed\xa0\x80\"]",
		"[\"\xf4\x90\x80\x80\"]",
		"[\"\xe2\x82\"]",
		"[\"\xf0\x9f\x98\"]",
		"[\"a]",
		"['a']",
		"[\xc2\xa0]",
		"[\v]",
		"{\"a\":[}]",
	};
	static const char *const good[] = {
		"[\"\\ud7ff\\uE000\"]",
		"[\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\xc2\x80\xe0\xa0\x80\"]",
		"[\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"]",
		"[-0]",
		"[0.0]",
		"{\"\":{}}",
		"[[[]]]",
	};
	for (size_t i = 0; i < COUNT(faults); i++) {
		char *text = lsec_format("{\"status\":%s}", faults[i]);
		stays(text);
		free(text);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		char *text = lsec_format("{\"status\":%s}", good[i]);
		char *found = emptied(text);
		assert_null(strpbrk(strchr(found, ':'), "0\\\"a"));
		free(found);
		free(text);
	}
}

/* As deep as readers go, and one deeper. */
static void test_depth(void **state)
{
	(void)state;
	for (size_t depth = LSEC_MAX_JSON_DEPTH - 1; depth <= LSEC_MAX_JSON_DEPTH + 1; depth++) {
		char *open = repeat('[', depth);
		char *close = repeat(']', depth);
		char *text = lsec_format("{\"status\":%s%s}", open, close);
		char *found = emptied(text);
		assert_int_equal(strcmp(found, text) == 0, depth > LSEC_MAX_JSON_DEPTH);
		assert_int_equal(lsec_json_scan(text, strlen(text)).fault == NULL,
		                 depth < LSEC_MAX_JSON_DEPTH);
		free(found);
		free(text);
		free(open);
		free(close);
	}
}

static uint32_t seed = 1;

static unsigned pick(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

/* A value, of which all that a VMI has and more may be made. */
static void add_value(struct lsec_buffer *text, unsigned depth)
{
	static const char *const scalars[] = {"1",    "-0.5",       "null",         "true",
	                                      "\"\"", "\"status\"", "\"]}\\\"[{\"", " false\n"};
	static const char *const keys[] = {"status", "metadata", "managedFields", "a", "\\u0061"};
	unsigned kind = depth == 0 ? 0 : pick(depth > 3 ? 2 : 4);
	if (depth > 0 && kind > 1) {
		lsec_buffer_text(text, scalars[pick(COUNT(scalars))]);
		return;
	}
	unsigned members = pick(4);
	lsec_buffer_text(text, kind == 0 ? "{" : "[ ");
	for (unsigned i = 0; i < members; i++) {
		lsec_buffer_text(text, i == 0 ? "" : ",");
		if (kind == 0)
			lsec_buffer_format(text, "\"%s\": ", keys[pick(COUNT(keys))]);
		if (depth < 5)
			add_value(text, depth + 1);
		else
			lsec_buffer_text(text, "0");
	}
	lsec_buffer_text(text, kind == 0 ? "\n}" : "]");
}

/* As the scan has it, and as json-c does where it is not well-formed to that. */
static struct json_object *parsed(const char *text)
{
	const struct lsec_json_text read = {
		.bytes = text,
		.len = strlen(text),
		.longest = strlen(text),
		.name = "f",
		.what = "W",
		.type = json_type_object,
	};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct json_object *root = NULL;
	if (lsec_json_read(&read, &root, &problems) < 0)
		assert_int_equal(problems.count, 1);
	assert_false(problems.failed); /* json-c reads all that the scan takes */
	return root;
}

static void compare(const char *text, unsigned *taken)
{
	struct json_object *before = parsed(text);
	char *found = emptied(text);
	struct json_object *after = parsed(found);
	assert_int_equal(before == NULL, after == NULL);
	if (before != NULL) {
		struct json_object *metadata = lsec_json_member(before, "metadata");
		struct json_object *unread[] = {lsec_json_member(before, "status"),
		                                lsec_json_member(metadata, "managedFields")};
		for (size_t i = 0; i < 2; i++) {
			struct json_object *empty = json_object_is_type(unread[i], json_type_array)
			                                    ? lsec_json_new_list()
			                                    : lsec_json_new_object();
			if (lsec_json_count(unread[i]) > 0 || lsec_json_first(unread[i]) != NULL)
				lsec_json_add(i == 0 ? before : metadata,
				              i == 0 ? "status" : "managedFields", empty);
			else
				json_object_put(empty);
		}
		assert_true(json_object_equal(before, after));
		++*taken;
	}
	json_object_put(before);
	json_object_put(after);
	free(found);
}

/* What is well-formed stays so, and is the same but for what is emptied; what is not stays that. */
static void test_against_json_c(void **state)
{
	(void)state;
	static const char bytes[] = "{}[]:,\"\\0 1ae.-\n\x80";
	unsigned good = 0;
	unsigned spoilt = 0;
	for (unsigned run = 0; run < 20000; run++) {
		struct lsec_buffer text = {0};
		add_value(&text, 0);
		compare(text.bytes, &good);
		for (unsigned i = 0; i < 5; i++) {
			text.bytes[pick((unsigned)text.len)] = bytes[pick(sizeof(bytes) - 1)];
			compare(text.bytes, &spoilt);
		}
		lsec_buffer_clear(&text);
	}
	assert_true(good > 5000);
	assert_true(spoilt > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),           cmocka_unit_test(test_places),
		cmocka_unit_test(test_emptied),        cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_faults),         cmocka_unit_test(test_depth),
		cmocka_unit_test(test_against_json_c),
	};
	return cmocka_run_group_tests_name("json_scan", tests, NULL, NULL);
}
