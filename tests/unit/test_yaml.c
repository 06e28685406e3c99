/* SPDX-License-Identifier: Apache-2.0 */
#include "input/yaml.h"

#include "support.h"

static int read_yaml(const char *text, struct lsec_vmi *vmi, struct lsec_problems *problems)
{
	return lsec_vmi_read_yaml(text, strlen(text), "vmi.yaml", vmi, problems);
}

/* A document, and the name of the VM in it. */
struct named {
	const char *text, *name;
};

static void taken(const struct named *good)
{
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	if (read_yaml(good->text, &vmi, &problems) < 0)
		print_message("not taken: %s\n", good->text);
	expect_none(&problems);
	assert_string_equal(vmi.name, good->name);
	lsec_vmi_clear(&vmi);
}

static void not_taken(const char *text, const char *place, const char *why)
{
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	if (read_yaml(text, &vmi, &problems) == 0)
		print_message("taken: %s\n", text);
	expect_problem(&problems, place, why);
	assert_null(vmi.annotations);
}

/* The annotation `type` whose value is written `value`. */
static char *annotated(const char *value)
{
	return lsec_format("metadata:\n  annotations:\n    " LSEC_PREFIX "type: %s\n", value);
}

static void is_string(const char *value, const char *wanted)
{
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	char *text = annotated(value);
	if (read_yaml(text, &vmi, &problems) < 0)
		print_message("not taken: %s\n", value);
	expect_none(&problems);
	assert_int_equal(vmi.annotation_count, 1);
	assert_string_equal(vmi.annotations[0].key, "type");
	assert_string_equal(vmi.annotations[0].value, wanted);
	lsec_vmi_clear(&vmi);
	free(text);
}

static void not_a_string(const char *value, const char *kind)
{
	char *text = annotated(value);
	not_taken(text, LSEC_PREFIX "type", kind);
	free(text);
}

/* What Kubernetes, by YAML 1.1, takes for something else than a string. */
static void test_scalars(void **state)
{
	(void)state;
	static const char *const booleans[] = {"yes",   "Yes", "YES", "no",   "No",   "on",
	                                       "On",    "off", "OFF", "true", "True", "false",
	                                       "FALSE", "y",   "Y",   "n",    "N"};
	for (size_t i = 0; i < COUNT(booleans); i++)
		not_a_string(booleans[i], "a boolean");
	static const char *const numbers[] = {"1",       "0",     "-1",       "+1",     "0x30000",
	                                      "0X30000", "1_000", "1.5",      "1e5",    ".5",
	                                      "0b101",   "0o17",  "017",      "196608", ".inf",
	                                      "-.INF",   ".NaN",  "0x30_000", "1.",     "-0x1"};
	for (size_t i = 0; i < COUNT(numbers); i++)
		not_a_string(numbers[i], "a number");
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	for (size_t i = 0; i < COUNT(nulls); i++)
		not_a_string(nulls[i], "null");
	static const char *const strings[] = {"tdx",  "a",    "nope", "1a",         "0x",  "0xg",
	                                      "tRue", "nUll", ".iNF", "1.2.3",      "1-2", "/path",
	                                      "yes!", "e5",   "+",    "0x30000,smt"};
	for (size_t i = 0; i < COUNT(strings); i++)
		is_string(strings[i], strings[i]);
	is_string("'yes'", "yes");
	is_string("\"0x30000\"", "0x30000");
	is_string("\"a\\tb\"", "a\tb");
	is_string("|\n      a\n      b", "a\nb\n");
	is_string(">-\n      a\n      b", "a b");
	is_string("''", "");
	is_string("tdx # comment", "tdx");
	not_a_string("[a]", "a list");
	not_a_string("{a: b}", "an object");
	char *text = annotated("\"a\\0b\"");
	not_taken(text, LSEC_PREFIX "type", "NUL character");
	free(text);
}

/* Long digits are a number for Kubernetes as well. */
static void test_long_numbers(void **state)
{
	(void)state;
	char *digits = repeat('1', 64);
	not_a_string(digits, "a number");
	digits[30] = 'e';
	not_a_string(digits, "a number");
	digits[30] = 'f';
	is_string(digits, digits);
	free(digits);
}

/* What is whole is so in JSON too, however YAML writes it. */
static void test_whole_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t number; /* -1: not a whole one */
	} cases[] = {{"4.0", 4},    {"1e3", 1000}, {"0b101", 5}, {"0o17", 15},
	             {"1_0.0", 10}, {"0.5", -1},   {"1e15", -1}, {".5", -1}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_problems problems = {0};
		cleanup_json struct json_object *value = NULL;
		const struct lsec_json_text text = {
			.bytes = cases[i].text,
			.len = strlen(cases[i].text),
			.longest = 100,
			.name = "number",
			.what = "a number",
			.type = cases[i].number < 0 ? json_type_double : json_type_int,
		};
		assert_int_equal(lsec_yaml_read_one(&text, &value, &problems), 0);
		if (cases[i].number >= 0)
			assert_int_equal(json_object_get_int64(value), cases[i].number);
	}
}

/* A tag makes something else of a scalar: !!binary would be decoded. */
static void test_tags(void **state)
{
	(void)state;
	static const char *const tagged[] = {"!!binary dGR4", "!!bool \"yes\"", "!!int \"5\"",
	                                     "!other tdx"};
	for (size_t i = 0; i < COUNT(tagged); i++) {
		struct lsec_vmi vmi = {0};
		struct lsec_problems problems = {0};
		char *text = annotated(tagged[i]);
		if (read_yaml(text, &vmi, &problems) == 0)
			print_message("taken: %s\n", text);
		assert_true(problems.count == 1);
		lsec_problems_clear(&problems);
		free(text);
	}
}

static void test_documents(void **state)
{
	(void)state;
	static const struct named good[] = {
		{"metadata: {name: a}", "a"},
		{"---\nmetadata: {name: a}\n...\n", "a"},
		{"%YAML 1.1\n---\nmetadata: {name: a}\n", "a"},
		{"kind: Pod\nmetadata: {name: x}\n---\nkind: VirtualMachineInstance\nmetadata: {name: a}\n"
	         "---\nkind: Service\n",
	         "a"},
		{"kind: VirtualMachineInstance\nmetadata: {name: a}\n---\n[1]\n", "a"},
		{"# nothing\n---\n---\nkind: VirtualMachineInstance\nmetadata: {name: a}\n", "a"},
		{"\xef\xbb\xbfmetadata: {name: a}", "a"},
		{"{\"metadata\": {\"name\": \"a\"}}", "a"},
	};
	for (size_t i = 0; i < COUNT(good); i++)
		taken(&good[i]);
	static const char vmi[] = "kind: VirtualMachineInstance\nmetadata: {}\n";
	struct lsec_buffer two = {0};
	lsec_buffer_format(&two, "%s---\n%s", vmi, vmi);
	not_taken(two.bytes, "vmi.yaml",
	          "must contain exactly one KubeVirt VirtualMachine or VirtualMachineInstance");
	lsec_buffer_clear(&two);
	lsec_buffer_format(&two, "%s---\nkind: VirtualMachine\n", vmi);
	not_taken(two.bytes, "vmi.yaml",
	          "must contain exactly one KubeVirt VirtualMachine or VirtualMachineInstance");
	lsec_buffer_clear(&two);
	not_taken("a: 1\n---\nb: 1\n", "vmi.yaml",
	          "must contain exactly one KubeVirt VirtualMachine or VirtualMachineInstance");
	not_taken("", "vmi.yaml", "is empty");
	not_taken("# only this\n", "vmi.yaml", "is empty");
	not_taken("--- \n", "vmi.yaml", "is null; must be");
	not_taken("- a\n", "vmi.yaml", "is a list; must be");
	not_taken("text\n", "vmi.yaml", "is plain text; must be");
	not_taken("metadata: {name: a}\n---\n'\n", "vmi.yaml:4:1", "invalid YAML or JSON");
}

static void test_syntax(void **state)
{
	(void)state;
	not_taken("a: b: c\n", "vmi.yaml:1:5", "invalid YAML or JSON");
	not_taken("a: [1\n", NULL, "invalid YAML or JSON");
	not_taken("\ta: 1\n", NULL, "invalid YAML or JSON");
	not_taken("a: \xff\n", "vmi.yaml:1:4", "invalid YAML or JSON");
	not_taken("a: *b\n", NULL, "invalid YAML or JSON");
	not_taken("b: c\na: \x01\n", "vmi.yaml:2:4", "invalid YAML or JSON");
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_vmi_read_yaml("a\0b", 3, "f", &vmi, &problems), -1);
	expect_problem(&problems, NULL, "invalid YAML or JSON");
	char *text = repeat(' ', (size_t)LSEC_MAX_VMI + 1);
	assert_int_equal(lsec_vmi_read_yaml(text, (size_t)LSEC_MAX_VMI + 1, "f", &vmi, &problems),
	                 -1);
	expect_problem(&problems, "f", "3145728 bytes (3 MiB)");
	memcpy(text, "metadata: {}", 12);
	assert_int_equal(lsec_vmi_read_yaml(text, LSEC_MAX_VMI, "f", &vmi, &problems), 0);
	lsec_vmi_clear(&vmi);
	free(text);
}

static void test_keys(void **state)
{
	(void)state;
	not_taken("a: 1\nb: 2\na: 3\n", "vmi.yaml:3:1", ": which of the two counts is undefined");
	not_taken("a: ~\na: ~\n", "vmi.yaml:2:1", ": which of the two counts is undefined");
	not_taken("x: {a: 1, 'a': 1}\n", "vmi.yaml:1:11", ": which of the two counts is undefined");
	not_taken("[a]: 1\n", "vmi.yaml:1:1", "a key must be plain text");
	not_taken("? {a: b}\n: 1\n", NULL, "a key must be plain text");
	not_taken("\"a\\0\": 1\n", "vmi.yaml:1:1", "NUL character");
	not_taken("x: &a {b: c}\ny:\n  <<: *a\n", "vmi.yaml:3:3", "merge key");
	not_taken("x: [{<<: {a: b}}]\n", NULL, "merge key");
}

static void test_aliases(void **state)
{
	(void)state;
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(read_yaml("metadata: &m\n  name: &n a\n  uid: *n\nother: [*m, *m]\n", &vmi,
	                           &problems),
	                 0);
	assert_string_equal(vmi.uid, "a");
	lsec_vmi_clear(&vmi);
	/* Without end. */
	not_taken("a: &a [*a]\n", NULL, "more than 64 deep");
	not_taken("a: &a {b: *a}\n", NULL, "more than 64 deep");
	not_taken("&a [&b [*a, *b]]\n", NULL, "more than 64 deep");
	/* Small, but not for long. */
	struct lsec_buffer bomb = {0};
	lsec_buffer_text(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (unsigned i = 1; i < 6; i++) {
		lsec_buffer_format(&bomb, "a%u: &a%u [", i, i);
		for (unsigned j = 0; j < 10; j++)
			lsec_buffer_format(&bomb, "%s*a%u", j == 0 ? "" : ",", i - 1);
		lsec_buffer_text(&bomb, "]\n");
	}
	not_taken(bomb.bytes, NULL, "more than 15000 values");
	lsec_buffer_clear(&bomb);
	/* Of few values, but large ones. */
	char *long_text = repeat('x', 1000000);
	lsec_buffer_format(&bomb, "metadata: {}\na: &a %s\nb: [*a, *a", long_text);
	size_t len = bomb.len;
	lsec_buffer_text(&bomb, "]\n");
	assert_int_equal(read_yaml(bomb.bytes, &vmi, &problems), 0);
	lsec_vmi_clear(&vmi);
	bomb.len = len;
	lsec_buffer_text(&bomb, ", *a, *a]\n");
	not_taken(bomb.bytes, NULL, "more than 3145728 bytes of text");
	lsec_buffer_clear(&bomb);
	free(long_text);
}

static void test_depth(void **state)
{
	(void)state;
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	for (unsigned depth = LSEC_MAX_JSON_DEPTH - 1; depth <= LSEC_MAX_JSON_DEPTH + 1; depth++) {
		struct lsec_buffer text = {0};
		lsec_buffer_text(&text, "metadata: {}\nx: ");
		for (unsigned i = 0; i < depth; i++)
			lsec_buffer_text(&text, "[");
		for (unsigned i = 0; i < depth; i++)
			lsec_buffer_text(&text, "]");
		int status = read_yaml(text.bytes, &vmi, &problems);
		/* The mapping around it counts, too. */
		assert_int_equal(status, depth + 1 <= LSEC_MAX_JSON_DEPTH ? 0 : -1);
		lsec_problems_clear(&problems);
		lsec_vmi_clear(&vmi);
		lsec_buffer_clear(&text);
	}
}

/* JSON that libyaml alone does not read, or reads otherwise. */
static void test_json(void **state)
{
	(void)state;
	static const struct named good[] = {
		{"{\"metadata\":{\"name\":\"a\"}}", "a"},
		{"\t{\n\t\"metadata\"\t:\t{\r\n\t\t\"name\":\"a\"\t}\n}\t\n\t\n", "a"},
		{"{\"metadata\":{\"name\":\"\\ud83d\\ude00 \\uD800\\uDC00\"}}",
	         "\xf0\x9f\x98\x80 \xf0\x90\x80\x80"},
		{"{\"metadata\":{\"name\":\"\\\\ud83d\\\\ude00\"}}", "\\ud83d\\ude00"},
		{"{\"metadata\":{\"name\":\"\\/\\\"\\\\\\b\\f\\n\\r\\t\\u00e4\"}}",
	         "/\"\\\b\f\n\r\t\xc3\xa4"},
		{"{\"metadata\":{\"name\":\"\x7f \xc2\x85 \xc2\x9f \xe2\x80\xa8 \xe2\x80\xa9 \xef\xbb\xbf "
	         "\xef\xbf\xbf\"}}",
	         "\x7f \xc2\x85 \xc2\x9f \xe2\x80\xa8 \xe2\x80\xa9 \xef\xbb\xbf \xef\xbf\xbf"},
		{"{\"metadata\":{\"name\":\"# a: [b] {c} & *d ! | > ' % @ ` - ? , :\"}}",
	         "# a: [b] {c} & *d ! | > ' % @ ` - ? , :"},
		{"{\"a\":[-0,1e5,1.5E+3,-1,18446744073709551616,true,null],\"metadata\":{\"name\":\"1\"}}",
	         "1"},
		{"{\"metadata\":{\"name\":\"a\",},} # more than JSON", "a"},
		/* A key and its colon on two lines; one that is no merge key. */
		{"{\"metadata\"\n:{\"name\"\r\n\t:\"a\"}}", "a"},
		{"{\"metadata\":{\"<<\":{\"name\":\"b\"},\"name\":\"a\"}}", "a"},
		/* No JSON, so nothing in it is changed. */
		{"{\"metadata\":{'b\"':1,\"name\":\"a\tb\"}} # \"", "a\tb"},
	};
	for (size_t i = 0; i < COUNT(good); i++)
		taken(&good[i]);
	not_taken("{\"metadata\":{\"name\":\"\\ud83d\"}}", "vmi.yaml:1:24", "invalid YAML or JSON");
	not_taken("{\"metadata\":{\"name\":\"\\ude00\\ud83d\"}}", NULL, "invalid YAML or JSON");
	not_taken("{\"metadata\":{\"name\":\"\xff\"}}", "vmi.yaml:1:22", "invalid YAML or JSON");
	not_taken("{\n\t\"a\":\"\\ud83d\\ude00\",\n\t\"b\":1,\"a\":2\n}", "vmi.yaml:3:8",
	          ": which of the two counts is undefined");
	not_taken("{\"a\":1,\"\\u0061\":2}", "vmi.yaml:1:8",
	          ": which of the two counts is undefined");
	not_taken("{} {}", "vmi.yaml:1:4", "invalid YAML or JSON");
	/* 101 percent signs that are no directives. */
	struct lsec_buffer signs = {0};
	lsec_buffer_text(&signs, "{\"metadata\":{\"name\":\"a\",\"b\":\"");
	for (unsigned i = 0; i < 101; i++)
		lsec_buffer_text(&signs, "95\xc2\xa0%");
	lsec_buffer_text(&signs, "\"}}");
	struct lsec_vmi of_signs = {0};
	struct lsec_problems none = {0};
	assert_int_equal(read_yaml(signs.bytes, &of_signs, &none), 0);
	lsec_vmi_clear(&of_signs);
	lsec_buffer_clear(&signs);
	/* Long values, and keys that libyaml takes with a question mark only. */
	char *value = repeat('v', 1000000);
	char *key = repeat('k', 5000);
	char *text = lsec_format("{\"metadata\":{\"name\":\"%s\",\"%s\":1}}", value, key);
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(read_yaml(text, &vmi, &problems), 0);
	assert_string_equal(vmi.name, value);
	lsec_vmi_clear(&vmi);
	free(text);
	free(key);
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars),       cmocka_unit_test(test_long_numbers),
		cmocka_unit_test(test_whole_numbers), cmocka_unit_test(test_tags),
		cmocka_unit_test(test_documents),     cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_keys),          cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_depth),         cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
