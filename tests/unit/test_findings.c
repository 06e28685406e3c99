/* SPDX-License-Identifier: Apache-2.0 */
/* What counts of findings, what is ignored, and where each is. */
#include "base/json.h"
#include "input/vmi.h"
#include "lint/ignore.h"
#include "lint/rules.h"
#include "support.h"

static void add(struct lsec_findings *findings, enum lsec_severity severity, const char *rule,
                const char *place)
{
	lsec_findings_add(findings, (struct lsec_finding){.severity = severity,
	                                                  .rule = rule,
	                                                  .place = lsec_strdup(place),
	                                                  .what = lsec_strdup("x")});
}

static void counts(const struct lsec_findings *findings, size_t errors, size_t warnings,
                   size_t ignored)
{
	assert_int_equal(findings->errors, errors);
	assert_int_equal(findings->warnings, warnings);
	assert_int_equal(findings->ignored, ignored);
}

static void test_settled(void **state)
{
	(void)state;
	struct lsec_findings findings = {0};
	lsec_findings_ignore(&findings, "efi", "");
	lsec_findings_ignore(&findings, "efi", "a reason");
	add(&findings, LSEC_SEVERITY_ERROR, "tpm", "a");
	add(&findings, LSEC_SEVERITY_WARNING, "smm", "a"); /* after an error */
	add(&findings, LSEC_SEVERITY_ERROR, "efi", "b");
	add(&findings, LSEC_SEVERITY_WARNING, "smm", "b"); /* after one that does not count */
	add(&findings, LSEC_SEVERITY_WARNING, "efi", "c");
	counts(&findings, 1, 1, 2);
	assert_int_equal(findings.count, 4);
	assert_null(findings.of[0].ignored);
	assert_string_equal(findings.of[1].ignored, "a reason");
	lsec_findings_clear(&findings);
}

/* Ignored ones take no room from those that count. */
static void test_limit(void **state)
{
	(void)state;
	struct lsec_findings findings = {0};
	struct lsec_problems problems = {0};
	lsec_findings_ignore(&findings, "efi", "");
	for (size_t i = 0; i < 2 * LSEC_MAX_PROBLEMS; i++)
		add(&findings, LSEC_SEVERITY_ERROR, "efi", "a");
	for (size_t i = 0; i < LSEC_MAX_PROBLEMS + 3; i++)
		lsec_problem_add(&problems, "b", "%zu", i);
	lsec_findings_take(&findings, "efi", &problems);
	counts(&findings, 0, 0, (size_t)3 * LSEC_MAX_PROBLEMS + 3);
	assert_int_equal(findings.count, LSEC_MAX_PROBLEMS);
	assert_int_equal(findings.omitted, 0);
	lsec_findings_take(&findings, "tpm", &problems);
	counts(&findings, LSEC_MAX_PROBLEMS + 3, 0, (size_t)3 * LSEC_MAX_PROBLEMS + 3);
	assert_int_equal(findings.count, 2 * LSEC_MAX_PROBLEMS);
	assert_int_equal(findings.omitted, 3);
	lsec_problems_clear(&problems);
	lsec_findings_clear(&findings);
}

static void test_names(void **state)
{
	(void)state;
	struct lsec_rule_name names[LSEC_MOST_RULES];
	size_t count = lsec_rule_names(names);
	assert_true(count < LSEC_MOST_RULES);
	for (size_t i = 0; i < count; i++) {
		struct lsec_problems problems = {0};
		assert_ptr_equal(lsec_rule_find(names[i].id, "x", &problems), names[i].id);
		expect_none(&problems);
	}
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++) {
		struct lsec_problems problems = {0};
		assert_non_null(lsec_rule_find(rule->id, "x", &problems));
	}
	struct lsec_problems problems = {0};
	cleanup_free char *longest = repeat('e', 5000);
	assert_null(lsec_rule_find(longest, "x", &problems));
	expect_problem(&problems, "x", "unknown rule");
}

#define VM                                                                                         \
	"kind: VirtualMachine\nmetadata:\n  annotations:\n    a/b: x\n    c.d: null\nspec:\n"      \
	"  template:\n    metadata: {annotations: {a/b: y, a/e: z}}\n    spec:\n      a.b: [1, "   \
	"{c: 2}]\n      a: {b: 3}\n"

static void test_places(void **state)
{
	(void)state;
	static const struct {
		const char *place;
		size_t line, column;
	} cases[] = {
		{"x", 1, 1},
		{"", 1, 1},
		{"spec", 6, 1},
		{"spec.template.spec", 9, 5},
		{"spec.template.spec.a.b", 10, 7}, /* the longest key */
		{"spec.template.spec.a.b[1].c", 10, 17},
		{"spec.template.spec.a.b[1].c.more", 10, 17},
		{"spec.template.spec.a.b[0]", 10, 13},
		{"spec.template.spec.a.b[7].c", 10, 7},
		{"spec.template.spec.a.b[", 10, 7},
		{"spec.template.spec.a.b[x]", 10, 7},
		{"spec.template.spec.a.b[99999999999999999999999]", 10, 7},
		{"spec.template.spec.a", 11, 7},
		{"spec.template.spec.absent.b", 9, 5},
		{"specs", 1, 1},
		{"metadata.annotations.c.d", 3, 3}, /* null */
		{"a/b", 8, 30},                     /* where it belongs, before elsewhere */
		{"a/b:2:3", 8, 30},
		{"\"a/b\"", 8, 30},
		{"a/e[0][1].x", 8, 38},
		{"a/none", 8, 16},
		{"spec.template.metadata.annotations.a/e", 8, 38},
		{"file.yaml", 1, 1},
		{"file.yaml: spec.template", 7, 3},
	};
	struct lsec_problems problems = {0};
	cleanup_json struct json_object *list = NULL;
	assert_int_equal(lsec_objects_read(VM, strlen(VM), "x", &list, &problems), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_findings findings = {0};
		add(&findings, LSEC_SEVERITY_ERROR, "efi", cases[i].place);
		lsec_findings_locate(&findings, json_object_array_get_idx(list, 0), "file.yaml");
		if (findings.of[0].mark.column != cases[i].column)
			print_message("%s\n", cases[i].place);
		assert_int_equal(findings.of[0].mark.line, cases[i].line);
		assert_int_equal(findings.of[0].mark.column, cases[i].column);
		lsec_findings_clear(&findings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
