/* SPDX-License-Identifier: Apache-2.0 */
#include "annotations/value_bytes.h"

#include <nettle/base64.h>

#include "value.h"

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
		not_taken(keys[i], SNP, text,
		          "; write hex: before the digest in place of \"sha256:\"");
		snprintf(text, sizeof(text), "sha384-%s", base64);
		not_taken(keys[i], SNP, text,
		          "; write base64: before the digest in place of \"sha384-\"");
		/* Base64 of either, with and without a line end. */
		char *twice = lsec_base64_encode(base64, strlen(base64));
		not_taken(keys[i], SNP, twice, "; this is base64 of base64 text: decode");
		free(twice);
		snprintf(text, sizeof(text), "%s\r\n", digest);
		twice = lsec_base64_encode(text, strlen(text));
		not_taken(keys[i], SNP, twice, "; this is base64 of hex text: decode");
		snprintf(text, sizeof(text), "base64:%s", twice);
		not_taken(keys[i], SNP, text, "; this is base64 of hex text: decode");
		free(twice);
		not_taken(keys[i], SNP, "ZGViaWFuLTExLXNldi1zbnAK",
		          "got the base64 of 18 bytes; for the digest of a text write sha256-of:");
		not_taken(keys[i], SNP, "a key", "write sha256-of: and the text");
		not_taken(keys[i], SNP, "sha256_abc", "write sha256-of: and the text");
	}
	/* Of another length, or where no digest is meant. */
	char *twice = lsec_base64_encode(base64, strlen(base64) - 4);
	not_taken("host-data", SNP, twice, "write sha256-of:");
	free(twice);
	snprintf(text, sizeof(text), "sha256:%s", digest);
	not_taken("id-block", SNP, text, "neither base64 nor hex");
	/* The longest that may be given. */
	char *hex = repeat('0', 8192);
	twice = lsec_base64_encode(hex, 8192);
	not_taken("id-auth", SNP, twice, "; this is base64 of hex text: decode");
	free(twice);
	free(hex);
}

/* The contract: a bare value that could be read both ways names the prefix to add. */
static void test_ambiguous_bytes(void **state)
{
	(void)state;
	char *digits = repeat('a', 64);
	char text[80];
	not_taken("mr-config-id", TDX, digits, "base64:");
	not_taken("mr-config-id", TDX, digits, "hex:");
	snprintf(text, sizeof(text), "base64:%s", digits);
	assert_string_equal(taken("mr-config-id", TDX, text).text, digits);
	snprintf(text, sizeof(text), "hex:%s", digits);
	not_taken("mr-config-id", TDX, text, "got 64 hex digits; fill a SHA-256 up");
	/* One letter outside of hex, and it is base64 only. */
	digits[10] = 'g';
	assert_string_equal(taken("mr-config-id", TDX, digits).text, digits);
	free(digits);
	digits = repeat('0', 128);
	not_taken("id-block", SNP, digits, "base64:");
	free(digits);
	digits = repeat('0', 96);
	assert_string_equal(taken("mr-owner", TDX, digits).text, ZEROS_48);
	free(digits);
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
	not_taken("host-data", SNP, "sha256-of:", "no text after sha256-of:; add");
	not_taken("mr-owner", TDX, "sha384-of:", "no text after sha384-of:; add");
	static const char *const none[] = {"sha256-of", "sha256:abc", "sha256of:abc",
	                                   "base64:sha256-of:abc", "hex:sha256-of:abc"};
	static const char *const others[] = {"SHA256-of:abc", "sha-256-of:abc", "sha512-of:abc"};
	for (size_t i = 0; i < COUNT(others); i++)
		not_taken("host-data", LSEC_TEE_SEV_SNP, others[i], "is not a digest form");
	for (size_t i = 0; i < COUNT(none); i++)
		not_taken("host-data", SNP, none[i], "must be");
	not_taken("host-data", SNP, " sha256-of:abc", "must not begin or end with a blank");
	not_taken("host-data", SNP, "sha512-of:a\n", "line break at byte 12");
	/* Keys whose values are no digests. */
	not_taken("id-block", SNP, "sha256-of:abc", "neither base64 nor hex");
	not_taken("id-auth", SNP, "sha256-of:abc", "neither base64 nor hex");
	not_taken("guest-visible-workarounds", SNP, "sha256-of:abc", "neither base64 nor hex");
	not_taken("id-block", SNP, "sha256-of:a\n", "line break at byte 12");
	not_taken("firmware", TDX, "sha256-of:abc", "an absolute path");
}

/* 32 or 48 bytes in every spelling, cut or filled up to what the TEE's field takes. */
static void test_bind(void **state)
{
	(void)state;
	static const size_t sizes[] = {32, 48};
	static const enum lsec_tee tees[] = {SNP, TDX};
	for (size_t i = 0; i < 4; i++) {
		const size_t size = sizes[i % 2];
		const enum lsec_tee tee = tees[i / 2];
		const size_t field = tee == TDX ? 48 : 32;
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
	assert_string_equal(taken("bind", SNP, "sha256-of:abc").text, SHA256_OF_ABC "=");
	assert_string_equal(taken("bind", TDX, "sha256-of:abc").text,
	                    SHA256_OF_ABC "AAAAAAAAAAAAAAAAAAAAA");
	assert_string_equal(taken("bind", TDX, "sha384-of:abc").text, SHA384_OF_ABC);
	static const char *const bad[] = {
		"x",    "hex:",         "base64:",        "hex:0", "sha512-o:abc",
		"0x00", (ZEROS_32 "="), ("hex:" ZEROS_32)};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_taken("bind", TDX, bad[i], "must be 32 or 48 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_ambiguous_bytes),
		cmocka_unit_test(test_digests_of_texts),
		cmocka_unit_test(test_bind),
	};
	return cmocka_run_group_tests_name("value_bytes", tests, NULL, NULL);
}
