/* SPDX-License-Identifier: Apache-2.0 */
#include "annotations/initdata.h"

#include "support.h"

#define HEAD "version = \"0.1.0\"\nalgorithm = \"sha-256\"\n"
#define GOOD HEAD "[data]\n"
#define BOM "\xef\xbb\xbf"

/* GOOD in base64, what base64 makes of gzip -n of it, and its SHA-256 by sha256sum. */
#define GOOD_BASE64 "dmVyc2lvbiA9ICIwLjEuMCIKYWxnb3JpdGhtID0gInNoYS0yNTYiCltkYXRhXQo="
#define GOOD_GZIP                                                                                  \
	"H4sIAAAAAAAAAytLLSrOzM9TsFVQMtAz1DNQ4krMSc8vyizJyAWJFWck6hqZmilxRackliTGcgEAiKrkRS8A"     \
	"AAA="
#define GOOD_SHA256 "9a100050bddff87bf888f676f7bf47595f22cfdfab679a1f21823a6d721acd77"

#define JSON(members) "{\"version\":\"0.1.0\",\"algorithm\":\"sha-256\"" members "}"
#define JSON_GOOD JSON(",\"data\":{\"aa.toml\":\"x\",\"\":\"\"}")

static struct lsec_initdata read_bytes(const char *value, size_t len)
{
	struct lsec_initdata initdata = {0};
	struct lsec_problems problems = {0};
	char *bytes = malloc(len + 1);
	assert_non_null(bytes);
	memcpy(bytes + 1, value, len);
	if (lsec_initdata_read("here", bytes + 1, len, &initdata, &problems) < 0)
		print_message("not taken: %s\n", value);
	free(bytes);
	expect_none(&problems);
	assert_int_equal(strlen(initdata.document), initdata.len);
	return initdata;
}

static void taken(const char *value, enum lsec_initdata_form form, const char *document, bool json,
                  size_t count)
{
	struct lsec_initdata initdata = read_bytes(value, strlen(value));
	assert_int_equal(initdata.form, form);
	assert_string_equal(initdata.document, document);
	assert_int_equal(initdata.json, json);
	assert_int_equal(initdata.data_count, count);
	struct lsec_digest digest = lsec_digest_of(initdata.algorithm, document, strlen(document));
	assert_int_equal(initdata.digest.len, digest.len);
	assert_memory_equal(initdata.digest.bytes, digest.bytes, digest.len);
	lsec_initdata_clear(&initdata);
	assert_null(initdata.document);
}

static void not_taken_bytes(const char *value, size_t len, const char *place, const char *why)
{
	struct lsec_initdata initdata = {.data_count = 77};
	struct lsec_problems problems = {0};
	char *bytes = malloc(len + 1);
	assert_non_null(bytes);
	memcpy(bytes + 1, value, len);
	if (lsec_initdata_read("here", bytes + 1, len, &initdata, &problems) == 0)
		print_message("taken: %s\n", value);
	free(bytes);
	expect_problem(&problems, place, why);
	assert_int_equal(initdata.data_count, 77);
	assert_null(initdata.document);
}

static void not_taken(const char *value, const char *why)
{
	not_taken_bytes(value, strlen(value), "here", why);
}

static void test_forms(void **state)
{
	(void)state;
	taken(GOOD, LSEC_INITDATA_PLAIN, GOOD, false, 0);
	taken(GOOD_BASE64, LSEC_INITDATA_BASE64, GOOD, false, 0);
	taken(GOOD_GZIP, LSEC_INITDATA_GZIP, GOOD, false, 0);
	taken(GOOD_BASE64 "\n", LSEC_INITDATA_BASE64, GOOD, false, 0);
	taken("\r\n" GOOD_GZIP "\r\n\n", LSEC_INITDATA_GZIP, GOOD, false, 0);
	taken(JSON_GOOD, LSEC_INITDATA_PLAIN, JSON_GOOD, true, 2);
	/* Line breaks, wherever. */
	char *lines = malloc(3 * sizeof(GOOD_BASE64));
	assert_non_null(lines);
	for (size_t i = 0; i <= strlen(GOOD_BASE64); i++)
		snprintf(lines + 2 * i, 3, "%c\n", GOOD_BASE64[i]);
	lines[2 * strlen(GOOD_BASE64)] = '\0';
	taken(lines, LSEC_INITDATA_BASE64, GOOD, false, 0);
	free(lines);
}

/* A file may hold the gzip itself. */
static void test_bare_gzip(void **state)
{
	(void)state;
	static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x2b\x4b\x2d\x2a\xce"
				   "\xcc\xcf\x53\xb0\x55\x50\x32\xd0\x33\xd4\x33\x50\xe2\x4a\xcc"
				   "\x49\xcf\x2f\xca\x2c\xc9\xc8\x05\x89\x15\x67\x24\xea\x1a\x99"
				   "\x9a\x29\x71\x45\xa7\x24\x96\x24\xc6\x72\x01\x00\x88\xaa\xe4"
				   "\x45\x2f\x00\x00\x00";
	const size_t len = sizeof(gzip) - 1;
	struct lsec_initdata initdata = read_bytes(gzip, len);
	assert_int_equal(initdata.form, LSEC_INITDATA_GZIP);
	assert_string_equal(initdata.document, GOOD);
	lsec_initdata_clear(&initdata);
	not_taken_bytes(gzip, len - 1, "here", "the gzip data is damaged or incomplete");
	not_taken_bytes("\x1f\x8b", 2, "here", "the gzip data is damaged or incomplete");
	not_taken_bytes("\x1f", 1, "here", "line 1: control character 0x1f");
}

static void test_digest(void **state)
{
	(void)state;
	static const char *const values[] = {GOOD, GOOD_BASE64, GOOD_GZIP};
	for (size_t i = 0; i < COUNT(values); i++) {
		struct lsec_initdata initdata = read_bytes(values[i], strlen(values[i]));
		char hex[65] = "";
		assert_int_equal(initdata.digest.len, 32);
		for (size_t j = 0; j < 32; j++)
			snprintf(hex + 2 * j, 3, "%02x", initdata.digest.bytes[j]);
		assert_string_equal(hex, GOOD_SHA256);
		lsec_initdata_clear(&initdata);
	}
}

static void test_algorithms(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum lsec_hash hash;
		size_t len;
	} good[] = {{"sha-256", LSEC_SHA_256, 32}, {"sha256", LSEC_SHA_256, 32},
	            {"sha-384", LSEC_SHA_384, 48}, {"sha384", LSEC_SHA_384, 48},
	            {"sha-512", LSEC_SHA_512, 64}, {"sha512", LSEC_SHA_512, 64}};
	char text[200];
	for (size_t i = 0; i < 2 * COUNT(good); i++) {
		const char *name = good[i / 2].name;
		if (i % 2 == 0)
			snprintf(text, sizeof(text), "version='0.1.0'\nalgorithm='%s'\n[data]",
			         name);
		else
			snprintf(text, sizeof(text),
			         "{\"version\":\"0.1.0\",\"algorithm\":\"%s\",\"data\":{}}", name);
		struct lsec_initdata initdata = read_bytes(text, strlen(text));
		assert_int_equal(initdata.algorithm, good[i / 2].hash);
		assert_int_equal(initdata.digest.len, good[i / 2].len);
		lsec_initdata_clear(&initdata);
	}
	static const char *const bad[] = {"",         "SHA-256", "Sha256",   "sha-1",    "sha1",
	                                  "sha-224",  "sha_256", "sha 256",  "sha-2566", "sha-25",
	                                  "sha3-256", "md5",     "sha-256 ", "sm3"};
	for (size_t i = 0; i < COUNT(bad); i++) {
		char why[100];
		snprintf(text, sizeof(text), "version='0.1.0'\nalgorithm='%s'\n[data]", bad[i]);
		snprintf(why, sizeof(why),
		         "the algorithm must be sha256, sha384 or sha512, got \"%s\"", bad[i]);
		not_taken(text, why);
	}
}

static void test_head(void **state)
{
	(void)state;
	not_taken("algorithm='sha-256'\n[data]", "the initdata has no version");
	not_taken("version='0.1.0'\n[data]", "the initdata has no algorithm");
	not_taken(HEAD, "the initdata has no data");
	not_taken("version='0.1.1'\nalgorithm='sha-256'\n[data]",
	          "the initdata version must be \"0.1.0\", got \"0.1.1\"");
	not_taken("version=''\nalgorithm='sha-256'\n[data]",
	          "the initdata version must be \"0.1.0\", got \"\"");
	not_taken("version='0.1.0 '\nalgorithm='sha-256'\n[data]", "the initdata version must be");
	not_taken("{\"algorithm\":\"sha-256\",\"data\":{}}", "the initdata has no version");
	not_taken("{\"version\":\"0.1.0\",\"data\":{}}", "the initdata has no algorithm");
	not_taken(JSON(""), "the initdata has no data");
	/* All at once. */
	struct lsec_initdata initdata = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_initdata_read("p", "#", 1, &initdata, &problems), -1);
	assert_int_equal(problems.count, 3);
	lsec_problems_clear(&problems);
	assert_int_equal(lsec_initdata_read("p", "{}", 2, &initdata, &problems), -1);
	assert_int_equal(problems.count, 3);
	lsec_problems_clear(&problems);
}

static void test_json(void **state)
{
	(void)state;
	taken(JSON(",\"data\":{}"), LSEC_INITDATA_PLAIN, JSON(",\"data\":{}"), true, 0);
	taken(" \t\r\n" JSON_GOOD "\n", LSEC_INITDATA_PLAIN, " \t\r\n" JSON_GOOD "\n", true, 2);
	static const char spread[] =
		"{\"data\":{\"a\":\"\\u0000\\ud83d\\ude00\",\"b\\u0063\":\"\"},\n"
		" \"\\u0061lgorithm\":\"sha-25\\u0036\",\"version\":\"0.1.0\"}";
	taken(spread, LSEC_INITDATA_PLAIN, spread, true, 2);
	static const struct {
		const char *value;
		const char *why;
	} bad[] = {
		{JSON(",\"data\":[]"), "data must be an object, got a list"},
		{JSON(",\"data\":\"x\""), "data must be an object, got a string"},
		{JSON(",\"data\":{\"a\":1}"), "\"a\" in data must be a string, got a number"},
		{JSON(",\"data\":{\"a\":\"x\",\"b\":null}"),
	         "\"b\" in data must be a string, got null"},
		{JSON(",\"data\":{\"a\":{}}"), "\"a\" in data must be a string, got an object"},
		{JSON(",\"data\":null"), "the initdata has no data"},
		{JSON(",\"data\":{},\"x\":1"), "unknown member \"x\"; only version, algorithm"},
		{JSON(",\"data\":{},\"\":1"), "unknown member \"\""},
		{JSON(",\"data\":{},\"Version\":1"), "unknown member \"Version\""},
		{"{\"version\":1,\"algorithm\":\"sha-256\",\"data\":{}}",
	         "version must be a string, got a number"},
		{"{\"version\":\"0.1.0\",\"algorithm\":[\"sha-256\"],\"data\":{}}",
	         "algorithm must be a string, got a list"},
		{"{\"version\":\"0.1.0\\u0000\",\"algorithm\":\"sha-256\",\"data\":{}}",
	         "the value contains a NUL character"},
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken(bad[i].value, bad[i].why);
	static const struct {
		const char *value;
		const char *place;
		const char *why;
	} broken[] = {
		{"{", "here:1:2", "invalid JSON: "},
		{"\n{\"version\":\"0.1.0\",}", "here:2:20", "invalid JSON: "},
		{JSON(",\"data\":{}") "}", "here:1:52", "invalid JSON: "},
		{JSON(",\"data\":{}") GOOD, "here:1:52", "invalid JSON: "},
		{JSON(",\"data\":{\"a\\u0000\":\"\"}"), NULL, "a key contains a NUL character"},
		{JSON(",\"data\":{\"a\":\"\\ud800\"}"), NULL, "invalid JSON: "},
		{JSON(",\"data\":{\"a\":\"\n\"}"), NULL, "invalid JSON: "},
	};
	for (size_t i = 0; i < COUNT(broken); i++)
		not_taken_bytes(broken[i].value, strlen(broken[i].value), broken[i].place,
		                broken[i].why);
}

static void test_many_members(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		cleanup_buffer struct lsec_buffer text = {0};
		lsec_buffer_text(&text,
		                 "{\"version\":\"0.1.0\",\"algorithm\":\"sha-256\",\"data\":{");
		for (size_t i = 0; i < LSEC_MAX_INITDATA_FILES + more; i++)
			lsec_buffer_format(&text, "%s\"%zu\":\"\"", i == 0 ? "" : ",", i);
		lsec_buffer_text(&text, "}}");
		if (more == 0)
			taken(text.bytes, LSEC_INITDATA_PLAIN, text.bytes, true,
			      LSEC_MAX_INITDATA_FILES);
		else
			not_taken(text.bytes, "data has more than 256 members");
	}
}

static void test_bad_base64(void **state)
{
	(void)state;
	static const char why[] = "is neither an initdata document nor complete base64";
	not_taken("x", "is neither an initdata document nor complete base64");
	static const char *const bad[] = {"=",        "====",      "A===",  "AA=",     "AAA",
	                                  "AA==AA==", "AAAA=",     "=AAA",  "AB==",    "AAB=",
	                                  "AAAAA",    "A\nA\r\n=", "////=", "initdata"};
	for (size_t i = 0; i + 1 < COUNT(bad); i++)
		not_taken(bad[i], why);
	/* Base64, but of what? */
	not_taken("initdata", "contains bytes that are not UTF-8");
	not_taken("eA==", "line 1: expected = after the key");
	/* Base64 again, gzip in gzip, another alphabet. */
	not_taken("ZG1WeWMybHY=", "line 1: expected = after the key");
	not_taken("H4sIAAAAAAAAA5Pv5mAAAwAfC8TPBgAAAA==", "the gzip data is damaged");
	not_taken("AA-_", "line 1: expected = after the key");
	/* Blanks are none of it, as YAML makes them of line breaks behind >. */
	not_taken(" " GOOD_BASE64, "is neither an initdata document nor complete base64");
	not_taken("AAAA AAAA", "is neither an initdata document nor complete base64");
	not_taken(GOOD_BASE64 "\t", "is neither an initdata document nor complete base64");
	not_taken_bytes("AAAA\0AAA", 8, "here", "line 1: control character 0x00");
}

static void test_nothing(void **state)
{
	(void)state;
	static const char why[] = "is empty; must be initdata in TOML or JSON";
	not_taken("", why);
	not_taken("\n", why);
	not_taken("\r\n\r\n", why);
	not_taken("H4sIAAAAAAAAAwMAAAAAAAAAAAA=", why); /* gzip of nothing */
}

static void test_not_utf8(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4"};
	char text[200];
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), GOOD "# %s\n", bad[i]);
		not_taken(text, "contains bytes that are not UTF-8");
		snprintf(text, sizeof(text), JSON(",\"data\":{\"a\":\"%s\"}"), bad[i]);
		not_taken(text, "contains bytes that are not UTF-8");
	}
}

/* One byte order mark is skipped, but the digest is over it. */
static void test_byte_order_mark(void **state)
{
	(void)state;
	taken(BOM GOOD, LSEC_INITDATA_PLAIN, BOM GOOD, false, 0);
	taken(BOM JSON_GOOD, LSEC_INITDATA_PLAIN, BOM JSON_GOOD, true, 2);
	taken(BOM " \n" JSON_GOOD, LSEC_INITDATA_PLAIN, BOM " \n" JSON_GOOD, true, 2);
	not_taken(BOM BOM GOOD, "line 1: expected a key");
	not_taken("\xef\xbb\xbe" GOOD, "line 1: expected a key");
	not_taken("\xef\xbb", "contains bytes that are not UTF-8");
	not_taken("\n" BOM GOOD, "line 2: expected a key");
	not_taken(GOOD BOM, "line 4: expected a key");
	not_taken(BOM BOM JSON_GOOD, "line 1: expected a key");
	/* In front of base64 it is none of it. */
	not_taken(BOM GOOD_BASE64, "unknown key before [data]");
}

static void test_size(void **state)
{
	(void)state;
	char *text = repeat('#', LSEC_MAX_INITDATA + 1);
	memcpy(text, GOOD, strlen(GOOD));
	not_taken(text, "the document has 1048577 bytes, but the limit is 1048576");
	text[LSEC_MAX_INITDATA] = '\0';
	taken(text, LSEC_INITDATA_PLAIN, text, false, 0);
	free(text);
	/* In JSON the same, since the brace comes last. */
	text = repeat(' ', LSEC_MAX_INITDATA + 1);
	memcpy(text, JSON_GOOD, strlen(JSON_GOOD));
	not_taken(text, "the document has 1048577 bytes");
	text[LSEC_MAX_INITDATA] = '\0';
	taken(text, LSEC_INITDATA_PLAIN, text, true, 2);
	free(text);
}

static void doubted(const char *value, const char *why)
{
	struct lsec_initdata initdata = read_bytes(value, strlen(value));
	const char *doubt = lsec_initdata_doubt(&initdata);
	if (why == NULL)
		assert_null(doubt);
	else
		expect_contains(doubt == NULL ? "no doubt" : doubt, why);
	lsec_initdata_clear(&initdata);
}

static void test_doubts(void **state)
{
	(void)state;
	doubted(GOOD, NULL);
	doubted(JSON_GOOD "\n", NULL);
	doubted(HEAD "\n\n[data]\n", NULL);
	doubted(HEAD "[data]", "does not end in a line feed");
	doubted(GOOD " ", "does not end in a line feed");
	doubted(JSON_GOOD, "does not end in a line feed");
	doubted(GOOD "\n", "ends in more than one line feed");
	doubted(GOOD "\n\n\n", "ends in more than one line feed");
	doubted(HEAD "\r\n[data]\n", "has carriage returns");
	doubted(HEAD "[data]\r\n", "has carriage returns");
	doubted(BOM GOOD, "begins with a byte order mark");
	doubted(BOM HEAD "\r\n[data]", "begins with a byte order mark");
	/* What base64 carries stays as it is. */
	doubted(GOOD_BASE64, NULL);
	doubted(GOOD_GZIP, NULL);
	doubted("77u/dmVyc2lvbj0nMC4xLjAnDQphbGdvcml0aG09J3NoYTI1NicNCltkYXRhXQ==", NULL);
	/* The shortest there could be. */
	struct lsec_initdata one = {.document = (char[]){"\n"}, .len = 1};
	assert_null(lsec_initdata_doubt(&one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_bare_gzip),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_bad_base64),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_doubts),
	};
	return cmocka_run_group_tests_name("initdata", tests, NULL, NULL);
}
