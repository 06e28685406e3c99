/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete.h"

#include "cli/options.h"
#include "launchsec/keys.h"
#include "support.h"

/* What is offered for words, whose number is `count`. */
static struct lsec_buffer offered(size_t count, const char *const words[])
{
	struct lsec_buffer text = {0};
	char *copies[4] = {0};
	for (size_t i = 0; i < count; i++)
		copies[i] = lsec_strdup(words[i]);
	lsec_complete(count, copies, &text);
	for (size_t i = 0; i < count; i++)
		free(copies[i]);
	return text;
}

static void expect_line(const char *text, const char *word)
{
	cleanup_free char *line = lsec_format("\n%s", word);
	cleanup_free char *whole = lsec_format("\n%s", text);
	const char *at = strstr(whole, line);
	assert_non_null(at);
	assert_true(at[strlen(line)] == '\n' || at[strlen(line)] == '\t');
}

/* Every command has all of its options offered, and the words of each. */
static void test_options(void **state)
{
	(void)state;
	for (const struct lsec_command *c = lsec_commands(); c->name != NULL; c++) {
		cleanup_buffer struct lsec_buffer all =
			offered(2, (const char *const[]){c->name, "-"});
		for (const struct lsec_option *o = lsec_option_table(); o->name != NULL; o++) {
			cleanup_free char *name = lsec_format("--%s", o->name);
			if (!lsec_has_option(c, o) || lsec_is_operand(o))
				continue;
			expect_line(all.bytes, name);
			if (o->kind != LSEC_OPTION_CHOICE && o->kind != LSEC_OPTION_MASK)
				continue;
			cleanup_buffer struct lsec_buffer words =
				offered(3, (const char *const[]){c->name, name, ""});
			cleanup_free char *copy = lsec_strdup(o->complete);
			char *rest = copy;
			for (char *word; (word = strsep(&rest, " ")) != NULL;)
				expect_line(words.bytes, word);
		}
	}
}

/* The last line is there whatever was asked; nothing else for what nobody knows. */
static void test_nothing(void **state)
{
	(void)state;
	static const struct {
		size_t count;
		const char *words[3];
		const char *last;
	} lines[] = {
		{2, {"nonsense", ""}, ":4\n"},
		{2, {"apply", "--nonsense=x"}, ":4\n"},
		{2, {"apply", "--=x"}, ":4\n"},
		{3, {"apply", "--set", "nonsense=x"}, ":4\n"},
		{3, {"apply", "--set", "="}, ":4\n"},
		{3, {"apply", "--default", "x.=y"}, ":4\n"},
		{3, {"apply", "--connect", ""}, ":4\n"},
		{3, {"apply", "-o", "x"}, ":0\n"},
		{2, {"lint", ""}, ":0\n"},
		{3, {"apply", "--forbid", "nonsense,"}, NULL},
	};
	for (size_t i = 0; i < COUNT(lines); i++) {
		cleanup_buffer struct lsec_buffer text = offered(lines[i].count, lines[i].words);
		if (lines[i].last != NULL)
			assert_string_equal(text.bytes, lines[i].last);
		else
			expect_line(text.bytes, "nonsense,policy");
	}
	cleanup_buffer struct lsec_buffer none = offered(0, NULL);
	expect_line(none.bytes, "apply");
}

/* Both TEEs have debug, which is offered once. */
static void test_flags(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer text =
		offered(3, (const char *const[]){"apply", "--set", "policy=d"});
	const char *first = strstr(text.bytes, "policy=debug\t");
	assert_non_null(first);
	assert_null(strstr(first + 1, "policy=debug\t"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_flags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
