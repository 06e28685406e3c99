/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static void test_add(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	char place[] = "place";
	assert_false(lsec_problems_any(&problems));
	assert_int_equal(lsec_problem_add(&problems, place, "found %s %d", "x", 3), -1);
	place[0] = 'P';
	assert_true(lsec_problems_any(&problems));
	assert_false(problems.failed);
	assert_string_equal(problems.items[0].place, "place");
	assert_string_equal(problems.items[0].what, "found x 3");
	assert_int_equal(lsec_problem_add(&problems, "place", "found x 3"),
	                 -1); /* the same again */
	assert_int_equal(problems.count, 1);
	lsec_problem_add(&problems, "place", "found x 4");
	assert_int_equal(problems.count, 2);
	lsec_problems_clear(&problems);
	assert_false(lsec_problems_any(&problems));
	assert_int_equal(problems.count, 0);
	lsec_problems_clear(&problems);
	lsec_problems_clear(NULL);
}

static void test_failed(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_problem_failed(&problems, "file", "cannot %s", "do"), -1);
	assert_true(problems.failed && lsec_problems_any(&problems));
	assert_string_equal(problems.items[0].what, "cannot do");
	lsec_problems_clear(&problems);
	assert_false(problems.failed);
}

static void test_limit(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	for (unsigned i = 0; i < LSEC_MAX_PROBLEMS + 3; i++)
		lsec_problem_add(&problems, "p", "%u", i);
	assert_int_equal(problems.count, LSEC_MAX_PROBLEMS);
	assert_int_equal(problems.omitted, 3);
	assert_string_equal(problems.items[LSEC_MAX_PROBLEMS - 1].what, "63");
	assert_false(problems.failed);
	lsec_problem_failed(&problems, "p", "late");
	assert_true(problems.failed);
	assert_int_equal(problems.omitted, 4);
	lsec_problems_clear(&problems);
	assert_int_equal(problems.omitted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests_name("problems", tests, NULL, NULL);
}
