/* SPDX-License-Identifier: Apache-2.0 */
/* src/attest/id_block.c: ID blocks made and signed. */
#include "id_vectors.h"

static void check_made(const struct made_vector *vector, struct lsec_id_pair *pair)
{
	struct pair_scene scene LSEC_CLEANUP(pair_clear);
	struct lsec_id_facts facts;
	uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE];
	char *block = lsec_base64_encode(pair->block, sizeof(pair->block));
	assert_string_equal(block, vector->block);
	free(block);
	pair_start(&scene);
	memcpy(scene.block, pair->block, sizeof(pair->block));
	memcpy(scene.auth, pair->auth, sizeof(pair->auth));
	put_hex(vector->digest, digest);
	scene.verification.digest = digest;
	scene.verification.policy = &vector->policy;
	expect_verified(&scene, &facts);
	expect_digest(facts.id_key_digest, vector->id_key_digest);
	assert_int_equal(facts.has_author, vector->author_key != NULL);
	assert_int_equal(lsec_id_auth_has_author(pair->auth), facts.has_author);
	if (facts.has_author)
		expect_digest(facts.author_key_digest, vector->author_key_digest);
	else
		assert_true(lsec_is_zero(facts.author_key_digest, sizeof(digest)));
	assert_memory_equal(facts.block.digest, digest, sizeof(digest));
	assert_int_equal(facts.block.guest_svn, vector->guest_svn);
	assert_int_equal(facts.block.policy, vector->policy);
	assert_int_equal(facts.block.version, 1);
}

static void test_make(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made_vectors); i++) {
		const struct made_vector *vector = &made_vectors[i];
		struct lsec_problems problems = {0};
		struct lsec_signing_key author_key = {0};
		struct lsec_signing_key id_key = read_key(vector->id_key);
		struct lsec_id_block block = {
			.policy = vector->policy, .guest_svn = vector->guest_svn, .version = 77};
		struct lsec_id_signers signers = {&id_key, NULL, fixed_random};
		struct lsec_id_pair pair;
		put_hex(vector->digest, block.digest);
		put_hex(vector->family_id, block.family_id);
		put_hex(vector->image_id, block.image_id);
		if (vector->author_key != NULL) {
			author_key = read_key(vector->author_key);
			signers.author_key = &author_key;
		}
		assert_int_equal(lsec_id_block_make(&block, &signers, &pair, &problems), 0);
		check_made(vector, &pair);
		lsec_signing_key_clear(&id_key);
		lsec_signing_key_clear(&author_key);
	}
}

/* Nonces that differ, so that R and S do. */
static unsigned counted;

static ssize_t count_up(void *ret, size_t len, unsigned flags)
{
	fixed_random(ret, len, flags);
	memcpy(ret, &counted, sizeof(counted));
	counted++;
	return (ssize_t)len;
}

/* One number in 256 is shorter than 48 bytes; it is filled up behind. */
static void test_short(void **state)
{
	(void)state;
	struct lsec_signing_key key = read_key(KEY_SHORT_X);
	const struct lsec_id_signers signers = {&key, &key, count_up};
	const struct lsec_id_block block = {.policy = 0x30000};
	size_t short_r = 0, short_s = 0;
	assert_int_equal(key.public_key[4 + 47], 0);
	for (counted = 0; counted < 2000 && (short_r == 0 || short_s == 0);) {
		struct pair_scene scene LSEC_CLEANUP(pair_clear);
		struct lsec_id_pair pair;
		pair_start(&scene);
		assert_int_equal(lsec_id_block_make(&block, &signers, &pair, &scene.problems), 0);
		memcpy(scene.block, pair.block, sizeof(pair.block));
		memcpy(scene.auth, pair.auth, sizeof(pair.auth));
		expect_verified(&scene, NULL);
		short_r += pair.auth[0x40 + 47] == 0;
		short_s += pair.auth[0x88 + 47] == 0;
	}
	assert_true(short_r > 0 && short_s > 0);
}

static ssize_t half(void *ret, size_t len, unsigned flags)
{
	return fixed_random(ret, len / 2, flags);
}

static ssize_t none(void *ret, size_t len, unsigned flags)
{
	(void)ret, (void)len, (void)flags;
	return -1;
}

/* Sources that are broken, and say it worked. */
static ssize_t zeros(void *ret, size_t len, unsigned flags)
{
	(void)flags;
	memset(ret, 0, len);
	return (ssize_t)len;
}

static ssize_t ones(void *ret, size_t len, unsigned flags)
{
	(void)flags;
	memset(ret, 0xff, len);
	return (ssize_t)len;
}

static ssize_t fixed_once(void *ret, size_t len, unsigned flags)
{
	return counted++ == 0 ? fixed_random(ret, len, flags) : -1;
}

/* Without randomness nothing is signed. */
static void test_randomness(void **state)
{
	(void)state;
	static lsec_random_function *const sources[] = {half, none, zeros, ones, fixed_once};
	struct lsec_signing_key key = read_key(KEY_SEC1);
	const struct lsec_id_block block = {.policy = 0x30000};
	counted = 0;
	for (size_t i = 0; i < COUNT(sources); i++) {
		const struct lsec_id_signers signers = {&key, &key, sources[i]};
		struct lsec_problems problems = {0};
		struct lsec_id_pair pair = {.auth = {77}};
		assert_int_equal(lsec_id_block_make(&block, &signers, &pair, &problems), -1);
		assert_true(problems.failed);
		assert_true(has_problem(&problems, "getrandom", "no random bytes"));
		assert_int_equal(pair.auth[0], 77);
		lsec_problems_clear(&problems);
	}
}

/* A key that signs does not fit its public key, as after a fault of the machine. */
static void test_own_check(void **state)
{
	(void)state;
	struct lsec_signing_key key = read_key(KEY_SEC1);
	const struct lsec_signing_key other = read_key(KEY_AUTHOR);
	const struct lsec_id_signers signers = {&key, NULL, fixed_random};
	const struct lsec_id_block block = {.policy = 0x30000};
	struct lsec_problems problems = {0};
	struct lsec_id_pair pair;
	memcpy(key.secret, other.secret, sizeof(key.secret));
	assert_int_equal(lsec_id_block_make(&block, &signers, &pair, &problems), -1);
	assert_true(problems.failed);
	assert_int_equal(problems.count, 1);
	lsec_problems_clear(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_randomness),
		cmocka_unit_test(test_own_check),
	};
	return cmocka_run_group_tests_name("id_block_sign", tests, NULL, NULL);
}
