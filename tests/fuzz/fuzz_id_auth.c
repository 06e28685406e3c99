/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ID block and its ID authentication. A byte: whether there is an author key; whether an
 * expected policy and digest are asked for. Then changes of a pair that is signed: an offset of two
 * bytes, past all it is the sizes that change, and a byte to put there.
 */
#include "fuzz.h"
#include "launchsec/id_block.h"

struct pair {
	uint8_t block[LSEC_ID_BLOCK_SIZE], auth[LSEC_ID_AUTH_SIZE];
	size_t block_len, auth_len;
};

static const uint8_t *signed_block, *signed_auths[2];

static void load(void)
{
	if (signed_block != NULL)
		return;
	signed_auths[0] = fuzz_golden_bytes("id-auth", LSEC_ID_AUTH_SIZE);
	signed_auths[1] = fuzz_golden_bytes("id-auth-author-key", LSEC_ID_AUTH_SIZE);
	signed_block = fuzz_golden_bytes("id-block", LSEC_ID_BLOCK_SIZE);
}

static void change(struct pair *pair, size_t at, uint8_t byte)
{
	if (at < sizeof(pair->block))
		pair->block[at] = byte;
	else if (at - sizeof(pair->block) < sizeof(pair->auth))
		pair->auth[at - sizeof(pair->block)] = byte;
	else if (at % 2 == 0)
		pair->block_len = byte % (LSEC_ID_BLOCK_SIZE + 1);
	else
		pair->auth_len = (size_t)byte * 16;
}

static void check_facts(const struct pair *pair, const struct lsec_id_facts *facts, bool author)
{
	HOLDS(memcmp(facts->block.digest, pair->block, 48) == 0, "another digest");
	HOLDS(memcmp(facts->block.family_id, pair->block + 48, 16) == 0, "another family");
	HOLDS(memcmp(facts->block.image_id, pair->block + 64, 16) == 0, "another image");
	HOLDS(facts->block.version == 1, "another version");
	HOLDS(facts->has_author == author, "another author");
}

/* Copies of just these sizes, so that a sanitizer sees each byte read beyond them. */
static int verify(const struct pair *pair, struct lsec_id_verification *verification,
                  struct lsec_id_facts *facts, struct lsec_problems *problems)
{
	fuzz_owned block = fuzz_copy(pair->block, pair->block_len);
	fuzz_owned auth = fuzz_copy(pair->auth, pair->auth_len);
	verification->block = (struct lsec_id_bytes){(uint8_t *)block, pair->block_len, "block"};
	verification->auth = (struct lsec_id_bytes){(uint8_t *)auth, pair->auth_len, "auth"};
	return lsec_id_block_verify(verification, facts, problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE];
	static const uint64_t policy = 0x30000;
	struct fuzz_input input = {data, size};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_id_facts facts = {0};
	struct pair pair = {.block_len = LSEC_ID_BLOCK_SIZE, .auth_len = LSEC_ID_AUTH_SIZE};
	unsigned choice = fuzz_byte(&input);
	struct lsec_id_verification verification = {
		.digest = (choice & 2) != 0 ? digest : NULL,
		.policy = (choice & 4) != 0 ? &policy : NULL,
	};
	load();
	memcpy(pair.block, signed_block, sizeof(pair.block));
	memcpy(pair.auth, signed_auths[choice & 1], sizeof(pair.auth));
	while (input.size > 0) {
		size_t at = (size_t)fuzz_byte(&input) << 8;
		at |= fuzz_byte(&input);
		change(&pair, at, fuzz_byte(&input));
	}
	bool whole = pair.block_len == LSEC_ID_BLOCK_SIZE && pair.auth_len == LSEC_ID_AUTH_SIZE;
	bool good = whole && fuzz_id_verifies(pair.block, pair.auth);
	if (verify(&pair, &verification, &facts, &problems) == 0) {
		HOLDS(good, "a pair that does not verify was taken");
		check_facts(&pair, &facts, lsec_id_auth_has_author(pair.auth));
		return 0;
	}
	HOLDS(problems.count == 1, "%zu problems", problems.count);
	fuzz_check_problems(&problems);
	HOLDS(!good || (verification.digest != NULL && memcmp(pair.block, digest, 48) != 0) ||
	              (verification.policy != NULL && pair.block[0x5a] != 3),
	      "a good pair is refused: %s", problems.items[0].what);
	return 0;
}
