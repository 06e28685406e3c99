/* SPDX-License-Identifier: Apache-2.0 */
#include "input/yaml_edit.h"

#include "support.h"

/* Sets PATH to v in the document DOCUMENT of a text; NULL where that cannot be done. */
static char *edited(const char *text, size_t document, const char *path)
{
	struct lsec_buffer ret = {0};
	cleanup_buffer struct lsec_buffer in = {0};
	const struct lsec_yaml_edit edit = {document, path, "v"};
	lsec_buffer_text(&in, text);
	if (lsec_yaml_set(&in, &edit, &ret) == 0)
		return lsec_buffer_take(&ret);
	assert_null(ret.bytes);
	return NULL;
}

static void test_set(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t document;
		const char *path, *wanted; /* NULL: cannot be set */
	} cases[] = {
		/* A value is replaced, and what follows it on the line stays. */
		{"a: 1 # c\n", 0, "a", "a: v # c\n"},
		{"a: 'x y'\nb: 2\n", 0, "a", "a: v\nb: 2\n"},
		{"a:\nb: 2\n", 0, "a", "a: v\nb: 2\n"},
		{"a: # c\n", 0, "a", "a: v # c\n"},
		{"a: |\n  x\n", 0, "a", NULL},
		{"a:\n  b\n", 0, "a", NULL},
		{"a: {b: 1}\n", 0, "a", NULL},
		/* What lacks comes first below what is there. */
		{"a: 1\n", 0, "b", "b: v\na: 1\n"},
		{"# c\na: 1\n", 0, "b|c", "# c\nb:\n  c: v\na: 1\n"},
		{"a:\n    # c\n    b: 1\n", 0, "a|c", "a:\n    c: v\n    # c\n    b: 1\n"},
		{"a:\n  b: 1", 0, "a|c|d", "a:\n  c:\n    d: v\n  b: 1"},
		{"a:", 0, "a|c", "a:\n  c: v\n"},
		{"a: {} # c\n", 0, "a|b", "a: # c\n  b: v\n"},
		{"a: ~\nb: 1\n", 0, "a|c", "a:\n  c: v\nb: 1\n"},
		{"a: null", 0, "a|c", "a:\n  c: v\n"},
		{"a:\r\n  b: 1\r\n", 0, "a|c", "a:\r\n  c: v\r\n  b: 1\r\n"},
		{"b: 1\r\na:", 0, "a|c", "b: 1\r\na:\r\n  c: v\r\n"},
		{"a: 1\r\nb: 1\n", 0, "c", "c: v\r\na: 1\r\nb: 1\n"},
		/* The document that is meant. */
		{"a: 1\n---\na: 1\n", 1, "a", "a: 1\n---\na: v\n"},
		{"a: 1\n---\na: 1\n", 2, "a", NULL},
		/* A value, a list or flow style in the way; no mapping at all. */
		{"a: 1\n", 0, "a|b", NULL},
		{"a:\n- 1\n", 0, "a|b", NULL},
		{"a: {b: 1}\n", 0, "a|c", NULL},
		{"{a: 1}\n", 0, "b", NULL},
		{"- a\n", 0, "b", NULL},
		{"", 0, "b", NULL},
		{"a: \xff\n", 0, "b", NULL},
		/* Columns are characters, so what stands before has to be ASCII. */
		{"\xc3\xa4: 1\nb: 1 # \xc3\xa4\n", 0, "b", "\xc3\xa4: 1\nb: v # \xc3\xa4\n"},
		{"b: \xc3\xa4\n", 0, "b", NULL},
		{"{\xc3\xa4: 1, b: 1}\n", 0, "b", NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_free char *found = edited(cases[i].text, cases[i].document, cases[i].path);
		assert_int_equal(found == NULL, cases[i].wanted == NULL);
		if (found != NULL)
			assert_string_equal(found, cases[i].wanted);
	}
}

/* Where libyaml sees other line breaks, the result may be wrong, which the caller finds, but all of
 * it is text that was there and the lines that came in. */
static void test_breaks(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"a:\r  b: {}\r  c: 1\r",  "a:\xc2\x85  b: {}\xc2\x85",      "x: 1\ra:\n  b: {}\n",
		"a: 1\r\r\rb:\r  c: ~\n", "a:\xe2\x80\xa8  b:\xe2\x80\xa9",
	};
	static const char *const paths[] = {"a", "a|b", "a|b|c", "b|c|d", "n"};
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t j = 0; j < COUNT(paths); j++) {
			cleanup_free char *found = edited(texts[i], 0, paths[j]);
			assert_true(found == NULL || strchr(found, 'v') != NULL);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_breaks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
