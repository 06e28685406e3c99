/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "annotations/value_bytes.h"
#include "support.h"

static void expect_hex(const uint8_t *bytes, size_t len, const char *hex)
{
	char text[2 * LSEC_LONGEST_DIGEST + 1] = "";
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	assert_string_equal(text, hex);
}

#define ABC_256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_384_TO_32 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
#define ABC_384 ABC_384_TO_32 "8086072ba1e7cc2358baeca134c825a7"
#define ABC_512_TO_32 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
#define ABC_512_TO_48 ABC_512_TO_32 "2192992a274fc1a836ba3c23a3feebbd"
#define ABC_512 ABC_512_TO_48 "454d4423643ce80e2a9ac94fa54ca49f"
#define ZEROS_16_HEX "00000000000000000000000000000000"

/* NIST, examples of SHA-256, SHA-384 and SHA-512: "abc", nothing, and the texts of two blocks. */
static void test_vectors(void **state)
{
	(void)state;
	static const char two_blocks_256[] =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const char two_blocks_512[] =
		"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
	static const struct {
		enum lsec_hash hash;
		const char *text;
		const char *hex;
	} vectors[] = {
		{LSEC_SHA_256, "abc", ABC_256},
		{LSEC_SHA_384, "abc", ABC_384},
		{LSEC_SHA_512, "abc", ABC_512},
		{LSEC_SHA_256, "",
	         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{LSEC_SHA_384, "",
	         "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
		{LSEC_SHA_512, "",
	         "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
		{LSEC_SHA_256, two_blocks_256,
	         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
		{LSEC_SHA_384, two_blocks_512,
	         "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"},
		{LSEC_SHA_512, two_blocks_512,
	         "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
	};
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct lsec_digest digest =
			lsec_digest_of(vectors[i].hash, vectors[i].text, strlen(vectors[i].text));
		assert_int_equal(digest.len, strlen(vectors[i].hex) / 2);
		expect_hex(digest.bytes, digest.len, vectors[i].hex);
	}
}

/* A NUL is a byte like others. */
static void test_all_bytes(void **state)
{
	(void)state;
	struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, "", 1);
	expect_hex(digest.bytes, digest.len,
	           "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	char *million = repeat('a', 1000000);
	digest = lsec_digest_of(LSEC_SHA_384, million, 1000000);
	free(million);
	expect_hex(
		digest.bytes, digest.len,
		"9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985");
}

/* Cut off at its end, or filled up with zeros there. */
static void test_fit(void **state)
{
	(void)state;
	static const struct {
		enum lsec_hash hash;
		size_t size;
		const char *hex;
	} cases[] = {
		{LSEC_SHA_256, 32, ABC_256},
		{LSEC_SHA_256, 48, ABC_256 ZEROS_16_HEX},
		{LSEC_SHA_256, 64, ABC_256 ZEROS_16_HEX ZEROS_16_HEX},
		{LSEC_SHA_384, 32, ABC_384_TO_32},
		{LSEC_SHA_384, 48, ABC_384},
		{LSEC_SHA_384, 64, ABC_384 ZEROS_16_HEX},
		{LSEC_SHA_512, 32, ABC_512_TO_32},
		{LSEC_SHA_512, 48, ABC_512_TO_48},
		{LSEC_SHA_512, 64, ABC_512},
		{LSEC_SHA_256, 0, ""},
		{LSEC_SHA_256, 1, "ba"},
		{LSEC_SHA_256, 33, ABC_256 "00"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_digest digest = lsec_digest_of(cases[i].hash, "abc", 3);
		uint8_t field[LSEC_LONGEST_DIGEST + 1];
		memset(field, 0xee, sizeof(field));
		lsec_digest_fit(&digest, field, cases[i].size);
		expect_hex(field, cases[i].size, cases[i].hex);
		assert_int_equal(field[cases[i].size], 0xee);
	}
}

/* In pieces of any size, also of none, a digest is the same. */
static void test_pieces(void **state)
{
	(void)state;
	uint8_t bytes[1000];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (int hash = 0; hash < LSEC_HASHES; hash++) {
		const struct lsec_digest whole =
			lsec_digest_of((enum lsec_hash)hash, bytes, sizeof(bytes));
		for (size_t piece = 1; piece <= sizeof(bytes); piece += 37) {
			struct lsec_hasher hasher;
			lsec_hasher_begin(&hasher, (enum lsec_hash)hash);
			for (size_t at = 0; at < sizeof(bytes); at += piece) {
				size_t left = sizeof(bytes) - at;
				lsec_hasher_add(&hasher, bytes + at, left < piece ? left : piece);
				lsec_hasher_add(&hasher, bytes, 0);
			}
			const struct lsec_digest digest = lsec_hasher_end(&hasher);
			assert_int_equal(digest.len, whole.len);
			assert_memory_equal(digest.bytes, whole.bytes, whole.len);
		}
	}
}

static void test_in_base64(void **state)
{
	(void)state;
	struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, "abc", 3);
	char *text = lsec_value_of_digest(&digest, 32);
	assert_string_equal(text, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	free(text);
	text = lsec_value_of_digest(&digest, 48);
	assert_string_equal(text,
	                    "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0AAAAAAAAAAAAAAAAAAAAA");
	free(text);
	digest = lsec_digest_of(LSEC_SHA_384, "abc", 3);
	text = lsec_value_of_digest(&digest, 32);
	assert_string_equal(text, "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+0=");
	free(text);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(lsec_hash_name(LSEC_SHA_256), "sha-256");
	assert_string_equal(lsec_hash_name(LSEC_SHA_384), "sha-384");
	assert_string_equal(lsec_hash_name(LSEC_SHA_512), "sha-512");
}

/* RFC 4648 section 10. */
static void test_base64(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"", ""},
	                                       {"f", "Zg=="},
	                                       {"fo", "Zm8="},
	                                       {"foo", "Zm9v"},
	                                       {"foob", "Zm9vYg=="},
	                                       {"fooba", "Zm9vYmE="},
	                                       {"foobar", "Zm9vYmFy"}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = lsec_base64_encode(cases[i][0], strlen(cases[i][0]));
		assert_string_equal(text, cases[i][1]);
		free(text);
	}
	char *text = lsec_base64_encode("\0\xff\xfb\xef", 4);
	assert_string_equal(text, "AP/77w==");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors), cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_fit),     cmocka_unit_test(test_in_base64),
		cmocka_unit_test(test_names),   cmocka_unit_test(test_base64),
		cmocka_unit_test(test_pieces),
	};
	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
