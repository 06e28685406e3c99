/* SPDX-License-Identifier: Apache-2.0 */
/* Diffs are checked by applying them: what comes out must be the new text. */
#include "cli/diff.h"

#include "support.h"

/* Reads a number; false where there is none. */
static bool number(const char **at, size_t *ret)
{
	char *end = NULL;
	if (**at < '0' || **at > '9')
		return false;
	*ret = strtoul(*at, &end, 10);
	*at = end;
	return true;
}

/* "@@ -1,2 +3,4 @@\n", both counts always written. */
static void read_header(const char **at, size_t ret[4])
{
	static const char *const between[] = {"@@ -", ",", " +", ",", " @@\n"};
	for (size_t i = 0; i < 5; i++) {
		assert_memory_equal(*at, between[i], strlen(between[i]));
		*at += strlen(between[i]);
		if (i < 4)
			assert_true(number(at, &ret[i]));
	}
}

static const char *line_end(const char *at)
{
	const char *newline = strchr(at, '\n');
	return newline == NULL ? at + strlen(at) : newline + 1;
}

/* Copies lines of the old text up to line `to` (from 0). */
static void copy_old(struct lsec_buffer *ret, const char **old_text, size_t *line, size_t to)
{
	while (*line < to) {
		const char *end = line_end(*old_text);
		assert_true(end > *old_text);
		lsec_buffer_add(ret, *old_text, (size_t)(end - *old_text));
		*old_text = end;
		(*line)++;
	}
}

/* One hunk, as patch(1) applies it without any fuzz. */
static const char *apply_hunk(struct lsec_buffer *ret, const char *diff, const char **old_text,
                              size_t *line, size_t *new_line)
{
	static const char no_newline[] = "\\ No newline at end of file\n";
	size_t head[4];
	read_header(&diff, head);
	size_t start = head[1] == 0 ? head[0] : head[0] - 1;
	assert_true(start >= *line);
	*new_line += start - *line;
	copy_old(ret, old_text, line, start);
	assert_int_equal(*new_line, head[3] == 0 ? head[2] : head[2] - 1);
	size_t old_count = 0;
	size_t new_count = 0;
	size_t changes = 0;
	while (old_count < head[1] || new_count < head[3]) {
		char sign = *diff++;
		assert_true(sign == ' ' || sign == '-' || sign == '+');
		const char *end = line_end(diff);
		size_t len = (size_t)(end - diff);
		if (strncmp(end, no_newline, strlen(no_newline)) == 0) {
			end += strlen(no_newline);
			len--;
		}
		if (sign != '+') {
			assert_int_equal(line_end(*old_text) - *old_text, len);
			assert_memory_equal(*old_text, diff, len);
			*old_text += len;
			(*line)++;
			old_count++;
		}
		if (sign != '-') {
			lsec_buffer_add(ret, diff, len);
			(*new_line)++;
			new_count++;
		}
		changes += sign != ' ';
		diff = end;
	}
	assert_int_equal(old_count, head[1]);
	assert_int_equal(new_count, head[3]);
	assert_true(changes > 0);
	return diff;
}

static void check(const char *old_text, const char *new_text)
{
	cleanup_buffer struct lsec_buffer diff = {0};
	cleanup_buffer struct lsec_buffer result = {0};
	lsec_diff(&diff, &(struct lsec_diff_side){"before", old_text, strlen(old_text)},
	          &(struct lsec_diff_side){"after", new_text, strlen(new_text)});
	if (strcmp(old_text, new_text) == 0) {
		assert_int_equal(diff.len, 0);
		return;
	}
	static const char names[] = "--- before\n+++ after\n";
	assert_memory_equal(diff.bytes, names, strlen(names));
	const char *at = diff.bytes + strlen(names);
	const char *rest = old_text;
	size_t line = 0;
	size_t new_line = 0;
	assert_true(*at != '\0');
	while (*at != '\0')
		at = apply_hunk(&result, at, &rest, &line, &new_line);
	lsec_buffer_text(&result, rest);
	assert_string_equal(result.bytes, new_text);
}

static void test_exact(void **state)
{
	(void)state;
	static const struct {
		const char *old_text, *new_text, *diff;
	} cases[] = {
		{"", "", ""},
		{"a\n", "a\n", ""},
		{"", "a\n", "--- o\n+++ n\n@@ -0,0 +1,1 @@\n+a\n"},
		{"a\n", "", "--- o\n+++ n\n@@ -1,1 +0,0 @@\n-a\n"},
		/* Not longer than it need be. */
		{"x\n", "y\nx\n", "--- o\n+++ n\n@@ -1,1 +1,2 @@\n+y\n x\n"},
		{"y\nx\n", "x\n", "--- o\n+++ n\n@@ -1,2 +1,1 @@\n-y\n x\n"},
		{"a", "a\n",
	         "--- o\n+++ n\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
	         "--- o\n+++ n\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
		{"1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6",
	         "--- o\n+++ n\n@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+6\n"
	         "\\ No newline at end of file\n"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_buffer struct lsec_buffer diff = {0};
		lsec_buffer_text(&diff, "");
		lsec_diff(
			&diff,
			&(struct lsec_diff_side){"o", cases[i].old_text, strlen(cases[i].old_text)},
			&(struct lsec_diff_side){"n", cases[i].new_text,
		                                 strlen(cases[i].new_text)});
		assert_string_equal(diff.bytes, cases[i].diff);
		check(cases[i].old_text, cases[i].new_text);
	}
}

/* Two hunks where more than twice the context lies between, else one. */
static void test_hunks(void **state)
{
	(void)state;
	for (unsigned between = 0; between < 12; between++) {
		cleanup_buffer struct lsec_buffer old_text = {0};
		cleanup_buffer struct lsec_buffer new_text = {0};
		cleanup_buffer struct lsec_buffer diff = {0};
		lsec_buffer_text(&old_text, "x\n");
		lsec_buffer_text(&new_text, "X\n");
		for (unsigned i = 0; i < between; i++) {
			lsec_buffer_format(&old_text, "%u\n", i);
			lsec_buffer_format(&new_text, "%u\n", i);
		}
		lsec_buffer_text(&old_text, "y\nz\nz\n");
		lsec_buffer_text(&new_text, "Y\nz\nz\n");
		check(old_text.bytes, new_text.bytes);
		lsec_diff(&diff, &(struct lsec_diff_side){"o", old_text.bytes, old_text.len},
		          &(struct lsec_diff_side){"n", new_text.bytes, new_text.len});
		size_t hunks = 0;
		for (const char *at = diff.bytes; (at = strstr(at, "@@ -")) != NULL; at++)
			hunks++;
		assert_int_equal(hunks, between > 6 ? 2 : 1);
	}
}

/* A generator of its own, so that every run is the same everywhere. */
static uint32_t seed = 12345;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void random_text(struct lsec_buffer *ret, size_t lines, uint32_t letters)
{
	lsec_buffer_text(ret, "");
	for (size_t i = 0; i < lines; i++)
		lsec_buffer_format(ret, "%c%s", 'a' + (int)chance(letters),
		                   i + 1 == lines && chance(4) == 0 ? "" : "\n");
}

/* The same text with lines left out, put in and changed. */
static void change_text(struct lsec_buffer *ret, const char *text, uint32_t rarely)
{
	lsec_buffer_text(ret, "");
	while (*text != '\0') {
		const char *end = line_end(text);
		uint32_t what = chance(rarely);
		if (what == 0)
			lsec_buffer_format(ret, "new%u\n", chance(9));
		if (what != 1)
			lsec_buffer_add(ret, text, (size_t)(end - text));
		if (what == 2 && end[-1] == '\n')
			for (uint32_t i = chance(6); i > 0; i--)
				lsec_buffer_format(ret, "%c\n", 'a' + (int)chance(3));
		text = end;
	}
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		cleanup_buffer struct lsec_buffer old_text = {0};
		cleanup_buffer struct lsec_buffer new_text = {0};
		random_text(&old_text, chance(i % 10 == 0 ? 60 : 9), 1 + chance(5));
		if (i % 2 == 0)
			random_text(&new_text, chance(9), 1 + chance(5));
		else
			change_text(&new_text, old_text.bytes, 3 + chance(30));
		check(old_text.bytes, new_text.bytes);
	}
}

/* Beyond the window, and much alike. */
static void test_large(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer old_text = {0};
	cleanup_buffer struct lsec_buffer new_text = {0};
	for (unsigned i = 0; i < 3000; i++) {
		lsec_buffer_format(&old_text, "line %u\n", i);
		if (i < 1000 || i > 1900)
			lsec_buffer_format(&new_text, "line %u\n", i);
	}
	check(old_text.bytes, new_text.bytes);
	check(new_text.bytes, old_text.bytes);
	check("", old_text.bytes);
	check(old_text.bytes, "");
}

static void test_names(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer diff = {0};
	lsec_diff(&diff, &(struct lsec_diff_side){"a b", "", 0},
	          &(struct lsec_diff_side){"c", "x\0y\n", 4});
	assert_int_equal(diff.len, strlen("--- a b\n+++ c\n@@ -0,0 +1,1 @@\n") + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),  cmocka_unit_test(test_hunks),
		cmocka_unit_test(test_random), cmocka_unit_test(test_large),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
