/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID block and the ID authentication: AMD 56860, SNP_LAUNCH_FINISH, "ID Block" and "ID
 * Authentication Information Structure". All numbers are little-endian. The ID key signs the ID
 * block's 96 bytes; the author key, where there is one, signs the ID key's 1028.
 */
#include "launchsec/id_block.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/text.h"
#include "id_layout.h"
#include "p384.h"

/* The ID block: offsets in bytes. The launch digest is at 0. */
#define BLOCK_FAMILY_ID 0x30
#define BLOCK_IMAGE_ID 0x40
#define BLOCK_VERSION 0x50   /* u32, 1 */
#define BLOCK_GUEST_SVN 0x54 /* u32 */
#define BLOCK_POLICY 0x58    /* u64 */

/* The ID authentication: an algorithm (u32), a signature and a key of each kind. */
#define ECDSA_P384_SHA384 1 /* the one algorithm */
#define SIGNATURE_SIZE 512
static const struct place {
	const char *name;
	size_t algorithm, signature, key;
	const char *signs;
} id_place = {"ID key", 0x000, 0x040, 0x240, "the ID block"},
  author_place = {"author key", 0x004, 0x680, 0x880, "the ID key (bytes 0x240 to 0x643)"};

/* Bytes that must be zero, from an offset up to another one: in the ID authentication, a key, a
 * signature. What is above the 48 bytes of R and S makes a signature invalid anyway. */
struct gap {
	size_t from, to;
};
static const struct gap auth_gaps[] = {
	{0x008, 0x040}, {0x644, 0x680}, {0xc84, LSEC_ID_AUTH_SIZE}, {0, 0}};
static const struct gap key_gaps[] = {
	{LSEC_KEY_POINT + LSEC_P384_BYTES, LSEC_KEY_POINT + LSEC_P384_NUMBER},
	{LSEC_KEY_POINT + LSEC_P384_NUMBER + LSEC_P384_BYTES, LSEC_ID_KEY_SIZE},
	{0, 0}};
static const struct gap signature_gaps[] = {{LSEC_P384_PAIR, SIGNATURE_SIZE}, {0, 0}};

struct lsec_id_block lsec_id_block_read(const uint8_t bytes[LSEC_ID_BLOCK_SIZE])
{
	struct lsec_id_block ret = {
		.version = lsec_little_endian_32(bytes + BLOCK_VERSION),
		.guest_svn = lsec_little_endian_32(bytes + BLOCK_GUEST_SVN),
		.policy = lsec_little_endian(bytes + BLOCK_POLICY, 8),
	};
	memcpy(ret.digest, bytes, sizeof(ret.digest));
	memcpy(ret.family_id, bytes + BLOCK_FAMILY_ID, sizeof(ret.family_id));
	memcpy(ret.image_id, bytes + BLOCK_IMAGE_ID, sizeof(ret.image_id));
	return ret;
}

static void write_block(const struct lsec_id_block *block, uint8_t ret[LSEC_ID_BLOCK_SIZE])
{
	memcpy(ret, block->digest, sizeof(block->digest));
	memcpy(ret + BLOCK_FAMILY_ID, block->family_id, sizeof(block->family_id));
	memcpy(ret + BLOCK_IMAGE_ID, block->image_id, sizeof(block->image_id));
	lsec_put_little_endian(1, ret + BLOCK_VERSION, 4);
	lsec_put_little_endian(block->guest_svn, ret + BLOCK_GUEST_SVN, 4);
	lsec_put_little_endian(block->policy, ret + BLOCK_POLICY, 8);
}

bool lsec_id_auth_has_author(const uint8_t auth[LSEC_ID_AUTH_SIZE])
{
	return !lsec_is_zero(auth + author_place.key, LSEC_ID_KEY_SIZE) ||
	       !lsec_is_zero(auth + author_place.signature, SIGNATURE_SIZE);
}

/* Puts a key into the ID authentication, and its signature of `len` bytes. */
static int sign(const struct lsec_signing_key *key, const struct place *place,
                lsec_random_function *random, struct lsec_span signed_bytes, uint8_t *auth)
{
	uint8_t nonce[LSEC_P384_BYTES];
	const struct lsec_digest digest =
		lsec_digest_of(LSEC_SHA_384, signed_bytes.bytes, signed_bytes.len);
	const struct lsec_p384_signing signing = {key->secret, nonce};
	bool good = random(nonce, sizeof(nonce), 0) == (ssize_t)sizeof(nonce) &&
	            lsec_p384_sign(&signing, digest.bytes, auth + place->signature);
	explicit_bzero(nonce, sizeof(nonce));
	lsec_put_little_endian(ECDSA_P384_SHA384, auth + place->algorithm, 4);
	memcpy(auth + place->key, key->public_key, LSEC_ID_KEY_SIZE);
	return good ? 0 : -1;
}

int lsec_id_block_make(const struct lsec_id_block *block, const struct lsec_id_signers *signers,
                       struct lsec_id_pair *ret, struct lsec_problems *problems)
{
	struct lsec_id_pair pair = {0};
	const struct lsec_span bytes = {(const char *)pair.block, sizeof(pair.block)};
	const struct lsec_span id_key = {(const char *)pair.auth + id_place.key, LSEC_ID_KEY_SIZE};
	write_block(block, pair.block);
	if (sign(signers->id_key, &id_place, signers->random, bytes, pair.auth) < 0 ||
	    (signers->author_key != NULL &&
	     sign(signers->author_key, &author_place, signers->random, id_key, pair.auth) < 0))
		return lsec_problem_failed(
			problems, "getrandom",
			"the system gave no random bytes to sign the ID block with; try again");
	/* A signature that went wrong may reveal the key, so none leaves here unverified. */
	struct lsec_problems faults LSEC_CLEANUP(lsec_problems_clear) = {0};
	const struct lsec_id_verification own = {
		.block = {pair.block, sizeof(pair.block), ""},
		.auth = {pair.auth, sizeof(pair.auth), ""},
	};
	if (lsec_id_block_verify(&own, NULL, &faults) < 0)
		return lsec_problem_failed(
			problems, "the new ID block",
			"does not verify; this is a bug in launchsec or a fault of the machine; report it");
	*ret = pair;
	return 0;
}

static int check_zeros(const struct lsec_id_bytes *auth, size_t base, const struct gap *gap,
                       struct lsec_problems *problems)
{
	for (; gap->to > 0; gap++)
		for (size_t at = base + gap->from; at < base + gap->to; at++)
			if (auth->bytes[at] != 0)
				return lsec_problem_add(
					problems, auth->place,
					"reserved byte 0x%zx is 0x%02x, so the firmware rejects the launch; set it to zero (numbers are little-endian, with zeros after them)",
					at, auth->bytes[at]);
	return 0;
}

static int check_algorithm(const struct lsec_id_bytes *auth, const struct place *place,
                           struct lsec_problems *problems)
{
	uint32_t algorithm = lsec_little_endian_32(auth->bytes + place->algorithm);
	if (algorithm == ECDSA_P384_SHA384)
		return 0;
	return lsec_problem_add(
		problems, auth->place,
		"the algorithm of the %s (byte 0x%zx) is %u, which the firmware rejects; sign with ECDSA P-384 and SHA-384 (1, little-endian)",
		place->name, place->algorithm, algorithm);
}

static int check_key(const struct lsec_id_bytes *auth, const struct place *place,
                     struct lsec_problems *problems)
{
	const uint8_t *key = auth->bytes + place->key;
	uint32_t curve = lsec_little_endian_32(key);
	if (curve != LSEC_CURVE_P384)
		return lsec_problem_add(
			problems, auth->place,
			"the curve of the %s (byte 0x%zx) is %u, which the firmware rejects; use a P-384 key (2, little-endian)",
			place->name, place->key, curve);
	if (check_zeros(auth, place->key, key_gaps, problems) < 0)
		return -1;
	if (lsec_p384_is_point(key + LSEC_KEY_POINT))
		return 0;
	return lsec_problem_add(
		problems, auth->place,
		"the %s (byte 0x%zx) is not a point of the curve P-384, so the firmware rejects the launch; put the public key there (X and Y are little-endian, 72 bytes each)",
		place->name, place->key + LSEC_KEY_POINT);
}

static int check_signature(const struct lsec_id_bytes *auth, const struct place *place,
                           const struct lsec_digest *digest, struct lsec_problems *problems)
{
	const uint8_t *signature = auth->bytes + place->signature;
	if (check_zeros(auth, place->signature, signature_gaps, problems) < 0)
		return -1;
	if (lsec_p384_verify(auth->bytes + place->key + LSEC_KEY_POINT, digest->bytes, signature))
		return 0;
	return lsec_problem_add(
		problems, auth->place,
		"the %s's signature (byte 0x%zx) does not verify for %s, so the firmware rejects the launch; sign again with that key (R and S are little-endian, 72 bytes each)",
		place->name, place->signature, place->signs);
}

static int check_author(const struct lsec_id_bytes *auth, struct lsec_problems *problems)
{
	const struct lsec_digest signed_key =
		lsec_digest_of(LSEC_SHA_384, auth->bytes + id_place.key, LSEC_ID_KEY_SIZE);
	if (!lsec_id_auth_has_author(auth->bytes))
		return 0;
	if (check_algorithm(auth, &author_place, problems) < 0 ||
	    check_key(auth, &author_place, problems) < 0)
		return -1;
	return check_signature(auth, &author_place, &signed_key, problems);
}

static int check_size(const struct lsec_id_bytes *given, size_t size, const char *what,
                      struct lsec_problems *problems)
{
	if (given->len == size)
		return 0;
	return lsec_problem_add(problems, given->place,
	                        "%s must be %zu bytes, got %zu; copy the whole value", what, size,
	                        given->len);
}

/* What is expected besides. */
static int check_expected(const struct lsec_id_verification *verification,
                          const struct lsec_id_block *block, struct lsec_problems *problems)
{
	const char *place = verification->block.place;
	const uint8_t *digest = verification->digest;
	const uint64_t *policy = verification->policy;
	if (digest != NULL && memcmp(digest, block->digest, sizeof(block->digest)) != 0) {
		cleanup_free char *found = lsec_hex_encode(block->digest, sizeof(block->digest));
		cleanup_free char *wanted = lsec_hex_encode(digest, sizeof(block->digest));
		return lsec_problem_add(
			problems, place,
			"the ID block is for launch digest %s, expected %s; sign an ID block for that digest",
			found, wanted);
	}
	if (policy != NULL && *policy != block->policy)
		return lsec_problem_add(
			problems, place,
			"the ID block (byte 0x58) is for policy 0x%llx, expected 0x%llx; sign an ID block for that policy",
			(unsigned long long)block->policy, (unsigned long long)*policy);
	return 0;
}

static void find_facts(const uint8_t *auth, const struct lsec_id_block *block,
                       struct lsec_id_facts *ret)
{
	*ret = (struct lsec_id_facts){
		.block = *block,
		.has_author = lsec_id_auth_has_author(auth),
	};
	lsec_id_key_digest(auth + id_place.key, ret->id_key_digest);
	if (ret->has_author)
		lsec_id_key_digest(auth + author_place.key, ret->author_key_digest);
}

int lsec_id_block_verify(const struct lsec_id_verification *verification, struct lsec_id_facts *ret,
                         struct lsec_problems *problems)
{
	const struct lsec_id_bytes *auth = &verification->auth;
	const struct lsec_id_bytes *given = &verification->block;
	if (check_size(given, LSEC_ID_BLOCK_SIZE, "the ID block", problems) < 0 ||
	    check_size(auth, LSEC_ID_AUTH_SIZE, "the ID authentication", problems) < 0)
		return -1;
	const struct lsec_id_block block = lsec_id_block_read(given->bytes);
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_384, given->bytes, given->len);
	if (block.version != 1)
		return lsec_problem_add(
			problems, given->place,
			"the ID block's version (byte 0x50) is %u, which the firmware rejects; make one of version 1 (little-endian)",
			block.version);
	if (check_algorithm(auth, &id_place, problems) < 0 ||
	    check_zeros(auth, 0, auth_gaps, problems) < 0 ||
	    check_key(auth, &id_place, problems) < 0 ||
	    check_signature(auth, &id_place, &digest, problems) < 0 ||
	    check_author(auth, problems) < 0 || check_expected(verification, &block, problems) < 0)
		return -1;
	if (ret != NULL)
		find_facts(auth->bytes, &block, ret);
	return 0;
}
