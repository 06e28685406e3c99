/* SPDX-License-Identifier: Apache-2.0 */
#include "annotations/values.h"

#include <nettle/base64.h>

#include "support.h"

/* Parses a value that must be taken; its text is in `text` until the next call. */
static struct lsec_value taken(const char *key, enum lsec_tee tee, const char *text)
{
	static char kept[8192];
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	if (lsec_value_parse(
		    &(struct lsec_reading){lsec_key_find(key), tee, "here", text, &problems},
		    LSEC_FROM_CLUSTER, &value) < 0)
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
	assert_int_equal(lsec_value_parse(&(struct lsec_reading){lsec_key_find(key), LSEC_TEE_TDX,
	                                                         "here", text, &problems},
	                                  LSEC_FROM_ANNOTATION, &value),
	                 0);
	enum lsec_word word = value.word;
	lsec_value_clear(&value);
	return word;
}

static void not_taken(const char *key, enum lsec_tee tee, const char *text, const char *why)
{
	struct lsec_value value = {.number = 77, .place = (char[]){"untouched"}};
	struct lsec_problems problems = {0};
	if (lsec_value_parse(
		    &(struct lsec_reading){lsec_key_find(key), tee, "here", text, &problems},
		    LSEC_FROM_ANNOTATION, &value) == 0)
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
	not_taken("qgs", LSEC_TEE_TDX, "", "must not be empty");
	not_taken("firmware", LSEC_TEE_TDX, " /a", "must not begin or end with a blank");
	not_taken("firmware", LSEC_TEE_TDX, "/a ", "must not begin or end with a blank");
	not_taken("firmware", LSEC_TEE_TDX, "/a\n", "line break at byte 3");
	not_taken("firmware", LSEC_TEE_TDX, "\r/a", "line break at byte 1");
	for (int c = 1; c < 0x20; c++) {
		char text[] = {'/', 'a', (char)c, 'b', '\0'};
		not_taken("firmware", LSEC_TEE_TDX, text, "at byte 3");
	}
	not_taken("firmware", LSEC_TEE_TDX, "/a\x7f", "0x7f at byte 3");
	assert_string_equal(taken("firmware", LSEC_TEE_TDX, "/a b").text, "/a b");
	not_taken("firmware", LSEC_TEE_TDX, "/\xc3\xa4", "the character at byte 2 is not ASCII");
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
	assert_int_equal(
		lsec_value_parse(&(struct lsec_reading){lsec_key_find("vcek"), LSEC_TEE_SEV_SNP,
	                                                "p", "true", &problems},
	                         LSEC_FROM_ANNOTATION, &value),
		0);
	assert_int_equal(value.number, 1);
	lsec_value_clear(&value);
	static const char *const bad[] = {"Yes", "NO", "1", "0", "on", "off", "y", "True", "yess"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("vcek", LSEC_TEE_SEV_SNP, bad[i], "must be yes or no");
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
	not_taken("policy", LSEC_TEE_SEV_SNP, "030000", "must be a number");
	not_taken("policy", LSEC_TEE_TDX, "smt", "is not a tdx policy flag");
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
	not_taken("firmware", LSEC_TEE_TDX, path, "the path has 4096 bytes, but the limit is 4095");
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
	assert_int_equal(word_of("qgs", "vsock:2:4050"), LSEC_WORD_VSOCK);
	assert_int_equal(word_of("qgs", "host:4050"), LSEC_WORD_INET);
	not_taken("qgs", LSEC_TEE_TDX, "host", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "host:4050 ", "must not begin or end with a blank");
	not_taken("qgs", LSEC_TEE_TDX, "unix:", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "unix:run", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "Default", "absolute path");
	not_taken("qgs", LSEC_TEE_TDX, "unix:unix:/run", "absolute path");
	char *path = repeat('a', LSEC_MAX_SOCKET_PATH + 1);
	path[0] = '/';
	not_taken("qgs", LSEC_TEE_TDX, path, "the path has 108 bytes, but the limit is 107");
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
		char number[sizeof(hex) + 2];
		snprintf(number, sizeof(number), "hex:0x%s", hex + 4);
		const char *const spellings[] = {hex,        hex + 4, base64,
		                                 base64 + 7, number,  number + 4};
		for (size_t j = 0; j < COUNT(spellings); j++)
			assert_string_equal(taken(key->name, tee, spellings[j]).text, base64 + 7);
		number[5] = 'X';
		assert_string_equal(taken(key->name, tee, number + 4).text, base64 + 7);
		number[strlen(number) - 1] = '\0';
		not_taken(key->name, tee, number + 4, "hex digits");
		number[6] = 'g';
		not_taken(key->name, tee, number + 4, "must be");
		/* One digit or character less or more. */
		char text[sizeof(hex) + 8];
		snprintf(text, sizeof(text), "%s0", hex);
		not_taken(key->name, tee, text, "hex digits");
		snprintf(text, sizeof(text), "%s00", hex + 4);
		not_taken(key->name, tee, text, "must be");
		snprintf(text, sizeof(text), "%.*s", (int)strlen(hex) - 1, hex);
		not_taken(key->name, tee, text, "hex digits");
		snprintf(text, sizeof(text), "%.*s", (int)strlen(hex) - 6, hex + 4);
		not_taken(key->name, tee, text, "must be");
		snprintf(text, sizeof(text), "%.*s", (int)strlen(base64) - 8, base64 + 7);
		not_taken(key->name, tee, text, "must be");
		snprintf(text, sizeof(text), "%sAAAA", base64 + 7);
		not_taken(key->name, tee, text, "must be");
		not_taken(key->name, tee, "hex:", "got nothing after hex:");
		not_taken(key->name, tee, "base64:", "must be");
		/* The wrong prefix. */
		snprintf(text, sizeof(text), "base64:%s", hex + 4);
		not_taken(key->name, tee, text, "must be");
		snprintf(text, sizeof(text), "hex:%s", base64 + 7);
		not_taken(key->name, tee, text, "must be");
		snprintf(text, sizeof(text), "HEX:%s", hex + 4);
		not_taken(key->name, tee, text, "must be");
	}
}

/* Forms of other tools are named. */
static void test_advice(void **state)
{
	(void)state;
	static const char digest[] =
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	static const char base64[] = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
	char text[200];
	static const char *const keys[] = {"host-data", "bind"};
	for (size_t i = 0; i < COUNT(keys); i++) {
		snprintf(text, sizeof(text), "sha256:%s", digest);
		not_taken(keys[i], LSEC_TEE_SEV_SNP, text,
		          "; write hex: before the digest in place of \"sha256:\"");
		snprintf(text, sizeof(text), "sha384-%s", base64);
		not_taken(keys[i], LSEC_TEE_SEV_SNP, text,
		          "; write base64: before the digest in place of \"sha384-\"");
		/* Base64 of either, with and without a line end. */
		char *twice = lsec_base64_encode(base64, strlen(base64));
		not_taken(keys[i], LSEC_TEE_SEV_SNP, twice,
		          "; this is base64 of base64 text: decode");
		free(twice);
		snprintf(text, sizeof(text), "%s\r\n", digest);
		twice = lsec_base64_encode(text, strlen(text));
		not_taken(keys[i], LSEC_TEE_SEV_SNP, twice, "; this is base64 of hex text: decode");
		snprintf(text, sizeof(text), "base64:%s", twice);
		not_taken(keys[i], LSEC_TEE_SEV_SNP, text, "; this is base64 of hex text: decode");
		free(twice);
		not_taken(keys[i], LSEC_TEE_SEV_SNP, "ZGViaWFuLTExLXNldi1zbnAK",
		          "got the base64 of 18 bytes; for the digest of a text write sha256-of:");
		not_taken(keys[i], LSEC_TEE_SEV_SNP, "a key", "write sha256-of: and the text");
		not_taken(keys[i], LSEC_TEE_SEV_SNP, "sha256_abc", "write sha256-of: and the text");
	}
	/* Of another length, or where no digest is meant. */
	char *twice = lsec_base64_encode(base64, strlen(base64) - 4);
	not_taken("host-data", LSEC_TEE_SEV_SNP, twice, "write sha256-of:");
	free(twice);
	snprintf(text, sizeof(text), "sha256:%s", digest);
	not_taken("id-block", LSEC_TEE_SEV_SNP, text, "neither base64 nor hex");
	/* The longest that may be given. */
	char *hex = repeat('0', 8192);
	twice = lsec_base64_encode(hex, 8192);
	not_taken("id-auth", LSEC_TEE_SEV_SNP, twice, "; this is base64 of hex text: decode");
	free(twice);
	free(hex);
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
	not_taken("mr-config-id", LSEC_TEE_TDX, text, "got 64 hex digits; fill a SHA-256 up");
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
	struct lsec_value value = lsec_value_from_number(LSEC_FROM_DOMAIN, "p", true, UINT64_MAX);
	assert_string_equal(value.text, "0xffffffffffffffff");
	assert_int_equal(value.origin, LSEC_FROM_DOMAIN);
	lsec_value_clear(&value);
	value = lsec_value_from_number(LSEC_FROM_STANDARD, "p", false, 51);
	assert_string_equal(value.text, "51");
	assert_int_equal(value.number, 51);
	lsec_value_clear(&value);
}

#define SHA256_OF_ABC "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"
#define SHA384_OF_ABC "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn"

/* The digest of exactly the text that follows, fitted to the field. */
static void test_digests_of_texts(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		const char *text;
		const char *want;
	} good[] = {
		{"host-data", "sha256-of:abc", SHA256_OF_ABC "="},
		{"host-data", "sha384-of:abc", "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+0="},
		{"mr-config-id", "sha256-of:abc", SHA256_OF_ABC "AAAAAAAAAAAAAAAAAAAAA"},
		{"mr-config-id", "sha384-of:abc", SHA384_OF_ABC},
		{"mr-owner", "sha256-of:abc", SHA256_OF_ABC "AAAAAAAAAAAAAAAAAAAAA"},
		{"mr-owner", "sha384-of:abc", SHA384_OF_ABC},
		{"mr-owner-config", "sha384-of:abc", SHA384_OF_ABC},
		/* By sha256sum: nothing is taken off, nothing has a meaning. */
		{"host-data", "sha256-of: abc", "2Sscs6MhR7hqTbBkfkv27abPFg/TstomTFsIjJ+cy/o="},
		{"host-data", "sha256-of:abc\n", "7eqv8/F3StKIhnN3DG1kCX45G8Ni19b7NJgt3w79GMs="},
		{"host-data", "sha256-of:a\r\n\tb", "cANHwSGe83up8FYGvpZMhyvr4Sx9CIFzw4mmCKZ/QPk="},
		{"host-data", "sha256-of:\xc3\xa4\x01",
	         "mRiQyjGzf4xHVMTpA2OawAikgw1Dnv6+RQHDvorxSiw="},
		{"host-data", "sha256-of:sha256-of:abc",
	         "rhl7H6pAAtHy1A0MtZ9sNCVy36t/MJgaJj0HCfFRZKY="},
		{"host-data", "sha256-of:base64:" ZEROS_32,
	         "+JfzRJjgxIsqQEmMYC3QzYuueybz5XJvP1jqR9GCCxk="},
	};
	for (size_t i = 0; i < COUNT(good); i++)
		assert_string_equal(taken(good[i].key, LSEC_TEE_BOTH, good[i].text).text,
		                    good[i].want);
	not_taken("host-data", LSEC_TEE_SEV_SNP, "sha256-of:", "no text after sha256-of:; add");
	not_taken("mr-owner", LSEC_TEE_TDX, "sha384-of:", "no text after sha384-of:; add");
	static const char *const none[] = {
		"SHA256-of:abc", "sha-256-of:abc", "sha512-of:abc",        "sha256-of",
		"sha256:abc",    "sha256of:abc",   "base64:sha256-of:abc", "hex:sha256-of:abc"};
	for (size_t i = 0; i < COUNT(none); i++)
		not_taken("host-data", LSEC_TEE_SEV_SNP, none[i], "must be");
	not_taken("host-data", LSEC_TEE_SEV_SNP, " sha256-of:abc",
	          "must not begin or end with a blank");
	not_taken("host-data", LSEC_TEE_SEV_SNP, "sha512-of:a\n", "line break at byte 12");
	/* Keys whose values are no digests. */
	not_taken("id-block", LSEC_TEE_SEV_SNP, "sha256-of:abc", "neither base64 nor hex");
	not_taken("id-auth", LSEC_TEE_SEV_SNP, "sha256-of:abc", "neither base64 nor hex");
	not_taken("guest-visible-workarounds", LSEC_TEE_SEV_SNP, "sha256-of:abc",
	          "neither base64 nor hex");
	not_taken("id-block", LSEC_TEE_SEV_SNP, "sha256-of:a\n", "line break at byte 12");
	not_taken("firmware", LSEC_TEE_TDX, "sha256-of:abc", "an absolute path");
}

/* Parses a value of strings: their number, and one of them in `text` until the next call. */
static size_t strings_of(const char *key, const char *text, size_t index, const char **ret)
{
	static char kept[8192];
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	int status = lsec_value_parse(
		&(struct lsec_reading){lsec_key_find(key), LSEC_TEE_TDX, "here", text, &problems},
		LSEC_FROM_ANNOTATION, &value);
	expect_none(&problems);
	assert_int_equal(status, 0);
	assert_string_equal(value.text, text);
	size_t count = value.string_count;
	if (index < count)
		snprintf(kept, sizeof(kept), "%s", value.strings[index]);
	*ret = kept;
	lsec_value_clear(&value);
	assert_int_equal(value.string_count, 0);
	assert_null(value.strings);
	return count;
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
	const char *string = NULL;
	for (size_t i = 0; i < COUNT(good); i++) {
		size_t last = good[i].count - 1;
		assert_int_equal(strings_of("oem-strings", good[i].text, 0, &string),
		                 good[i].count);
		assert_string_equal(string, good[i].first);
		strings_of("oem-strings", good[i].text, last, &string);
		assert_string_equal(string, good[i].last);
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
		not_taken("oem-strings", LSEC_TEE_TDX, bad[i].text, bad[i].why);
	/* What is wrong with the JSON has its line and column. */
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(
		lsec_value_parse(&(struct lsec_reading){lsec_key_find("oem-strings"), LSEC_TEE_TDX,
	                                                "here", "[\"a\",\n]", &problems},
	                         LSEC_FROM_ANNOTATION, &value),
		-1);
	expect_problem(&problems, "here:2:1", "must be a JSON array of strings");
}

static void test_initdata_value(void **state)
{
	(void)state;
	static const char document[] = "version='0.1.0'\nalgorithm='sha-256'\n[data]\n";
	static const char base64[] = "dmVyc2lvbj0nMC4xLjAnCmFsZ29yaXRobT0nc2hhLTI1NicKW2RhdGFdCg==";
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	const char *string = NULL;
	assert_int_equal(strings_of("initdata", document, 0, &string), 1);
	assert_string_equal(string, base64);
	assert_int_equal(strings_of("initdata", base64, 0, &string), 1);
	assert_string_equal(string, base64);
	assert_int_equal(
		lsec_value_parse(&(struct lsec_reading){lsec_key_find("initdata"), LSEC_TEE_TDX,
	                                                "here", document, &problems},
	                         LSEC_FROM_ANNOTATION, &value),
		0);
	struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, document, strlen(document));
	assert_int_equal(value.digest.len, 32);
	assert_memory_equal(value.digest.bytes, digest.bytes, 32);
	assert_null(value.doubt);
	lsec_value_clear(&value);
	/* Without its last line feed. */
	char *text = strndup(document, strlen(document) - 1);
	assert_int_equal(
		lsec_value_parse(&(struct lsec_reading){lsec_key_find("initdata"), LSEC_TEE_TDX,
	                                                "here", text, &problems},
	                         LSEC_FROM_ANNOTATION, &value),
		0);
	assert_non_null(value.doubt);
	lsec_value_clear(&value);
	free(text);
	not_taken("initdata", LSEC_TEE_TDX, "", "must not be empty");
	not_taken("initdata", LSEC_TEE_TDX, "x",
	          "is neither an initdata document nor complete base64");
	not_taken("initdata", LSEC_TEE_TDX, "version='0.1.0'\nalgorithm='md5'\n[data]",
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
		struct lsec_value value = {0};
		struct lsec_problems problems = {0};
		char why[80];
		char *text = repeat('x', limits[i].longest + 1);
		memcpy(text, limits[i].begin, strlen(limits[i].begin));
		snprintf(why, sizeof(why), "the value has %zu bytes, but the limit is %zu",
		         limits[i].longest + 1, limits[i].longest);
		not_taken(limits[i].key, LSEC_TEE_TDX, text, why);
		text[limits[i].longest] = '\0';
		assert_int_equal(
			lsec_value_parse(&(struct lsec_reading){lsec_key_find(limits[i].key),
		                                                LSEC_TEE_TDX, "here", text,
		                                                &problems},
		                         LSEC_FROM_ANNOTATION, &value),
			0);
		expect_none(&problems);
		lsec_value_clear(&value);
		free(text);
	}
	/* The same for a list, before it is read as one. */
	char *list = repeat(' ', LSEC_MAX_VALUE + 1);
	memcpy(list, "[\"x\"]", 5);
	not_taken("oem-strings", LSEC_TEE_TDX, list,
	          "the value has 65537 bytes, but the limit is 65536");
	free(list);
}

/* 32 or 48 bytes in every spelling, cut or filled up to what the TEE's field takes. */
static void test_bind(void **state)
{
	(void)state;
	static const size_t sizes[] = {32, 48};
	static const enum lsec_tee tees[] = {LSEC_TEE_SEV_SNP, LSEC_TEE_TDX};
	for (size_t i = 0; i < 4; i++) {
		const size_t size = sizes[i % 2];
		const enum lsec_tee tee = tees[i / 2];
		const size_t field = tee == LSEC_TEE_TDX ? 48 : 32;
		uint8_t bytes[48] = {0};
		char hex[2 * sizeof(bytes) + 5] = "hex:";
		char base64[BASE64_ENCODE_RAW_LENGTH(sizeof(bytes)) + 8] = "base64:";
		char want[BASE64_ENCODE_RAW_LENGTH(sizeof(bytes)) + 1] = "";
		for (size_t j = 0; j < size; j++) {
			bytes[j] = (uint8_t)(j * 7 + 250);
			snprintf(hex + 4 + 2 * j, 3, j % 2 ? "%02x" : "%02X", bytes[j]);
		}
		base64_encode_raw(base64 + 7, size, bytes);
		base64_encode_raw(want, field, bytes);
		want[BASE64_ENCODE_RAW_LENGTH(field)] = '\0';
		const char *const spellings[] = {hex, base64, base64 + 7};
		for (size_t j = 0; j < COUNT(spellings); j++)
			assert_string_equal(taken("bind", tee, spellings[j]).text, want);
		if (size == 48)
			assert_string_equal(taken("bind", tee, hex + 4).text, want);
		else
			not_taken("bind", tee, hex + 4,
			          "64 hex digits are also the base64 of 48 bytes");
	}
	assert_string_equal(taken("bind", LSEC_TEE_SEV_SNP, "sha256-of:abc").text,
	                    SHA256_OF_ABC "=");
	assert_string_equal(taken("bind", LSEC_TEE_TDX, "sha256-of:abc").text,
	                    SHA256_OF_ABC "AAAAAAAAAAAAAAAAAAAAA");
	assert_string_equal(taken("bind", LSEC_TEE_TDX, "sha384-of:abc").text, SHA384_OF_ABC);
	static const char *const bad[] = {
		"x",    "hex:",         "base64:",        "hex:0", "sha512-of:abc",
		"0x00", (ZEROS_32 "="), ("hex:" ZEROS_32)};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("bind", LSEC_TEE_TDX, bad[i], "must be 32 or 48 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),         cmocka_unit_test(test_any_value),
		cmocka_unit_test(test_type),           cmocka_unit_test(test_yes_no),
		cmocka_unit_test(test_cpuid),          cmocka_unit_test(test_policy_value),
		cmocka_unit_test(test_paths),          cmocka_unit_test(test_qgs),
		cmocka_unit_test(test_bytes),

		cmocka_unit_test(test_advice),         cmocka_unit_test(test_ambiguous_bytes),
		cmocka_unit_test(test_from_number),    cmocka_unit_test(test_digests_of_texts),
		cmocka_unit_test(test_bind),           cmocka_unit_test(test_oem_strings),
		cmocka_unit_test(test_initdata_value), cmocka_unit_test(test_lengths),
	};
	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
