/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

static void test_any_value(void **state)
{
	(void)state;
	not_taken("qgs", TDX, "", "must not be empty");
	not_taken("firmware", TDX, " /a", "must not begin or end with a blank");
	not_taken("firmware", TDX, "/a ", "must not begin or end with a blank");
	not_taken("firmware", TDX, "/a\n", "line break at byte 3");
	not_taken("firmware", TDX, "\r/a", "line break at byte 1");
	for (int c = 1; c < 0x20; c++) {
		char text[] = {'/', 'a', (char)c, 'b', '\0'};
		not_taken("firmware", TDX, text, "at byte 3");
	}
	not_taken("firmware", TDX, "/a\x7f", "0x7f at byte 3");
	assert_string_equal(taken("firmware", TDX, "/a b").text, "/a b");
	not_taken("firmware", TDX, "/\xc3\xa4", "the character at byte 2 is not ASCII");
	struct lsec_problems problems = {0};
	char *text = repeat('a', LSEC_MAX_VALUE + 1);
	assert_int_equal(lsec_value_check_text("p", text, &problems), -1);
	expect_problem(&problems, "p", "the value has 65537 bytes, but the limit is 65536");
	text[LSEC_MAX_VALUE] = '\0';
	assert_int_equal(lsec_value_check_text("p", text, &problems), 0);
	free(text);
}

static void test_type(void **state)
{
	(void)state;
	assert_string_equal(taken("type", LSEC_TEE_NONE, "sev-snp").text, "sev-snp");
	assert_string_equal(taken("type", LSEC_TEE_NONE, "tdx").text, "tdx");
	assert_int_equal(taken("type", TDX, "tdx").word, LSEC_WORD_LITERAL);
	assert_int_equal(taken("type", TDX, "none").word, LSEC_WORD_NONE);
	static const char *const bad[] = {"SEV-SNP", "sev", "snp",        "TDX",
	                                  "None",    "x",   "sev-snp,tdx"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("type", LSEC_TEE_NONE, bad[i], "sev-snp");
	not_taken("type", LSEC_TEE_NONE, "Snp", "did you mean sev-snp?");
	not_taken("type", LSEC_TEE_NONE, "Intel", "did you mean tdx?");
	not_taken("type", LSEC_TEE_NONE, "TDX", "did you mean tdx?");
}

static void test_yes_no(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} good[] = {{"yes", "yes"}, {"true", "yes"}, {"no", "no"}, {"false", "no"}};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct lsec_value value = taken("vcek", SNP, good[i].text);
		assert_string_equal(value.text, good[i].want);
		assert_int_equal(value.number, good[i].want[0] == 'y');
	}
	static const char *const bad[] = {"Yes", "NO", "1", "0", "on", "off", "y", "True", "yess"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("vcek", SNP, bad[i], "must be yes or no");
}

static void test_cpuid(void **state)
{
	(void)state;
	assert_int_equal(taken("cbitpos", SNP, "auto").word, LSEC_WORD_AUTO);
	assert_int_equal(taken("cbitpos", SNP, "omit").word, LSEC_WORD_OMIT);
	assert_string_equal(taken("cbitpos", SNP, "1").text, "1");
	assert_string_equal(taken("cbitpos", SNP, "63").text, "63");
	assert_string_equal(taken("cbitpos", SNP, "0x33").text, "51");
	static const char *const bad[] = {"0", "64", "051", "-1", "Auto", "18446744073709551617",
	                                  "x"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("reduced-phys-bits", SNP, bad[i], "from 1 to 63");
}

static void test_policy_value(void **state)
{
	(void)state;
	assert_string_equal(taken("policy", SNP, "196608").text, "0x30000");
	assert_string_equal(taken("policy", SNP, "0X000030000").text, "0x30000");
	assert_string_equal(taken("policy", SNP, "smt").text, "0x30000");
	assert_string_equal(taken("policy", TDX, "sept-ve-disable").text, "0x10000000");
	not_taken("policy", SNP, "030000", "must be a number");
	not_taken("policy", TDX, "smt", "is not a tdx policy flag");
}

static void test_paths(void **state)
{
	(void)state;
	assert_int_equal(taken("firmware", TDX, "auto").word, LSEC_WORD_AUTO);
	assert_int_equal(taken("firmware", TDX, "keep").word, LSEC_WORD_KEEP);
	static const char *const good[] = {"/a",     "/a/..b", "/a/b..",  "/...",
	                                   "/a/./b", "//a",    "/a/.../b"};
	for (size_t i = 0; i < COUNT(good); i++)
		assert_string_equal(taken("firmware", TDX, good[i]).text, good[i]);
	static const char *const up[] = {"/..", "/../a", "/a/..", "/a/../b", "//..", "/a/b/../.."};
	for (size_t i = 0; i < COUNT(up); i++)
		not_taken("firmware", TDX, up[i], "without \"..\"");
	not_taken("firmware", TDX, "a/b", "begins with /");
	not_taken("firmware", TDX, "AUTO", "begins with /");
	not_taken("firmware", TDX, "./a", "begins with /");
	not_taken("firmware", TDX, "/", "does not end in /");
	not_taken("firmware", TDX, "/a/", "does not end in /");
	char *path = repeat('a', LSEC_MAX_PATH + 1);
	path[0] = '/';
	not_taken("firmware", TDX, path, "the path has 4096 bytes, but the limit is 4095");
	path[LSEC_MAX_PATH] = '\0';
	assert_string_equal(taken("firmware", TDX, path).text, path);
	free(path);
}

static void test_qgs(void **state)
{
	(void)state;
	assert_int_equal(taken("qgs", TDX, "default").word, LSEC_WORD_DEFAULT);
	assert_int_equal(taken("qgs", TDX, "none").word, LSEC_WORD_NONE);
	assert_string_equal(taken("qgs", TDX, "/run/qgs").text, "/run/qgs");
	assert_string_equal(taken("qgs", TDX, "unix:/run/qgs").text, "/run/qgs");
	assert_string_equal(taken("qgs", TDX, "/run/a:b").text, "/run/a:b");
	assert_int_equal(taken("qgs", TDX, "vsock:2:4050").word, LSEC_WORD_VSOCK);
	assert_int_equal(taken("qgs", TDX, "host:4050").word, LSEC_WORD_INET);
	not_taken("qgs", TDX, "host", "absolute path");
	not_taken("qgs", TDX, "host:4050 ", "must not begin or end with a blank");
	not_taken("qgs", TDX, "unix:", "absolute path");
	not_taken("qgs", TDX, "unix:run", "absolute path");
	not_taken("qgs", TDX, "Default", "absolute path");
	not_taken("qgs", TDX, "unix:unix:/run", "absolute path");
	char *path = repeat('a', LSEC_MAX_SOCKET_PATH + 1);
	path[0] = '/';
	not_taken("qgs", TDX, path, "the path has 108 bytes, but the limit is 107");
	path[LSEC_MAX_SOCKET_PATH] = '\0';
	assert_string_equal(taken("qgs", TDX, path).text, path);
	free(path);
}

static void test_from_number(void **state)
{
	(void)state;
	struct lsec_value value = lsec_value_from_number(LSEC_FROM_DOMAIN, "p", true, UINT64_MAX);
	assert_string_equal(value.text, "0xffffffffffffffff");
	assert_int_equal(value.origin, LSEC_FROM_DOMAIN);
	lsec_value_clear(&value);
	value = lsec_value_from_number(LSEC_FROM_STANDARD, "p", false, 51);
	assert_string_equal(value.text, "51");
	assert_int_equal(value.number, 51);
	lsec_value_clear(&value);
}

static void test_oem_strings(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t count;
		const char *first, *last;
	} good[] = {
		{"x", 1, "x", "x"},
		{"kbs:///default/disk/key", 1, "kbs:///default/disk/key",
	         "kbs:///default/disk/key"},
		{"x]", 1, "x]", "x]"},
		{"\"x\"", 1, "\"x\"", "\"x\""},
		{"{}", 1, "{}", "{}"},
		{"[\"x\"]", 1, "x", "x"},
		{" \t\r\n[ \"a\" ,\n\"b\" ]\n", 2, "a", "b"},
		{"[\"a\",\"a\",\"a\"]", 3, "a", "a"},
		{"[\"[\",\" \"]", 2, "[", " "},
		{"[\" x \",\"~!\"]", 2, " x ", "~!"},
		{"[\"\\u0041\",\"\\/\"]", 2, "A", "/"},
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct lsec_value value = parsed("oem-strings", TDX, good[i].text);
		assert_string_equal(value.text, good[i].text);
		assert_int_equal(value.string_count, good[i].count);
		assert_string_equal(value.strings[0], good[i].first);
		assert_string_equal(value.strings[good[i].count - 1], good[i].last);
		lsec_value_clear(&value);
		assert_null(value.strings);
	}
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{"", "must not be empty"},
		{" x", "must not begin or end with a blank"},
		{"x ", "must not begin or end with a blank"},
		{"\n", "line break at byte 1"},
		{"x\ny", "line break at byte 2"},
		{"x\ty", "0x09 at byte 2"},
		{"\xc3\xa4", "the character at byte 1 is not ASCII"},
		{"\x7f", "0x7f at byte 1"},
		{"[]", "the array is empty; add strings or remove the key"},
		{" [ ] ", "the array is empty"},
		{"[\"\"]", "an OEM string must not be empty; fill it in or remove it"},
		{"[\"a\",\"\"]", "an OEM string must not be empty"},
		{"[\"\\u0000\"]", "must be printable ASCII, got \"\\x00\""},
		{"[\"a\\u0000\"]", "must be printable ASCII, got \"a\\x00\""},
		{"[\"\\n\"]", "must be printable ASCII, got \"\\x0a\""},
		{"[\"\\u007f\"]", "must be printable ASCII, got \"\\x7f\""},
		{"[\"\\u001f\"]", "must be printable ASCII"},
		{"[\"\xc3\xa4\"]", "must be printable ASCII, got \"\\xc3\\xa4\""},
		{"[1]", "item 1 must be a string, got a number"},
		{"[\"a\",true]", "item 2 must be a string, got a boolean"},
		{"[\"a\",\"b\",[\"c\"]]", "item 3 must be a string, got a list"},
		{"[null]", "item 1 must be a string, got null"},
		{"[{}]", "item 1 must be a string, got an object"},
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("oem-strings", TDX, bad[i].text, bad[i].why);
	/* What is wrong with the JSON has its line and column. */
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(parse("oem-strings", TDX, "[\"a\",\n]", &value, &problems), -1);
	expect_problem(&problems, "here:2:1", "must be a JSON array of strings");
}

static void test_initdata_value(void **state)
{
	(void)state;
	static const char document[] = "version='0.1.0'\nalgorithm='sha-256'\n[data]\n";
	static const char base64[] = "dmVyc2lvbj0nMC4xLjAnCmFsZ29yaXRobT0nc2hhLTI1NicKW2RhdGFdCg==";
	const char *const forms[] = {document, base64};
	struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, document, strlen(document));
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct lsec_value value = parsed("initdata", TDX, forms[i]);
		assert_string_equal(value.text, forms[i]);
		assert_int_equal(value.string_count, 1);
		assert_string_equal(value.strings[0], base64);
		assert_int_equal(value.digest.len, 32);
		assert_memory_equal(value.digest.bytes, digest.bytes, 32);
		assert_null(value.doubt);
		lsec_value_clear(&value);
	}
	/* Without its last line feed. */
	char *text = strndup(document, strlen(document) - 1);
	struct lsec_value value = parsed("initdata", TDX, text);
	assert_non_null(value.doubt);
	lsec_value_clear(&value);
	free(text);
	not_taken("initdata", TDX, "", "must not be empty");
	not_taken("initdata", TDX, "x", "is neither an initdata document nor complete base64");
	not_taken("initdata", TDX, "version='0.1.0'\nalgorithm='md5'\n[data]",
	          "the algorithm must be");
}

/* How long a value may be. */
static void test_lengths(void **state)
{
	(void)state;
	const struct {
		const char *key;
		size_t longest;
		const char *begin;
	} limits[] = {
		{"host-data", LSEC_MAX_VALUE, "sha256-of:"},
		{"mr-owner", LSEC_MAX_VALUE, "sha384-of:\n"},
		{"oem-strings", LSEC_MAX_VALUE, ""},
		{"initdata", LSEC_MAX_INITDATA_VALUE,
	         "version='0.1.0'\nalgorithm='sha-256'\n[data]\n#"},
	};
	for (size_t i = 0; i < COUNT(limits); i++) {
		char why[80];
		char *text = repeat('x', limits[i].longest + 1);
		memcpy(text, limits[i].begin, strlen(limits[i].begin));
		snprintf(why, sizeof(why), "the value has %zu bytes, but the limit is %zu",
		         limits[i].longest + 1, limits[i].longest);
		not_taken(limits[i].key, TDX, text, why);
		text[limits[i].longest] = '\0';
		struct lsec_value value = parsed(limits[i].key, TDX, text);
		lsec_value_clear(&value);
		free(text);
	}
	/* The same for a list, before it is read as one. */
	char *list = repeat(' ', LSEC_MAX_VALUE + 1);
	memcpy(list, "[\"x\"]", 5);
	not_taken("oem-strings", TDX, list, "the value has 65537 bytes, but the limit is 65536");
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_value),    cmocka_unit_test(test_type),
		cmocka_unit_test(test_yes_no),       cmocka_unit_test(test_cpuid),
		cmocka_unit_test(test_policy_value), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_qgs),          cmocka_unit_test(test_from_number),
		cmocka_unit_test(test_oem_strings),  cmocka_unit_test(test_initdata_value),
		cmocka_unit_test(test_lengths),
	};
	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
