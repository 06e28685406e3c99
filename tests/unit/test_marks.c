/* SPDX-License-Identifier: Apache-2.0 */
/* Where values stand in what was read. */
#include "base/json.h"
#include "input/yaml.h"
#include "launchsec/limits.h"
#include "support.h"

/* "a=1:2 b=3:4 ": each member, with the items of lists, in order. */
static void list_marks(const struct json_object *value, struct lsec_buffer *ret)
{
	const char *key = NULL;
	struct json_object *member = NULL;
	for (size_t i = 0; i < lsec_json_count(value); i++) {
		const struct json_object *item = json_object_array_get_idx(value, i);
		const struct lsec_mark mark = lsec_yaml_mark(item);
		lsec_buffer_format(ret, "-=%zu:%zu ", mark.line, mark.column);
		list_marks(item, ret);
	}
	lsec_json_foreach (value, key, member) {
		const struct lsec_mark mark = lsec_yaml_mark(member);
		lsec_buffer_format(ret, "%s=%zu:%zu ", strlen(key) > 9 ? "long" : key, mark.line,
		                   mark.column);
		list_marks(member, ret);
	}
}

static void stands(const char *text, bool marks, const char *wanted)
{
	const struct lsec_json_text yaml = {.bytes = text,
	                                    .len = strlen(text),
	                                    .longest = LSEC_MAX_DOCUMENT,
	                                    .name = "x",
	                                    .what = "x",
	                                    .marks = marks};
	struct lsec_problems problems = {0};
	cleanup_json struct json_object *list = NULL;
	cleanup_buffer struct lsec_buffer found = {0};
	assert_int_equal(lsec_yaml_read(&yaml, LSEC_MAX_JSON_VALUES, &list, &problems), 0);
	list_marks(list, &found);
	assert_string_equal(found.bytes, wanted);
}

static void test_yaml(void **state)
{
	(void)state;
	stands("a: 1\nb:\n  c: x\n  d: 1.5\n", true, "-=1:1 a=1:1 b=2:1 c=3:3 d=4:3 ");
	stands("# comment\n---\na: [x, {b: yes}]\n---\n- 1\n-   y: 2\n", true,
	       "-=3:1 a=3:1 -=3:5 -=3:8 b=3:9 -=5:1 -=5:3 -=6:5 y=6:5 ");
	/* Characters, not bytes; a null has no mark; a text over lines is where its key is. */
	stands("\xc3\xa4: {\"\xc3\xb6\": 1, ~x: }\nc: |\n  t\n", true,
	       "-=1:1 \xc3\xa4=1:1 \xc3\xb6=1:5 ~x=0:0 c=2:1 ");
	/* What an alias stands for is where its anchor is; its key is its own. */
	stands("a: &x\n  b: 1\nc: *x\nd:\n- *x\n", true,
	       "-=1:1 a=1:1 b=2:3 c=3:1 b=2:3 d=4:1 -=1:4 b=2:3 ");
	stands("a: {b: 1}\n", false, "-=0:0 a=0:0 b=0:0 ");
}

/* Of JSON that libyaml reads otherwise than it stands there. */
static void test_json(void **state)
{
	(void)state;
	stands("{\t\"a\":\t1,\r\n\t\"b\": [\ttrue, {}]}", true, "-=1:1 a=1:3 b=2:2 -=2:9 -=2:15 ");
	stands("{\"a\": \"\\ud83d\\ude00\xe2\x80\xa8\\\"\\u0007\x7f\", \"b\": 1,\n\"c\": 2}", true,
	       "-=1:1 a=1:2 b=1:33 c=2:1 ");
	char *key = repeat('k', 5000);
	char *text = lsec_format("{\"%s\":1,\"a\":[2,{\"%s\" \n :3, \"b\": 4}]}", key, key);
	stands(text, true, "-=1:1 long=1:2 a=1:5007 -=1:5012 -=1:5014 long=1:5015 b=2:6 ");
	free(text);
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
