/* SPDX-License-Identifier: Apache-2.0 */
#include "toml.h"

static void test_head(void **state)
{
	(void)state;
	taken("", NULL, NULL, false, 0);
	taken("\n \t\n# comment\n\t# another", NULL, NULL, false, 0);
	taken(HEAD, "0.1.0", "sha-256", false, 0);
	taken(HEAD "[data]\n", "0.1.0", "sha-256", true, 0);
	taken("[data]", NULL, NULL, true, 0);
	taken("algorithm='sha512'", NULL, "sha512", false, 0);
	taken("\"version\"=\"\"\t# comment\n'algorithm' = '\\'", "", "\\", false, 0);
	taken("version = '\"'\nalgorithm = \"'\"", "\"", "'", false, 0);
	taken("version = '# no comment'", "# no comment", NULL, false, 0);
	taken("version = \"a = 'b'\" # = \"c\"", "a = 'b'", NULL, false, 0);
	taken("version = '\xc3\xa4\xe2\x98\x83'", "\xc3\xa4\xe2\x98\x83", NULL, false, 0);
	taken("  version\t =\t 'x'  ", "x", NULL, false, 0);
	not_taken("version = '1'\nversion = '1'",
	          "line 2: duplicate version or algorithm; remove one");
	not_taken("algorithm = 'a'\n\"algorithm\" = 'a'", "line 2: duplicate version or algorithm");
	not_taken("name = 'x'", "unknown key before [data]");
	not_taken("Version = 'x'", "unknown key before [data]");
	not_taken("versio = 'x'", "unknown key before [data]");
	not_taken("versionx = 'x'", "unknown key before [data]");
	not_taken("data = {}", "unknown key before [data]");
	not_taken("data.a = 'x'", "a key must not have several parts");
	not_taken("version . x = 'x'", "a key must not have several parts");
	not_taken("'version' . x = 'x'", "a key must not have several parts");
}

static void test_top_values(void **state)
{
	(void)state;
	static const char *const no_plain_string[] = {
		"1",   "true",      "[]",          "{ }",          "1979-05-27",  "",    "x",
		"nan", LITERAL(""), LITERAL("\n"), BASIC("0.1.0"), "[\"0.1.0\"]", "+1.0"};
	char text[100];
	for (size_t i = 0; i < COUNT(no_plain_string); i++) {
		snprintf(text, sizeof(text), "version = %s\n", no_plain_string[i]);
		not_taken(text, "line 1: the value must be a string in quotes, on one line");
	}
	not_taken("version = \"0.1\\u002e0\"", "version and algorithm must not contain escapes");
	not_taken("algorithm = \"\\\\\"", "version and algorithm must not contain escapes");
	not_taken("version = \"0.1.0", "the string is not closed on its line");
	not_taken("version = '0.1.0\n'", "the string is not closed on its line");
	not_taken("version = \"0.1.0\r\n\"", "the string is not closed on its line");
	not_taken("version = \"", "the string is not closed on its line");
	not_taken("version", "expected = after the key");
	not_taken("version 'x'", "expected = after the key");
	not_taken("version: 'x'", "expected = after the key");
	not_taken("version\n= 'x'", "line 1: expected = after the key");
	not_taken("version =\n'x'", "the value must be a string in quotes, on one line");
	not_taken("version = 'x' 'y'", "text after the value or header");
	not_taken("version = 'x'y", "text after the value or header");
	not_taken("version = 'x', algorithm = 'y'", "text after the value or header");
	not_taken("version = 'x' algorithm = 'y'", "text after the value or header");
	not_taken("version = ''''", "the value must be a string in quotes, on one line");
}

static void test_keys(void **state)
{
	(void)state;
	counted(HEAD "[data]\na='x'\nB-_9=\"y\"\n0 = 'z'\n- = ''\n_=''", 5);
	counted(HEAD "[data]\n\"aa.toml\" = 'x'\n'cdh toml' = 'y'\n\"'\"=''\n'\"'=''", 4);
	counted(HEAD "[data]\n'a\\' = 'x'\n'=' = ''\n'[data]' = ''\n'#' = ''\n'a\tb'=''", 5);
	counted(HEAD "[data]\nversion = '9'\nalgorithm = \"\"\ndata = 'x'", 3);
	counted(HEAD "[data]\n\"\xc3\xa4\" = 'x'", 1);
	not_taken("[data]\n= 'x'", "expected a key");
	not_taken("[data]\n\"\" = 'x'", "expected a key");
	not_taken("[data]\n'' = 'x'", "expected a key");
	not_taken("[data]\n\xc3\xa4 = 'x'", "expected a key");
	not_taken("[data]\n. = 'x'", "expected a key");
	not_taken("[data]\n\"\"\"a\"\"\" = 'x'", "expected a key");
	not_taken("[data]\n\"a\\\"b\" = 'x'", "a key must not contain escapes");
	not_taken("[data]\n\"\\u0061\" = 'x'", "a key must not contain escapes");
	not_taken("[data]\n\"a = 'x'", "the string is not closed on its line");
	not_taken("[data]\naa.toml = 'x'", "a key must not have several parts; put");
	not_taken("[data]\n\"a\".\"b\" = 'x'", "a key must not have several parts");
	not_taken("[data]\na.b.c = 'x'", "a key must not have several parts");
	not_taken("[data]\na b = 'x'", "expected = after the key");
	not_taken("[data]\na! = 'x'", "expected = after the key");
	not_taken("[data]\na\n", "line 2: expected = after the key");
	not_taken("[data]\na", "expected = after the key");
	not_taken("[data]\n'a'", "expected = after the key");
}

static void test_repeated_keys(void **state)
{
	(void)state;
	static const char why[] = "duplicate key in [data]; remove one";
	not_taken("[data]\na=''\na=''", why);
	not_taken("[data]\na=''\nb=''\n'a'=''", why);
	not_taken("[data]\n\"a\"=''\n'a'=''", why);
	not_taken("[data]\n\"a b\"=''\n'a b'=''", why);
	counted(HEAD "[data]\na=''\nA=''\naa=''\n'a '=''\n' a'=''", 5);
	/* Not one and the same: TOML does not normalize. */
	counted(HEAD "[data]\n'\xc3\xa4'=''\n'a\xcc\x88'=''", 2);
}

static void test_headers(void **state)
{
	(void)state;
	static const char *const good[] = {
		"[data]",     "[ data ]",       "[\tdata\t]", "['data']",     "[\"data\"]",
		"[ 'data' ]", "[data]#comment", "[data] #",   "  [data]\t\n", "[data]\r\n"};
	for (size_t i = 0; i < COUNT(good); i++)
		taken(good[i], NULL, NULL, true, 0);
	not_taken("[data]\n[data]", "line 2: duplicate [data]; remove one");
	not_taken("[data]\na=''\n['data']\nb=''", "line 3: duplicate [data]; remove one");
	not_taken("[[data]]", "lists of tables are not allowed");
	not_taken("[ [data]]", "lists of tables are not allowed");
	not_taken("[Data]", "unknown table; only [data] is allowed");
	not_taken("[dat]", "unknown table; only [data] is allowed");
	not_taken("[data2]", "unknown table; only [data] is allowed");
	not_taken("[data", "unknown table; only [data] is allowed");
	not_taken("[data\n]", "line 1: unknown table");
	not_taken("[da ta]", "unknown table; only [data] is allowed");
	not_taken("[]", "expected a key");
	not_taken("[''.data]", "expected a key");
	not_taken("[", "expected a key");
	not_taken("[data.x]", "a key must not have several parts");
	not_taken("[data . x]", "a key must not have several parts");
	not_taken("[\"d\\u0061ta\"]", "a key must not contain escapes");
	not_taken("[data]\n[data.x]", "a key must not have several parts");
	not_taken("[data]\n[other]\n", "line 2: unknown table; only [data] is allowed");
	not_taken("[data] x", "text after the value or header");
	not_taken("[data]]", "text after the value or header");
	not_taken("[data] a = ''", "text after the value or header");
	not_taken("[data]\na = '' [data]", "text after the value or header");
}

/* Text that looks like more of the document is only text. */
static void test_text_inside(void **state)
{
	(void)state;
	taken("# version = 'y'\nversion = 'x' # version = 'z'\n#[data]\n", "x", NULL, false, 0);
	counted(HEAD "[data]\na = " LITERAL("\n[data]\nversion = 'y'\na = 'x'\n#") "\n", 1);
	counted(HEAD "[data]\na = " BASIC("\n[data]\nalgorithm = 'y'\na = 'x'\n") "\nb=''", 2);
	counted(HEAD "[data]\na = " BASIC("''' \\\"\"\" '''\nc = ''\n") "\nb=''", 2);
	counted(HEAD "[data]\na = " LITERAL("\"\"\"\nc = ''\n\"\"\"") "\nb=''", 2);
	counted(HEAD "[data]\na = " LITERAL("\\") "\nb = ''", 2);
	counted(HEAD "[data]\na = " LITERAL("x\\\ny = '1'") "\nb = ''", 2);
	counted(HEAD "[data]\na = '\\' # '\nb = \"\\\\\" # \"", 2);
	counted(HEAD "[data]\na = 'x # y' # z = 'x'\n#b = ''\n", 1);
	counted(HEAD "[data]\na = \"# \\\" #\"#\n", 1);
	not_taken("[data]\na = " LITERAL("x") "\n'''\nb = ''\n'''", "line 3: ");
}

static void test_line_ends(void **state)
{
	(void)state;
	counted("version = '0.1.0'\r\n\r\nalgorithm = 'sha-256' # x\r\n[data]\r\na='''\r\n'''\r\n",
	        1);
	not_taken("version = '1'\ralgorithm = '2'", "line 1: control character 0x0d");
	not_taken("\n\nversion = '1' # x\r", "line 3: control character 0x0d");
	not_taken("[data]\r\r\n", "line 1: control character 0x0d");
	not_taken("[data]\na = '''\r'''", "line 2: control character 0x0d");
	not_taken("x\xef\xbb\xbf", "expected = after the key");
	not_taken("\n\xef\xbb\xbf", "expected a key");
	not_taken("\r\n\r\n\n!", "line 4: expected a key");
	not_taken("[data]\na = '''\n\r\n\n'''\n!", "line 6: expected a key");
}

static void test_control_characters(void **state)
{
	(void)state;
	for (int c = 0; c < 0x20; c++) {
		char text[40];
		char why[60];
		if (c == '\t' || c == '\n')
			continue;
		snprintf(why, sizeof(why), "line 2: control character 0x%02x", (unsigned)c);
		/* Wherever it stands. */
		static const char *const around[] = {
			"a = 'x?'", "# ?", "?", "a = '''?'''", "[data]?", "a = \"?\"", "a? = ''"};
		for (size_t i = 0; i < COUNT(around); i++) {
			int len = snprintf(text, sizeof(text), "\n%s ", around[i]);
			*strchr(text, '?') = (char)c;
			not_taken_bytes(text, (size_t)len, why);
		}
	}
	not_taken("# \x7f", "line 1: control character 0x7f");
	not_taken_bytes("", 1, "line 1: control character 0x00");
	taken("# \xc2\x80 \t", NULL, NULL, false, 0);
}

static void test_many_keys(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		cleanup_buffer struct lsec_buffer text = {0};
		lsec_buffer_text(&text, HEAD "[data]\n");
		for (size_t i = 0; i < LSEC_MAX_INITDATA_FILES + more; i++)
			lsec_buffer_format(&text, "file-%zu = ''\n", i);
		if (more == 0)
			counted(text.bytes, LSEC_MAX_INITDATA_FILES);
		else
			not_taken(text.bytes, "line 260: more than 256 keys in [data]");
	}
}

/* No beginning of a document is read beyond its end, and none is taken for more than it is. */
static void test_every_beginning(void **state)
{
	(void)state;
	static const char whole[] =
		HEAD "['data'] # x\r\n\"a\" = \"\"\"\\u00e4\\\n \"\" \\U0010FFFF\"\"\"\n"
		     "b = '''''x'''''\r\n'c' = \"\\\"\"\n";
	struct lsec_problems problems = {0};
	for (size_t len = 0; len < sizeof(whole); len++) {
		struct lsec_toml_head head = {0};
		if (read_copy(whole, len, &head, &problems) == 0)
			assert_true(head.data_count <= 3);
		else
			assert_int_equal(problems.count, 1);
		lsec_toml_head_clear(&head);
		lsec_problems_clear(&problems);
	}
	taken(whole, "0.1.0", "sha-256", true, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),      cmocka_unit_test(test_top_values),
		cmocka_unit_test(test_keys),      cmocka_unit_test(test_repeated_keys),
		cmocka_unit_test(test_headers),   cmocka_unit_test(test_text_inside),
		cmocka_unit_test(test_line_ends), cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_many_keys), cmocka_unit_test(test_every_beginning),
	};
	return cmocka_run_group_tests_name("toml head", tests, NULL, NULL);
}
