/* SPDX-License-Identifier: Apache-2.0 */
/* src/attest/id_block.c: ID blocks verified. */
#include "id_vectors.h"

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(signed_vectors); i++) {
		struct pair_scene scene LSEC_CLEANUP(pair_clear);
		struct lsec_id_facts facts;
		pair_load(&scene, &signed_vectors[i]);
		expect_verified(&scene, &facts);
		assert_int_equal(facts.has_author, i != SIGNED_NO_AUTHOR);
		assert_int_equal(facts.block.guest_svn, 3);
	}
}

/* A change of one byte: the first thing that is wrong, in the order of the checks. */
static void test_changed(void **state)
{
	(void)state;
	static const struct {
		bool block;
		size_t at;
		uint8_t change; /* bits */
		const char *what;
	} cases[] = {
		{true, 0x00, 0x40, "the ID key's signature (byte 0x40) does not verify"},
		{true, 0x2f, 0x01, "the ID key's signature"},
		{true, 0x30, 0x01, "the ID key's signature"},
		{true, 0x4f, 0x01, "the ID key's signature"},
		{true, 0x54, 0x01, "the ID key's signature"},
		{true, 0x5a, 0x08, "the ID key's signature"},
		{true, 0x5f, 0x80, "the ID key's signature"},
		{true, 0x50, 0x03, "version (byte 0x50) is 2,"},
		{true, 0x53, 0x80, "version (byte 0x50) is 2147483649,"},
		{false, 0x000, 0x03, "the algorithm of the ID key (byte 0x0) is 2,"},
		{false, 0x003, 0x01, "the algorithm of the ID key (byte 0x0) is 16777217,"},
		{false, 0x008, 0x01, "reserved byte 0x8 is 0x01,"},
		{false, 0x03f, 0x01, "reserved byte 0x3f is 0x01,"},
		{false, 0x644, 0x10, "reserved byte 0x644 is 0x10,"},
		{false, 0x67f, 0xff, "reserved byte 0x67f is 0xff,"},
		{false, 0xc84, 0x01, "reserved byte 0xc84 is 0x01,"},
		{false, 0xfff, 0x01, "reserved byte 0xfff is 0x01,"},
		{false, 0x240, 0x03, "the curve of the ID key (byte 0x240) is 1,"},
		{false, 0x243, 0x01, "the curve of the ID key (byte 0x240) is 16777218,"},
		{false, 0x274, 0x01, "reserved byte 0x274 is 0x01,"},
		{false, 0x28b, 0x01, "reserved byte 0x28b is 0x01,"},
		{false, 0x2bc, 0x01, "reserved byte 0x2bc is 0x01,"},
		{false, 0x643, 0x01, "reserved byte 0x643 is 0x01,"},
		{false, 0x244, 0x01, "the ID key (byte 0x244) is not a point"},
		{false, 0x2bb, 0x01, "the ID key (byte 0x244) is not a point"},
		{false, 0x0d0, 0x01, "reserved byte 0xd0 is 0x01,"},
		{false, 0x23f, 0x01, "reserved byte 0x23f is 0x01,"},
		{false, 0x040, 0x01, "the ID key's signature (byte 0x40)"},
		{false, 0x070, 0x01, "the ID key's signature (byte 0x40)"},
		{false, 0x087, 0x01, "the ID key's signature (byte 0x40)"},
		{false, 0x0b8, 0x01, "the ID key's signature (byte 0x40)"},
		{false, 0x0cf, 0x01, "the ID key's signature (byte 0x40)"},
		{false, 0x004, 0x01, "the algorithm of the author key (byte 0x4) is 0,"},
		{false, 0x880, 0x01, "the curve of the author key (byte 0x880) is 3,"},
		{false, 0x8b4, 0x01, "reserved byte 0x8b4 is 0x01,"},
		{false, 0xc83, 0x01, "reserved byte 0xc83 is 0x01,"},
		{false, 0x884, 0x01, "the author key (byte 0x884) is not a point"},
		{false, 0x710, 0x01, "reserved byte 0x710 is 0x01,"},
		{false, 0x680, 0x01, "the author key's signature (byte 0x680) does not verify"},
		{false, 0x6c8, 0x01, "the author key's signature (byte 0x680) does not verify"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair_scene scene LSEC_CLEANUP(pair_clear);
		pair_load(&scene, &signed_vectors[SIGNED_BOTH]);
		uint8_t *bytes = cases[i].block ? scene.block : scene.auth;
		bytes[cases[i].at] ^= cases[i].change;
		bool version = cases[i].block && cases[i].at >= 0x50 && cases[i].at < 0x54;
		expect_refused(&scene, version ? "BLOCK" : "AUTH", cases[i].what);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	struct pair_scene scene LSEC_CLEANUP(pair_clear);
	pair_load(&scene, &signed_vectors[SIGNED_BOTH]);
	scene.verification.auth.len = 3204;
	expect_refused(&scene, "AUTH", "must be 4096 bytes, got 3204");
	scene.verification.block.len = 95;
	expect_refused(&scene, "BLOCK", "must be 96 bytes, got 95");
	scene.verification.block.len = 0;
	expect_refused(&scene, "BLOCK", "must be 96 bytes, got 0");
}

static void test_expected(void **state)
{
	(void)state;
	struct pair_scene scene LSEC_CLEANUP(pair_clear);
	uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE];
	uint64_t policy = 0x30000;
	pair_load(&scene, &signed_vectors[SIGNED_BOTH]);
	put_hex(made_vectors[0].digest, digest);
	scene.verification.digest = digest;
	scene.verification.policy = &policy;
	expect_verified(&scene, NULL);
	policy = UINT64_C(0x8000000000030000);
	expect_refused(&scene, "BLOCK", "for policy 0x30000, expected 0x8000000000030000;");
	digest[47] ^= 1;
	expect_refused(&scene, "BLOCK", "is for launch digest ad2fc7dceb93");
	scene.verification.digest = NULL;
	scene.verification.policy = NULL;
	expect_verified(&scene, NULL);
}

/* Numbers out of range: zeros, the curve's order and prime, signatures by nobody. */
static void test_numbers(void **state)
{
	(void)state;
	static const char order[] = "7329c5cc6a19ecec7ab0a748b2a0db58d7ddf437244d8163c7ff"
				    "ffffffffffffffffffffffffffffffffffffffffffff";
	struct pair_scene scene LSEC_CLEANUP(pair_clear);
	for (size_t at = 0x40; at <= 0x88; at += 0x48) {
		pair_load(&scene, &signed_vectors[SIGNED_BOTH]);
		memset(scene.auth + at, 0, 72);
		expect_refused(&scene, "AUTH", "the ID key's signature");
		put_hex(order, scene.auth + at);
		expect_refused(&scene, "AUTH", "the ID key's signature");
		memset(scene.auth + at, 0xff, 72);
		expect_refused(&scene, "AUTH", "the ID key's signature");
	}
	pair_load(&scene, &signed_vectors[SIGNED_BOTH]);
	memset(scene.auth + 0x244, 0, 144);
	expect_refused(&scene, "AUTH", "not a point");
	pair_load(&scene, &signed_vectors[SIGNED_BOTH]);
	memset(scene.auth + 0x28c, 0xff, 48);
	expect_refused(&scene, "AUTH", "not a point");
	/* Good halves that do not belong together. */
	pair_load(&scene, &signed_vectors[SIGNED_SHORT_X]);
	put_hex(signed_vectors[SIGNED_BOTH].author_r, scene.auth + 0x680);
	put_hex(signed_vectors[SIGNED_BOTH].author_s, scene.auth + 0x6c8);
	expect_refused(&scene, "AUTH", "the author key's signature");
}

/* An author is there where any byte of the key or the signature is. */
static void test_author(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		const char *what;
	} cases[] = {{0x680, "the algorithm of the author key (byte 0x4) is 0,"},
	             {0x87f, "the algorithm of the author key (byte 0x4) is 0,"},
	             {0x880, "the algorithm of the author key (byte 0x4) is 0,"},
	             {0xc83, "the algorithm of the author key (byte 0x4) is 0,"}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair_scene scene LSEC_CLEANUP(pair_clear);
		pair_load(&scene, &signed_vectors[SIGNED_NO_AUTHOR]);
		scene.auth[cases[i].at] = 1;
		assert_true(lsec_id_auth_has_author(scene.auth));
		expect_refused(&scene, "AUTH", cases[i].what);
	}
	struct pair_scene scene LSEC_CLEANUP(pair_clear);
	pair_load(&scene, &signed_vectors[SIGNED_NO_AUTHOR]);
	scene.auth[4] = 1; /* of a key that is not there */
	assert_false(lsec_id_auth_has_author(scene.auth));
	expect_verified(&scene, NULL);
}

/* Each byte of the block is where it belongs. */
static void test_read(void **state)
{
	(void)state;
	uint8_t bytes[LSEC_ID_BLOCK_SIZE];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	const struct lsec_id_block block = lsec_id_block_read(bytes);
	assert_memory_equal(block.digest, bytes, 48);
	assert_memory_equal(block.family_id, bytes + 0x30, 16);
	assert_memory_equal(block.image_id, bytes + 0x40, 16);
	assert_int_equal(block.version, 0x53525150);
	assert_int_equal(block.guest_svn, 0x57565554);
	assert_int_equal(block.policy, UINT64_C(0x5f5e5d5c5b5a5958));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),    cmocka_unit_test(test_changed),
		cmocka_unit_test(test_sizes),   cmocka_unit_test(test_expected),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_author),
		cmocka_unit_test(test_read),
	};
	return cmocka_run_group_tests_name("id_block_verify", tests, NULL, NULL);
}
