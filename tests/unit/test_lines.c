/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lines.h"

#include "support.h"

static void add_problems(struct lsec_problems *problems, size_t count)
{
	for (size_t i = 0; i < count; i++)
		lsec_problem_add(problems, "place", "what %zu", i);
}

static void expect_lines(const struct lsec_lines *lines, size_t count, const char *const *texts)
{
	assert_int_equal(lines->count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(lines->of[i], texts[i]);
}

static void test_problems(void **state)
{
	(void)state;
	static const char *const texts[] = {"place: what 0", "place: what 1", "/domain/x: own"};
	struct lsec_problems problems = {0};
	struct lsec_lines lines = {0};
	lsec_lines_of_problems(&lines, &problems);
	expect_lines(&lines, 0, NULL);
	add_problems(&problems, 2);
	lsec_problem_failed(&problems, "/domain/x", "own");
	lsec_lines_of_problems(&lines, &problems);
	expect_lines(&lines, 3, texts); /* failed, but it says why */
	lsec_lines_clear(&lines);
	assert_null(lines.of);
	assert_int_equal(lines.count, 0);
	lsec_problems_clear(&problems);
}

/* Those past the limit are counted in one more line. */
static void test_many_problems(void **state)
{
	(void)state;
	for (size_t more = 0; more < 3; more++) {
		struct lsec_problems problems = {0};
		struct lsec_lines lines = {0};
		add_problems(&problems, LSEC_MAX_PROBLEMS + more);
		lsec_lines_of_problems(&lines, &problems);
		assert_int_equal(lines.count, LSEC_MAX_PROBLEMS + (more > 0));
		cleanup_free char *last =
			more > 0 ? lsec_format("launchsec: %zu more problems are not shown", more)
				 : lsec_format("place: what %d", LSEC_MAX_PROBLEMS - 1);
		assert_string_equal(lines.of[lines.count - 1], last);
		lsec_lines_clear(&lines);
		lsec_problems_clear(&problems);
	}
}

static void test_report(void **state)
{
	(void)state;
	struct lsec_report report = {0};
	struct lsec_lines warnings = {0};
	struct lsec_lines changes = {0};
	lsec_report_added(&report, "/a", "secret", "why");
	lsec_report_set(&report, "/b", "secret", "secret", "because");
	lsec_report_removed(&report, "/c", "secret", "gone");
	lsec_report_warn(&report, "/d", "beware %d", 1);
	lsec_lines_of_warnings(&warnings, &report);
	lsec_lines_of_changes(&changes, &report);
	expect_lines(&warnings, 1, (const char *const[]){"/d: beware 1"});
	expect_lines(&changes, 3,
	             (const char *const[]){"added /a: why", "set /b: because", "removed /c: gone"});
	lsec_lines_clear(&warnings);
	lsec_lines_clear(&changes);
	lsec_report_clear(&report);
}

static void test_join(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_lines lines = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_lines_join(&text, &lines, LSEC_ERROR_LINE);
	assert_int_equal(text.len, 0);
	add_problems(&problems, 1);
	lsec_lines_of_problems(&lines, &problems);
	lsec_lines_join(&text, &lines, LSEC_ERROR_LINE);
	assert_string_equal(text.bytes, "launchsec: error: place: what 0");
	lsec_buffer_clear(&text);
	lsec_lines_of_problems(&lines, &problems); /* adds to those that are there */
	lsec_lines_join(&text, &lines, LSEC_WARNING_LINE);
	assert_string_equal(text.bytes, "launchsec: warning: place: what 0\n"
	                                "launchsec: warning: place: what 0");
	lsec_lines_clear(&lines);
	lsec_problems_clear(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_many_problems),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_join),
	};
	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
