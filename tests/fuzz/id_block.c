/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of an ID block and its authentication that were taken. */
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/sha2.h>

#include "fuzz.h"

static const struct fuzz_field *find(const struct fuzz_wish *wish, const char *name)
{
	for (size_t i = 0; i < wish->field_count; i++)
		if (strcmp(wish->fields[i].name, name) == 0)
			return &wish->fields[i];
	return NULL;
}

static bool is_zero(const uint8_t *bytes, size_t from, size_t to)
{
	while (from < to && bytes[from] == 0)
		from++;
	return from == to;
}

static uint32_t number_at(const uint8_t *bytes, size_t at)
{
	return bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 |
	       (uint32_t)bytes[at + 3] << 24;
}

/* A number of 72 bytes at an offset. */
static void number_72(const uint8_t *auth, size_t at, mpz_t ret)
{
	mpz_init(ret);
	mpz_import(ret, 72, -1, 1, 0, 0, auth + at);
}

static bool is_signed(const uint8_t *auth, size_t key, size_t at, struct fuzz_input content)
{
	struct ecc_point point;
	struct dsa_signature signature;
	struct sha384_ctx state;
	uint8_t digest[SHA384_DIGEST_SIZE];
	mpz_t x, y;
	sha384_init(&state);
	sha384_update(&state, content.size, content.data);
	sha384_digest(&state, sizeof(digest), digest);
	number_72(auth, key + 4, x);
	number_72(auth, key + 76, y);
	number_72(auth, at, signature.r);
	number_72(auth, at + 72, signature.s);
	ecc_point_init(&point, nettle_get_secp_384r1());
	bool good = ecc_point_set(&point, x, y) != 0 &&
	            ecdsa_verify(&point, sizeof(digest), digest, &signature) != 0;
	ecc_point_clear(&point);
	dsa_signature_clear(&signature);
	mpz_clear(x);
	mpz_clear(y);
	return good;
}

bool fuzz_id_verifies(const uint8_t *block, const uint8_t *auth)
{
	bool author = !is_zero(auth, 0x680, 0x1000);
	return number_at(block, 0x50) == 1 && number_at(auth, 0) == 1 &&
	       number_at(auth, 0x240) == 2 && is_zero(auth, 8, 0x40) &&
	       is_zero(auth, 0xd0, 0x240) && is_zero(auth, 0x274, 0x28c) &&
	       is_zero(auth, 0x2bc, 0x680) && is_zero(auth, 0xc84, 0x1000) &&
	       is_signed(auth, 0x240, 0x40, (struct fuzz_input){block, 96}) &&
	       (!author ||
	        (number_at(auth, 4) == 1 && number_at(auth, 0x880) == 2 &&
	         is_zero(auth, 0x710, 0x880) && is_zero(auth, 0x8b4, 0x8cc) &&
	         is_zero(auth, 0x8fc, 0xc84) &&
	         is_signed(auth, 0x880, 0x680, (struct fuzz_input){auth + 0x240, 1028})));
}

/* The ID block carries the policy, and comes with its signatures. */
void fuzz_check_id_block(const struct fuzz_wish *wish)
{
	const struct fuzz_field *block = find(wish, "idBlock");
	const struct fuzz_field *auth = find(wish, "idAuth");
	const struct fuzz_field *policy = find(wish, "policy");
	const struct fuzz_field *author = find(wish, "authorKey");
	uint64_t inside = 0;
	HOLDS((block != NULL) == (auth != NULL), "an ID block or its signatures alone");
	for (size_t i = 0; block != NULL && i < 8; i++)
		inside |= (uint64_t)block->bytes[0x58 + i] << 8 * i;
	HOLDS(block == NULL || inside == policy->number, "an ID block for another policy");
	if (auth == NULL)
		return;
	HOLDS(fuzz_id_verifies(block->bytes, auth->bytes), "an ID block that does not verify");
	HOLDS(author == NULL || strcmp(author->text, "yes") != 0 ||
	              !is_zero(auth->bytes, 0x680, 0x1000),
	      "no author key");
}
