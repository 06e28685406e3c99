/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as a table, versions, limits. What each rule says is in the golden cases. */
#include "base/json.h"
#include "input/vmi.h"
#include "lint/lint.h"
#include "lint/rules.h"
#include "lint/schema.h"
#include "support.h"

static void test_versions(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int minor; /* -1: refused */
	} cases[] = {
		{"1.6", 6},     {"v1.6.2", 6},
		{"1.0", 0},     {"1.10.0-rc.1", 10},
		{"1.6-rc", 6},  {"2.0", 1000},
		{"1.999", 999}, {"1", -1},
		{"1.", -1},     {"", -1},
		{"v", -1},      {"0.59", -1},
		{"1.6x", -1},   {"1.1000", -1},
		{"x1.6", -1},   {"1.-1", -1},
		{" 1.6", -1},   {"-1.6", -1},
		{"1 .6", -1},   {"vv1.6", -1},
		{"1.6 ", -1},   {"99999999999.1", -1},
		{"1,6", -1},    {"latest", -1},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_problems problems = {0};
		int minor = -1;
		int status = lsec_kubevirt_version(cases[i].text, &minor, &problems);
		if (minor != cases[i].minor)
			print_message("%s\n", cases[i].text);
		assert_int_equal(minor, cases[i].minor);
		assert_int_equal(status, cases[i].minor < 0 ? -1 : 0);
		if (status < 0)
			expect_problem(&problems, "--kubevirt", "must be a version of KubeVirt");
	}
}

/* What the walk takes for granted. */
static void test_table(void **state)
{
	(void)state;
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++) {
		assert_non_null(memchr(rule->id, '\0', sizeof(rule->id)));
		assert_non_null(rule->is_wrong);
		assert_true(rule->problem[0] != '\0' && rule->fix[0] != '\0');
		assert_true(rule->before == 0 || rule->since < rule->before);
		assert_true(rule->softens == 0 || rule->severity == LSEC_SEVERITY_ERROR);
		assert_true(lsec_printable(rule->problem) && lsec_printable(rule->fix));
		for (const char *at = rule->place; *at != '\0' && strchr(rule->place, '/') == NULL;
		     at += *at != '\0') {
			assert_true(strcspn(at, ".[") < 32);
			at += strcspn(at, ".[");
		}
	}
}

/* Fields have names of their own at each place, and versions that are known. */
static void test_fields(void **state)
{
	(void)state;
	size_t count = 0;
	struct lsec_rule rule;
	for (; lsec_field_rule(count, &rule); count++) {
		const char *end = rule.place + strlen(rule.place) - 1;
		assert_non_null(memchr(rule.id, '\0', sizeof(rule.id)));
		assert_int_equal(*end, '*');
		for (const char *at = rule.words; *at != '\0'; at += strspn(at, " ")) {
			size_t len = strcspn(at, " :");
			assert_in_range(len, 3, 40);
			at += len;
			if (*at == ':')
				assert_in_range(at[1] - '0', LSEC_KUBEVIRT_OLDEST + 1,
				                LSEC_KUBEVIRT_NEWEST);
			at += strcspn(at, " ");
		}
	}
	assert_in_range(count, 20, 100);
}

/* Looks at a manifest of one object; a VM that has annotations gets launchsec as its hook. */
static void look(const char *text, int kubevirt, struct lsec_findings *ret)
{
	struct lsec_problems problems = {0};
	struct lsec_config config = {0};
	cleanup_json struct json_object *list = NULL;
	assert_int_equal(lsec_objects_read(text, strlen(text), "x", &list, &problems), 0);
	const struct lsec_lint_context context = {0};
	const struct lsec_lint_request request = {.document = json_object_array_get_idx(list, 0),
	                                          .name = "x",
	                                          .config = &config,
	                                          .kubevirt = kubevirt,
	                                          .context = &context,
	                                          .at = ""};
	lsec_lint(&request, ret);
}

static size_t count_of(const struct lsec_findings *findings, const char *rule)
{
	size_t count = 0;
	for (size_t i = 0; i < findings->count; i++)
		count += strcmp(findings->of[i].rule, rule) == 0;
	return count;
}

#define WITH(spec)                                                                                 \
	"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"annotations\":{"                     \
	"\"" LSEC_PREFIX "type\":\"tdx\",\"" LSEC_HOOK_KEY "\":\"[{\\\"image\\\":\\\"launchsec"    \
	"\\\"}]\"}},\"spec\":{\"domain\":{\"launchSecurity\":{\"tdx\":{}},\"firmware\":{"          \
	"\"bootloader\":{\"efi\":{\"secureBoot\":false}}}" spec "}}}"

/* Those past the limit count, and are not told. */
static void test_limit(void **state)
{
	(void)state;
	struct lsec_findings findings = {0};
	struct lsec_buffer text = {0};
	lsec_buffer_text(&text, "{\"bootOrder\":1}");
	for (size_t i = 1; i < 100; i++)
		lsec_buffer_text(&text, ",{\"bootOrder\":1}");
	cleanup_free char *nics = lsec_buffer_take(&text);
	cleanup_free char *vm = lsec_format(WITH(",\"devices\":{\"interfaces\":[%s]}"), nics);
	look(vm, 8, &findings);
	assert_int_equal(findings.count, LSEC_MAX_PROBLEMS);
	assert_int_equal(findings.omitted, 100 - LSEC_MAX_PROBLEMS);
	assert_int_equal(findings.errors, 100);
	assert_int_equal(findings.warnings, 0);
	lsec_findings_clear(&findings);
	assert_int_equal(findings.count, 0);
}

/* Each rule holds from the first to the last of its versions. */
static void test_bounds(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		int first, last; /* KubeVirt 1.x */
		const char *vm;
	} cases[] = {
		{"native-version", 0, 6,
	         "{\"kind\":\"VirtualMachineInstance\",\"metadata\":{},\"spec\":{\"domain\":{\"launchSecurity\":{\"tdx\":{}}}}}"},
		{"tee-version", 0, 7, WITH("")},
		{"secure-boot-tdx", 7, 8,
	         "{\"kind\":\"VirtualMachineInstance\",\"metadata\":{},\"spec\":{\"domain\":{\"launchSecurity\":{\"tdx\":{}},\"firmware\":{\"bootloader\":{\"efi\":{}}}}}}"},
		{"native-count", 7, 20,
	         "{\"kind\":\"VirtualMachineInstance\",\"metadata\":{},\"spec\":{\"domain\":{\"launchSecurity\":{}}}}"},
		{"hook-args", 0, 1,
	         "{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"annotations\":{\"" LSEC_HOOK_KEY
	         "\":\"[{\\\"image\\\":\\\"a\\\",\\\"args\\\":[\\\"--version\\\",\\\"v1alpha3\\\"]}]\"}}}"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int version = 0; version < 20; version++) {
			struct lsec_findings findings = {0};
			bool holds = version >= cases[i].first && version <= cases[i].last;
			look(cases[i].vm, version, &findings);
			if (count_of(&findings, cases[i].rule) != (holds ? 1 : 0))
				print_message("%s 1.%d\n", cases[i].rule, version);
			assert_int_equal(count_of(&findings, cases[i].rule), holds ? 1 : 0);
			lsec_findings_clear(&findings);
		}
	}
}

/* A text with a value for each %s in it. */
static char *fill(const char *text, const char *value)
{
	struct lsec_buffer ret = {0};
	for (const char *at = strstr(text, "%s"); at != NULL; at = strstr(text, "%s")) {
		lsec_buffer_add(&ret, text, (size_t)(at - text));
		lsec_buffer_text(&ret, value);
		text = at + 2;
	}
	lsec_buffer_text(&ret, text);
	return lsec_buffer_take(&ret);
}

/* Values of a kind that KubeVirt's API does not take are no crash, whatever they are. */
static void test_odd_kinds(void **state)
{
	(void)state;
	static const char *const odd[] = {"null", "1",    "\"a\"",     "[]",    "[1]",
	                                  "{}",   "true", "{\"a\":1}", "[[{}]]"};
	static const char *const places[] = {
		"{\"kind\":\"VirtualMachine\",\"metadata\":%s}",
		"{\"kind\":\"VirtualMachine\",\"metadata\":{},\"spec\":%s}",
		"{\"kind\":\"VirtualMachinePool\",\"metadata\":{},\"spec\":{\"virtualMachineTemplate\":%s}}",
		"{\"kind\":\"VirtualMachine\",\"metadata\":{},\"spec\":{\"template\":%s}}",
		"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"annotations\":%s}}",
		"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"annotations\":{\"" LSEC_HOOK_KEY
		"\":%s}}}",
		"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"annotations\":{\"" LSEC_HOOK_KEY
		"\":\"[{\\\"\\\":1,\\\"args\\\":[[]],\\\"configMap\\\":[],\\\"image\\\":{}},[],1]\"}},\"spec\":%s}",
		WITH(",\"devices\":%s"),
		WITH(",\"devices\":{\"interfaces\":%s,\"tpm\":%s}"),
		WITH(",\"features\":%s"),
		WITH(",\"memory\":%s,\"cpu\":%s,\"machine\":%s"),
		"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{},\"spec\":{\"domain\":{\"launchSecurity\":%s,\"firmware\":%s}}}",
	};
	for (size_t i = 0; i < COUNT(places); i++) {
		for (size_t j = 0; j < COUNT(odd); j++) {
			struct lsec_findings findings = {0};
			cleanup_free char *vm = fill(places[i], odd[j]);
			look(vm, LSEC_KUBEVIRT_ANY, &findings);
			lsec_findings_clear(&findings);
		}
	}
}

static void test_objects(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"{}", 1},
		{"---\n---\n", 0},
		{"a: b\n---\n---\nc: d\n", 2},
		{"{\"kind\":\"List\",\"items\":[{},{}]}", 2},
		{"kind: VirtualMachineList\nitems: [{}, {}, {}]\n---\n{}\n", 4},
		{"kind: List\n", 0},
		{"kind: List\nitems: [{kind: XList, items: [{}, {kind: List, items: [{}]}]}, 1]",
	         3},
		{"kind: Lis\nitems: [1, 2]\n", 1},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_problems problems = {0};
		cleanup_json struct json_object *list = NULL;
		assert_int_equal(lsec_objects_read(cases[i].text, strlen(cases[i].text), "x", &list,
		                                   &problems),
		                 0);
		assert_int_equal(lsec_json_count(list), cases[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions), cmocka_unit_test(test_table),
		cmocka_unit_test(test_fields),   cmocka_unit_test(test_limit),
		cmocka_unit_test(test_bounds),   cmocka_unit_test(test_odd_kinds),
		cmocka_unit_test(test_objects),
	};
	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
