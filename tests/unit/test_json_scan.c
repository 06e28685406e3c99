/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at before JSON is read: what will be built of it, and what nobody reads. */
#include "support.h"

#include <jansson.h>

#include "base/json_scan.h"
#include "launchsec/limits.h"

static size_t count(const json_t *value)
{
	const char *key = NULL;
	json_t *member = NULL;
	size_t values = 1;
	for (size_t i = 0; i < json_array_size(value); i++)
		values += count(json_array_get(value, i));
	json_object_foreach ((json_t *)(uintptr_t)value, key, member)
		values += count(member);
	return values;
}

/* What a text becomes; to be freed. It lies at the end of its memory. */
static char *emptied(const char *text)
{
	size_t len = strlen(text);
	char *bytes = malloc(len == 0 ? 1 : len);
	assert_non_null(bytes);
	memcpy(bytes, text, len);
	lsec_json_empty(bytes, len);
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

static void has(const char *text, size_t values, unsigned depth)
{
	const struct lsec_json_size size = lsec_json_scan(text, strlen(text));
	json_t *root = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_int_equal(size.values, values);
	assert_int_equal(size.depth, depth);
	assert_non_null(root);
	assert_int_equal(count(root), values);
	json_decref(root);
}

static void test_size(void **state)
{
	(void)state;
	has("1", 1, 0);
	has("\"[{,\\\"[[[\"", 1, 0);
	has("{}", 1, 1);
	has("[ \n]", 1, 1);
	has("{\"a\": {}, \"b\": []}", 3, 2);
	has("[[],[[]],[1,2,[3]]]", 9, 3);
	has(" { \"a{\" : [ 1 , \"],[\" , null ] } ", 5, 2);
	has("{\"a\":\"\\\\\",\"b\":\"\\\\\\\"\",\"c\":[]}", 4, 2);
}

/* What is not well-formed has no fewer values than were read in front of the fault. */
static void test_size_of_faults(void **state)
{
	(void)state;
	assert_int_equal(lsec_json_scan("", 0).values, 1);
	assert_int_equal(lsec_json_scan("\"\\", 2).values, 1);
	assert_int_equal(lsec_json_scan("]]]]", 4).depth, 0);
	assert_int_equal(lsec_json_scan("]]][", 4).depth, 1);
	assert_true(lsec_json_scan("[1,[2,[3,", 9).values >= 5);
	assert_int_equal(lsec_json_scan("[[[[[", 5).depth, 5);
	assert_true(lsec_json_scan("[1,2}{,", 7).values >= 2);
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
	/* Both of two, so that the reader sees that there are two. */
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
	stays("{\"metadata\":1,\"spec\":{\"managedFields\":[1]}}");
	stays("{\"a\":\"status\",\"b\":[\"status\",[1]]}");
	stays("[{\"status\":[1]}]");
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
		"[1e5]",
		"[1E400]",
		"[tru]",
		"[nul]",
		"[True]",
		"[nulll]",
		"[\"\\x\"]",
		"[\"\\u12\"]",
		"[\"\\u12g4\"]",
		"[\"\\u0000\"]",
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
	char *digits = repeat('1', 301);
	char *text = lsec_format("{\"status\":[%s]}", digits);
	stays(text);
	free(text);
	free(digits);
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
		assert_int_equal(lsec_json_scan(text, strlen(text)).depth, depth + 1);
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

static void compare(const char *text, unsigned *taken)
{
	json_t *before = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	char *found = emptied(text);
	json_t *after = json_loads(found, JSON_REJECT_DUPLICATES, NULL);
	if (before != NULL) {
		json_t *metadata = json_object_get(before, "metadata");
		json_t *unread[] = {json_object_get(before, "status"),
		                    json_object_get(metadata, "managedFields")};
		assert_int_equal(lsec_json_scan(text, strlen(text)).values, count(before));
		for (size_t i = 0; i < 2; i++) {
			json_object_clear(unread[i]);
			json_array_clear(unread[i]);
		}
		assert_true(json_equal(before, after));
		++*taken;
	} else if (after != NULL) {
		json_t *loose = json_loads(text, 0, NULL); /* a key twice in there */
		assert_non_null(loose);
		json_decref(loose);
	}
	json_decref(before);
	json_decref(after);
	free(found);
}

/* What is well-formed stays so, and is the same but for what is emptied; what is not stays that. */
static void test_against_jansson(void **state)
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
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_size_of_faults),
		cmocka_unit_test(test_emptied),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_against_jansson),
	};
	return cmocka_run_group_tests_name("json_scan", tests, NULL, NULL);
}
