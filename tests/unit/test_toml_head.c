/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Called with `--documents FILE` it reads documents instead, each behind a line with its length,
 * and prints a line for each: how it was read. That is for tests/golden/test_toml.py, which holds
 * the answers against another parser.
 */
#include "annotations/toml_head.h"

#include "annotations/initdata.h"
#include "support.h"

#define HEAD "version = \"0.1.0\"\nalgorithm = \"sha-256\"\n"

/* A TOML string of many lines, of either kind, around a text. */
#define BASIC(text) "\"\"\"" text "\"\"\""
#define LITERAL(text) "'''" text "'''"

static void taken_bytes(const char *text, size_t len, const char *version, const char *algorithm,
                        bool has_data, size_t count)
{
	struct lsec_toml_head head LSEC_CLEANUP(lsec_toml_head_clear) = {0};
	struct lsec_problems problems = {0};
	/* Without a NUL behind it, so that a sanitizer sees what reads too far. */
	char *bytes = malloc(len + 1);
	assert_non_null(bytes);
	memcpy(bytes + 1, text, len);
	if (lsec_toml_head_read("here", bytes + 1, len, &head, &problems) < 0)
		print_message("not taken: %s\n", text);
	free(bytes);
	expect_none(&problems);
	assert_int_equal(head.has_data, has_data);
	assert_int_equal(head.data_count, count);
	assert_int_equal(head.version == NULL, version == NULL);
	assert_int_equal(head.algorithm == NULL, algorithm == NULL);
	if (version != NULL)
		assert_string_equal(head.version, version);
	if (algorithm != NULL)
		assert_string_equal(head.algorithm, algorithm);
}

static void taken(const char *text, const char *version, const char *algorithm, bool has_data,
                  size_t count)
{
	taken_bytes(text, strlen(text), version, algorithm, has_data, count);
}

/* A document with a whole head: so many keys in [data]. */
static void counted(const char *text, size_t count)
{
	taken(text, "0.1.0", "sha-256", true, count);
}

static void not_taken_bytes(const char *text, size_t len, const char *why)
{
	struct lsec_toml_head head = {.data_count = 77};
	struct lsec_problems problems = {0};
	char *bytes = malloc(len + 1);
	assert_non_null(bytes);
	memcpy(bytes + 1, text, len);
	if (lsec_toml_head_read("here", bytes + 1, len, &head, &problems) == 0)
		print_message("taken: %s\n", text);
	free(bytes);
	expect_problem(&problems, "here", why);
	assert_int_equal(head.data_count, 77);
	assert_null(head.version);
}

static void not_taken(const char *text, const char *why)
{
	not_taken_bytes(text, strlen(text), why);
}

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
		char *bytes = malloc(len + 1);
		assert_non_null(bytes);
		memcpy(bytes + 1, whole, len);
		if (lsec_toml_head_read("here", bytes + 1, len, &head, &problems) == 0)
			assert_true(head.data_count <= 3);
		else
			assert_int_equal(problems.count, 1);
		free(bytes);
		lsec_toml_head_clear(&head);
		lsec_problems_clear(&problems);
	}
	taken(whole, "0.1.0", "sha-256", true, 3);
}

static void print_hex(const char *text)
{
	if (text == NULL)
		putchar('-');
	else
		putchar('=');
	for (; text != NULL && *text != '\0'; text++)
		printf("%02x", (unsigned char)*text);
	putchar(' ');
}

static void answer(const char *bytes, size_t len)
{
	struct lsec_toml_head head = {0};
	struct lsec_initdata initdata = {0};
	struct lsec_problems problems = {0};
	if (lsec_toml_head_read("", bytes, len, &head, &problems) == 0) {
		print_hex(head.version);
		print_hex(head.algorithm);
		printf("%d %zu ", head.has_data, head.data_count);
	} else {
		printf("refused ");
	}
	if (lsec_initdata_read("", bytes, len, &initdata, &problems) == 0)
		printf("%d %s %s %zu\n", (int)initdata.form, initdata.json ? "json" : "toml",
		       lsec_hash_name(initdata.algorithm), initdata.data_count);
	else
		printf("refused\n");
	lsec_toml_head_clear(&head);
	lsec_initdata_clear(&initdata);
	lsec_problems_clear(&problems);
}

static int read_documents(const char *path)
{
	FILE *file = fopen(path, "rbe");
	size_t len = 0;
	while (file != NULL && fscanf(file, "%zu", &len) == 1 && fgetc(file) == '\n') {
		char *bytes = malloc(len + 1);
		if (bytes == NULL || fread(bytes, 1, len, file) != len)
			abort();
		answer(bytes, len);
		free(bytes);
	}
	bool whole = file != NULL && feof(file) != 0;
	if (file != NULL)
		fclose(file);
	return whole ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),      cmocka_unit_test(test_top_values),
		cmocka_unit_test(test_keys),      cmocka_unit_test(test_repeated_keys),
		cmocka_unit_test(test_headers),   cmocka_unit_test(test_text_inside),
		cmocka_unit_test(test_values),    cmocka_unit_test(test_quotes_at_the_end),
		cmocka_unit_test(test_escapes),   cmocka_unit_test(test_line_end_backslash),
		cmocka_unit_test(test_line_ends), cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_many_keys), cmocka_unit_test(test_every_beginning),
	};
	if (argc == 3 && strcmp(argv[1], "--documents") == 0)
		return read_documents(argv[2]);
	return cmocka_run_group_tests_name("toml head", tests, NULL, NULL);
}
