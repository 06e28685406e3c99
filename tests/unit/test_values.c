/* SPDX-License-Identifier: Apache-2.0 */
#include "core/values.h"

#include <nettle/base64.h>

#include "support.h"

/* Parses a value that must be taken; its text is in `text` until the next call. */
static struct lsec_value taken(const char *key, enum lsec_tee tee, const char *text)
{
	static char kept[8192];
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	if (lsec_value_parse(lsec_key_find(key), tee, LSEC_FROM_CLUSTER, "here", text, &value,
	                     &problems) < 0)
		print_problems(&problems);
	expect_none(&problems);
	assert_int_equal(value.origin, LSEC_FROM_CLUSTER);
	assert_string_equal(value.place, "here");
	snprintf(kept, sizeof(kept), "%s", value.text);
	lsec_value_clear(&value);
	assert_null(value.text);
	value.text = kept;
	return value;
}

/* The same, giving word and number back. */
static enum lsec_word word_of(const char *key, const char *text)
{
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_value_parse(lsec_key_find(key), LSEC_TEE_TDX, LSEC_FROM_ANNOTATION,
	                                  "here", text, &value, &problems),
	                 0);
	enum lsec_word word = value.word;
	lsec_value_clear(&value);
	return word;
}

static void not_taken(const char *key, enum lsec_tee tee, const char *text, const char *why)
{
	struct lsec_value value = {.number = 77, .place = (char[]){"untouched"}};
	struct lsec_problems problems = {0};
	if (lsec_value_parse(lsec_key_find(key), tee, LSEC_FROM_ANNOTATION, "here", text, &value,
	                     &problems) == 0)
		print_message("%s took %.80s\n", key, text);
	expect_problem(&problems, "here", why);
	assert_int_equal(value.number, 77);
	assert_string_equal(value.place, "untouched");
}

static void test_number(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		uint64_t number;
	} cases[] = {
		{"0", true, 0},
		{"1", true, 1},
		{"10", true, 10},
		{"9", true, 9},
		{"0x0", true, 0},
		{"0x00030000", true, 0x30000},
		{"0X3aF", true, 0x3af},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551614", true, UINT64_MAX - 1},
		{"18446744073709551616", false, 0},
		{"18446744073709551620", false, 0},
		{"99999999999999999999", false, 0},
		{"0xffffffffffffffff", true, UINT64_MAX},
		{"0x0000000ffffffffffffffff", true, UINT64_MAX},
		{"0x10000000000000000", false, 0},
		{"0xfffffffffffffffff", false, 0},
		{"", false, 0},
		{"0x", false, 0},
		{"x1", false, 0},
		{"00", false, 0},
		{"01", false, 0},
		{"010", false, 0},
		{"+1", false, 0},
		{"-1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"1a", false, 0},
		{"0xg", false, 0},
		{"0x 1", false, 0},
		{"1_000", false, 0},
		{"1.0", false, 0},
		{"0b1", false, 0},
		{"/", false, 0},
		{":", false, 0},
		{"0x@", false, 0},
		{"0x`", false, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t number = 4711;
		if (lsec_number(cases[i].text, &number) != cases[i].good)
			print_message("number %s\n", cases[i].text);
		assert_int_equal(number, cases[i].good ? cases[i].number : 4711);
	}
}

static void test_any_value(void **state)
{
	(void)state;
	not_taken("qgs", LSEC_TEE_TDX, "", "empty value");
	not_taken("firmware", LSEC_TEE_TDX, " /a", "no blanks around");
	not_taken("firmware", LSEC_TEE_TDX, "/a ", "no blanks around");
	not_taken("firmware", LSEC_TEE_TDX, "/a\n", "line break at byte 3");
	not_taken("firmware", LSEC_TEE_TDX, "\r/a", "line break at byte 1");
	for (int c = 1; c < 0x20; c++) {
		char text[] = {'/', 'a', (char)c, 'b', '\0'};
		not_taken("firmware", LSEC_TEE_TDX, text, "at byte 3");
	}
	not_taken("firmware", LSEC_TEE_TDX, "/a\x7f", "0x7f at byte 3");
	assert_string_equal(taken("firmware", LSEC_TEE_TDX, "/a b").text, "/a b");
	not_taken("firmware", LSEC_TEE_TDX, "/\xc3\xa4", "not ASCII at byte 2");
	struct lsec_problems problems = {0};
	char *text = repeat('a', LSEC_MAX_VALUE + 1);
	assert_int_equal(lsec_value_check_text("p", text, &problems), -1);
	expect_problem(&problems, "p", "65537 bytes; at most 65536");
	text[LSEC_MAX_VALUE] = '\0';
	assert_int_equal(lsec_value_check_text("p", text, &problems), 0);
	free(text);
}

static void test_type(void **state)
{
	(void)state;
	assert_string_equal(taken("type", LSEC_TEE_NONE, "sev-snp").text, "sev-snp");
	assert_string_equal(taken("type", LSEC_TEE_NONE, "tdx").text, "tdx");
	assert_int_equal(word_of("type", "tdx"), LSEC_WORD_LITERAL);
	assert_int_equal(word_of("type", "none"), LSEC_WORD_NONE);
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
	assert_string_equal(taken("vcek", LSEC_TEE_SEV_SNP, "yes").text, "yes");
	assert_string_equal(taken("vcek", LSEC_TEE_SEV_SNP, "true").text, "yes");
	assert_int_equal(taken("vcek", LSEC_TEE_SEV_SNP, "true").number, 0);
	assert_string_equal(taken("vcek", LSEC_TEE_SEV_SNP, "no").text, "no");
	assert_string_equal(taken("vcek", LSEC_TEE_SEV_SNP, "false").text, "no");
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_value_parse(lsec_key_find("vcek"), LSEC_TEE_SEV_SNP,
	                                  LSEC_FROM_ANNOTATION, "p", "true", &value, &problems),
	                 0);
	assert_int_equal(value.number, 1);
	lsec_value_clear(&value);
	static const char *const bad[] = {"Yes", "NO", "1", "0", "on", "off", "y", "True", "yess"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("vcek", LSEC_TEE_SEV_SNP, bad[i], "want yes or no");
}

static void test_cpuid(void **state)
{
	(void)state;
	assert_int_equal(word_of("cbitpos", "auto"), LSEC_WORD_AUTO);
	assert_int_equal(word_of("cbitpos", "omit"), LSEC_WORD_OMIT);
	assert_string_equal(taken("cbitpos", LSEC_TEE_SEV_SNP, "1").text, "1");
	assert_string_equal(taken("cbitpos", LSEC_TEE_SEV_SNP, "63").text, "63");
	assert_string_equal(taken("cbitpos", LSEC_TEE_SEV_SNP, "0x33").text, "51");
	static const char *const bad[] = {"0", "64", "051", "-1", "Auto", "18446744073709551617",
	                                  "x"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("reduced-phys-bits", LSEC_TEE_SEV_SNP, bad[i], "from 1 to 63");
}

static void test_policy_value(void **state)
{
	(void)state;
	assert_string_equal(taken("policy", LSEC_TEE_SEV_SNP, "196608").text, "0x30000");
	assert_string_equal(taken("policy", LSEC_TEE_SEV_SNP, "0X000030000").text, "0x30000");
	assert_string_equal(taken("policy", LSEC_TEE_SEV_SNP, "smt").text, "0x30000");
	assert_string_equal(taken("policy", LSEC_TEE_TDX, "sept-ve-disable").text, "0x10000000");
	not_taken("policy", LSEC_TEE_SEV_SNP, "030000", "want a number");
	not_taken("policy", LSEC_TEE_TDX, "smt", "no tdx policy flag");
}

static void test_paths(void **state)
{
	(void)state;
	assert_int_equal(word_of("firmware", "auto"), LSEC_WORD_AUTO);
	assert_int_equal(word_of("firmware", "keep"), LSEC_WORD_KEEP);
	static const char *const good[] = {"/a",     "/a/..b", "/a/b..",  "/...",
	                                   "/a/./b", "//a",    "/a/.../b"};
	for (size_t i = 0; i < COUNT(good); i++)
		assert_string_equal(taken("firmware", LSEC_TEE_TDX, good[i]).text, good[i]);
	static const char *const up[] = {"/..", "/../a", "/a/..", "/a/../b", "//..", "/a/b/../.."};
	for (size_t i = 0; i < COUNT(up); i++)
		not_taken("firmware", LSEC_TEE_TDX, up[i], "without \"..\"");
	not_taken("firmware", LSEC_TEE_TDX, "a/b", "begins with /");
	not_taken("firmware", LSEC_TEE_TDX, "AUTO", "begins with /");
	not_taken("firmware", LSEC_TEE_TDX, "./a", "begins with /");
	not_taken("firmware", LSEC_TEE_TDX, "/", "does not end in /");
	not_taken("firmware", LSEC_TEE_TDX, "/a/", "does not end in /");
	char *path = repeat('a', LSEC_MAX_PATH + 1);
	path[0] = '/';
	not_taken("firmware", LSEC_TEE_TDX, path, "4096 bytes; at most 4095");
	path[LSEC_MAX_PATH] = '\0';
	assert_string_equal(taken("firmware", LSEC_TEE_TDX, path).text, path);
	free(path);
}

static void test_qgs(void **state)
{
	(void)state;
	assert_int_equal(word_of("qgs", "default"), LSEC_WORD_DEFAULT);
	assert_int_equal(word_of("qgs", "none"), LSEC_WORD_NONE);
	assert_string_equal(taken("qgs", LSEC_TEE_TDX, "/run/qgs").text, "/run/qgs");
	assert_string_equal(taken("qgs", LSEC_TEE_TDX, "unix:/run/qgs").text, "/run/qgs");
	assert_string_equal(taken("qgs", LSEC_TEE_TDX, "/run/a:b").text, "/run/a:b");
	not_taken("qgs", LSEC_TEE_TDX, "vsock:2:4050", "UNIX socket");
	not_taken("qgs", LSEC_TEE_TDX, "host:4050", "UNIX socket");
	not_taken("qgs", LSEC_TEE_TDX, "unix:", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "unix:run", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "Default", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "unix:unix:/run", "absolute path");
	char *path = repeat('a', LSEC_MAX_SOCKET_PATH + 1);
	path[0] = '/';
	not_taken("qgs", LSEC_TEE_TDX, path, "108 bytes; at most 107");
	path[LSEC_MAX_SOCKET_PATH] = '\0';
	assert_string_equal(taken("qgs", LSEC_TEE_TDX, path).text, path);
	free(path);
}

/* Every field in each spelling gives the same, canonical base64. */
static void test_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		if (key->type != LSEC_VALUE_BYTES)
			continue;
		enum lsec_tee tee = (enum lsec_tee)key->tees;
		uint8_t bytes[4096];
		char hex[2 * sizeof(bytes) + 5] = "hex:";
		char base64[BASE64_ENCODE_RAW_LENGTH(sizeof(bytes)) + 8] = "base64:";
		for (size_t j = 0; j < key->bytes; j++) {
			bytes[j] = (uint8_t)(j * 7 + 250);
			snprintf(hex + 4 + 2 * j, 3, j % 2 ? "%02x" : "%02X", bytes[j]);
		}
		base64_encode_raw(base64 + 7, key->bytes, bytes);
		base64[7 + BASE64_ENCODE_RAW_LENGTH(key->bytes)] = '\0';
		const char *const spellings[] = {hex, hex + 4, base64, base64 + 7};
		for (size_t j = 0; j < COUNT(spellings); j++)
			assert_string_equal(taken(key->name, tee, spellings[j]).text, base64 + 7);
		/* One digit or character less or more. */
		char text[sizeof(hex) + 8];
		snprintf(text, sizeof(text), "%s0", hex);
		not_taken(key->name, tee, text, "hex digits");
		snprintf(text, sizeof(text), "%s00", hex + 4);
		not_taken(key->name, tee, text, "want");
		snprintf(text, sizeof(text), "%.*s", (int)strlen(hex) - 1, hex);
		not_taken(key->name, tee, text, "hex digits");
		snprintf(text, sizeof(text), "%.*s", (int)strlen(hex) - 6, hex + 4);
		not_taken(key->name, tee, text, "want");
		snprintf(text, sizeof(text), "%.*s", (int)strlen(base64) - 8, base64 + 7);
		not_taken(key->name, tee, text, "want");
		snprintf(text, sizeof(text), "%sAAAA", base64 + 7);
		not_taken(key->name, tee, text, "want");
		not_taken(key->name, tee, "hex:", "not hex");
		not_taken(key->name, tee, "base64:", "want");
		/* The wrong prefix. */
		snprintf(text, sizeof(text), "base64:%s", hex + 4);
		not_taken(key->name, tee, text, "want");
		snprintf(text, sizeof(text), "hex:%s", base64 + 7);
		not_taken(key->name, tee, text, "want");
		snprintf(text, sizeof(text), "HEX:%s", hex + 4);
		not_taken(key->name, tee, text, "want");
	}
}

static void test_canonical_base64(void **state)
{
	(void)state;
	uint8_t bytes[32];
	assert_true(lsec_base64_decode(ZEROS_32, bytes, 32));
	assert_false(lsec_base64_decode(ZEROS_32, bytes, 31));
	assert_false(lsec_base64_decode(ZEROS_32, bytes, 33));
	assert_true(lsec_base64_decode("", bytes, 0));
	assert_false(lsec_base64_decode("AAAA", bytes, 5000));
	/* Trailing bits, missing, misplaced and too much padding, blanks, other alphabets. */
	static const char *const bad[] = {
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-A=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_A=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xc3==",
		"=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(lsec_base64_decode(bad[i], bytes, 32));
		not_taken("host-data", LSEC_TEE_SEV_SNP, bad[i], "want");
	}
	static const char spread[] = "+/+/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0=";
	assert_true(lsec_base64_decode(spread, bytes, 32));
	assert_int_equal(bytes[0], 0xfb);
	assert_int_equal(bytes[31], 0x1d);
}

/* The contract: a bare value that could be read both ways names the prefix to add. */
static void test_ambiguous_bytes(void **state)
{
	(void)state;
	char *digits = repeat('a', 64);
	char text[80];
	not_taken("mr-config-id", LSEC_TEE_TDX, digits, "base64:");
	not_taken("mr-config-id", LSEC_TEE_TDX, digits, "hex:");
	snprintf(text, sizeof(text), "base64:%s", digits);
	assert_string_equal(taken("mr-config-id", LSEC_TEE_TDX, text).text, digits);
	snprintf(text, sizeof(text), "hex:%s", digits);
	not_taken("mr-config-id", LSEC_TEE_TDX, text, "64 hex digits; want 96");
	/* One letter outside of hex, and it is base64 only. */
	digits[10] = 'g';
	assert_string_equal(taken("mr-config-id", LSEC_TEE_TDX, digits).text, digits);
	free(digits);
	digits = repeat('0', 128);
	not_taken("id-block", LSEC_TEE_SEV_SNP, digits, "base64:");
	free(digits);
	digits = repeat('0', 96);
	assert_string_equal(taken("mr-owner", LSEC_TEE_TDX, digits).text, ZEROS_48);
	free(digits);
}

static void test_from_number(void **state)
{
	(void)state;
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(
		lsec_value_from_number(LSEC_FROM_DOMAIN, "p", true, UINT64_MAX, &value, &problems),
		0);
	assert_string_equal(value.text, "0xffffffffffffffff");
	assert_int_equal(value.origin, LSEC_FROM_DOMAIN);
	lsec_value_clear(&value);
	assert_int_equal(
		lsec_value_from_number(LSEC_FROM_STANDARD, "p", false, 51, &value, &problems), 0);
	assert_string_equal(value.text, "51");
	assert_int_equal(value.number, 51);
	lsec_value_clear(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_any_value),
		cmocka_unit_test(test_type),
		cmocka_unit_test(test_yes_no),
		cmocka_unit_test(test_cpuid),
		cmocka_unit_test(test_policy_value),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_qgs),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_canonical_base64),
		cmocka_unit_test(test_ambiguous_bytes),
		cmocka_unit_test(test_from_number),
	};
	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
