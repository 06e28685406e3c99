/* SPDX-License-Identifier: Apache-2.0 */
#include "toml.h"

static void test_values(void **state)
{
	(void)state;
	static const char *const good[] = {"''",
	                                   "\"\"",
	                                   "'x'",
	                                   "\"x\"",
	                                   "'\"'",
	                                   "\"'\"",
	                                   "'\t'",
	                                   LITERAL(""),
	                                   BASIC(""),
	                                   LITERAL("\n"),
	                                   BASIC("\r\n"),
	                                   LITERAL("a\nb"),
	                                   BASIC("a\n\tb\n"),
	                                   LITERAL("'a''b"),
	                                   BASIC("\"a\"\"b"),
	                                   LITERAL("' '"),
	                                   "''",
	                                   BASIC("\\\"\"\""),
	                                   "'\xc2\x80'",
	                                   "\"\xf4\x8f\xbf\xbf\""};
	char text[200];
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(text, sizeof(text), HEAD "[data]\na = %s\nb = ''\n", good[i]);
		counted(text, 2);
		snprintf(text, sizeof(text), HEAD "[data]\na =%s#comment", good[i]);
		counted(text, 1);
	}
	static const char *const no_string[] = {
		"1",        "-1.5",       "true", "false", "[]", "['x']", "{}", "{ a = 'x' }",
		"07:32:00", "1979-05-27", "inf",  "0x1f",  "",   "# 'x'", "x",  "`x`"};
	for (size_t i = 0; i < COUNT(no_string); i++) {
		snprintf(text, sizeof(text), HEAD "[data]\na = %s\n", no_string[i]);
		not_taken(text, "line 4: the value must be a string in quotes");
	}
	static const char *const open[] = {"'''",       "\"\"\"",          "'''x''",
	                                   "'''x\n\n'", "\"\"\"x\\\"\"\"", "\"\"\"\\\\\\\"\"\"",
	                                   "\"\"\"'''", "'''\"\"\""};
	for (size_t i = 0; i < COUNT(open); i++) {
		snprintf(text, sizeof(text), "[data]\na = %s", open[i]);
		not_taken(text, "unterminated string; add its closing quotes");
	}
	not_taken("[data]\na = '''x\n\ny", "line 2: unterminated string; add its closing quotes");
	not_taken("[data]\na = 'x\n'", "line 2: the string is not closed on its line");
	not_taken("[data]\na = \"x\r\n\"", "the string is not closed on its line");
	not_taken("[data]\na = '", "the string is not closed on its line");
	not_taken("[data]\na = \"", "the string is not closed on its line");
	not_taken("[data]\na = 'x''y'", "text after the value");
	not_taken("[data]\na = 'x'\"y\"", "text after the value");
	not_taken("[data]\na = " LITERAL("x") "y", "text after the value");
	not_taken("[data]\na = 'x'; b = 'y'", "text after the value");
}

/* Two quotes may stand in front of the three that end a long string. */
static void test_quotes_at_the_end(void **state)
{
	(void)state;
	for (size_t count = 0; count < 12; count++) {
		for (size_t kind = 0; kind < 2; kind++) {
			char text[100];
			const char *quotes =
				kind == 0 ? "''''''''''''''''" : "\"\"\"\"\"\"\"\"\"\"\"\"";
			snprintf(text, sizeof(text), HEAD "[data]\na = %.3sx%.*s\n", quotes,
			         (int)count, quotes);
			if (count >= 3 && count <= 5)
				counted(text, 1);
			else
				not_taken(text,
				          count < 3 ? "unterminated string; add its closing quotes"
				                    : "line 4: text after the value");
			/* The same around nothing: an empty string, or three to end it. */
			snprintf(text, sizeof(text), HEAD "[data]\na = %.*s\n", (int)count, quotes);
			if (count == 2 || (count >= 6 && count <= 8))
				counted(text, 1);
			else
				not_taken(text, "line ");
		}
	}
}

static void test_escapes(void **state)
{
	(void)state;
	static const char *const good[] = {
		"\\b",       "\\t",     "\\n",         "\\f",         "\\r",
		"\\\"",      "\\\\",    "\\u0000",     "\\u00e4",     "\\uD7FF",
		"\\uE000",   "\\uffff", "\\U00000041", "\\U0010FFFF", "\\U0010fffF",
		"\\u00e4bc", "\\\\u",   "\\\\\\\\",    "\\u0022",     "\\U0000D7ff1"};
	char text[100];
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(text, sizeof(text), HEAD "[data]\na = \"x%s\"\nb=''", good[i]);
		counted(text, 2);
		snprintf(text, sizeof(text), HEAD "[data]\na = \"\"\"x%s\"\"\"\nb=''", good[i]);
		counted(text, 2);
	}
	static const char *const none[] = {"\\a", "\\0", "\\x41", "\\'", "\\/", "\\e",
	                                   "\\B", "\\N", "\\#",   "\\1", "\\v", "\\\xc3\xa4"};
	static const char *const digits[] = {"\\u",        "\\u123",  "\\u12g4", "\\U0010FFF",
	                                     "\\ug000",    "\\u 123", "\\u+123", "\\U-0000041",
	                                     "\\u123\xc3", "\\u0x41", "\\u/123", "\\u:123",
	                                     "\\u@123",    "\\u`123"};
	static const char *const points[] = {"\\ud800",     "\\uDBFF",     "\\uDC00",
	                                     "\\udfff",     "\\U0000D800", "\\U00110000",
	                                     "\\UFFFFFFFF", "\\U80000041", "\\ud83d\\ude00"};
	const struct {
		const char *const *of;
		size_t count;
		const char *why;
	} bad[] = {
		{none, COUNT(none), "unknown escape"},
		{digits, COUNT(digits),
	         "incomplete Unicode escape; write four hex digits after \\u, or eight after \\U"},
		{points, COUNT(points), "the escape is not a Unicode character; correct it"}};
	for (size_t i = 0; i < COUNT(bad); i++) {
		for (size_t j = 0; j < bad[i].count; j++) {
			snprintf(text, sizeof(text), "[data]\na = \"x%s\"", bad[i].of[j]);
			not_taken(text, bad[i].why);
			snprintf(text, sizeof(text), "[data]\na = \"\"\"x%s\"\"\"", bad[i].of[j]);
			not_taken(text, bad[i].why);
			/* In single quotes it is text. */
			snprintf(text, sizeof(text), HEAD "[data]\na = '''%s'''\nb = ''",
			         bad[i].of[j]);
			counted(text, 2);
		}
	}
	not_taken("[data]\na = \"\\", "unknown escape");
	not_taken("[data]\na = \"\\\n\"", "unknown escape");
	not_taken("[data]\na = \"\\ x\"", "unknown escape");
	not_taken("[data]\na = \"\\u",
	          "incomplete Unicode escape; write four hex digits after \\u, or eight after \\U");
	not_taken("[data]\na = \"\"\"\\U0010",
	          "incomplete Unicode escape; write four hex digits after \\u, or eight after \\U");
	not_taken("[data]\na = \"\"\"\\", "unknown escape");
}

static void test_line_end_backslash(void **state)
{
	(void)state;
	counted(HEAD "[data]\na = \"\"\"x\\\n   y\"\"\"", 1);
	counted(HEAD "[data]\na = \"\"\"x\\ \t\n\n\n   y \\\r\n\"\"\"\nb=''", 2);
	counted(HEAD "[data]\na = \"\"\"\\\n\"\"\"", 1);
	not_taken("[data]\na = \"\"\"x\\ y\"\"\"", "backslash before blanks");
	not_taken("[data]\na = \"\"\"x\\\ty\n\"\"\"", "backslash before blanks");
	not_taken("[data]\na = \"\"\"x\\ \"\"\"", "backslash before blanks");
	not_taken("[data]\na = \"\"\"x\\  ", "backslash before blanks");
	not_taken("[data]\na = \"\"\"x\\\n", "unterminated string; add its closing quotes");
	/* Lines are counted through all of it. */
	not_taken("[data]\na = \"\"\"x\\\n\\\r\n\n\"\"\"\n!", "line 6: expected a key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_quotes_at_the_end),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_line_end_backslash),
	};
	return cmocka_run_group_tests_name("toml strings", tests, NULL, NULL);
}
