/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static void test_changes(void **state)
{
	(void)state;
	struct lsec_report report = {0};
	for (unsigned i = 0; i < 100; i++) {
		char place[16];
		snprintf(place, sizeof(place), "/p%u", i);
		lsec_report_set(&report, place, i % 2 ? "old" : NULL, i % 3 ? "new" : NULL, "why");
	}
	assert_int_equal(report.change_count, 100);
	for (unsigned i = 0; i < 100; i++) {
		char place[16];
		snprintf(place, sizeof(place), "/p%u", i);
		const struct lsec_change *change = &report.changes[i];
		assert_string_equal(change->place, place);
		assert_int_equal(change->old_value != NULL, i % 2 != 0);
		assert_int_equal(change->new_value != NULL, i % 3 != 0);
		assert_string_equal(change->reason, "why");
	}
	lsec_report_clear(&report);
	assert_null(report.changes);
	assert_int_equal(report.change_count, 0);
	lsec_report_clear(NULL);
}

static void test_warnings(void **state)
{
	(void)state;
	struct lsec_report report = {0};
	for (unsigned i = 0; i < 40; i++)
		lsec_report_warn(&report, "/w", "no. %u", i);
	assert_int_equal(report.warning_count, 40);
	assert_string_equal(report.warnings[17].what, "no. 17");
	assert_string_equal(report.warnings[39].place, "/w");
	lsec_report_clear(&report);
	assert_int_equal(report.warning_count, 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(lsec_action_name(LSEC_ADDED), "added");
	assert_string_equal(lsec_action_name(LSEC_SET), "set");
	assert_string_equal(lsec_action_name(LSEC_REMOVED), "removed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
