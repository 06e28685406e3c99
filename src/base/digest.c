/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2, by nettle. */
#include "digest.h"

#include <nettle/nettle-meta.h>
#include <string.h>

static const struct {
	const char *name;
	const struct nettle_hash *hash;
} hashes[] = {
	[LSEC_SHA_256] = {"sha-256", &nettle_sha256},
	[LSEC_SHA_384] = {"sha-384", &nettle_sha384},
	[LSEC_SHA_512] = {"sha-512", &nettle_sha512},
};
_Static_assert(sizeof(hashes) / sizeof(hashes[0]) == LSEC_HASHES, "a row a hash");

const char *lsec_hash_name(enum lsec_hash hash)
{
	return hashes[hash].name;
}

/* nettle's functions carry no marks for clang's check of indirect calls. Nobody can turn these
 * elsewhere: nettle's tables of them, and the one above, are read-only. */
#ifdef __clang__
#define CALLS_NETTLE __attribute__((no_sanitize("cfi-icall")))
#else
#define CALLS_NETTLE
#endif

CALLS_NETTLE
void lsec_hasher_begin(struct lsec_hasher *hasher, enum lsec_hash hash)
{
	hasher->hash = hash;
	hashes[hash].hash->init(&hasher->state);
}

CALLS_NETTLE
void lsec_hasher_add(struct lsec_hasher *hasher, const void *bytes, size_t len)
{
	hashes[hasher->hash].hash->update(&hasher->state, len, bytes);
}

CALLS_NETTLE
struct lsec_digest lsec_hasher_end(struct lsec_hasher *hasher)
{
	const struct nettle_hash *algorithm = hashes[hasher->hash].hash;
	struct lsec_digest digest = {.len = algorithm->digest_size};
	algorithm->digest(&hasher->state, digest.len, digest.bytes);
	return digest;
}

struct lsec_digest lsec_digest_of(enum lsec_hash hash, const void *bytes, size_t len)
{
	struct lsec_hasher hasher;
	lsec_hasher_begin(&hasher, hash);
	lsec_hasher_add(&hasher, bytes, len);
	return lsec_hasher_end(&hasher);
}

void lsec_digest_fit(const struct lsec_digest *digest, uint8_t *ret, size_t size)
{
	size_t taken = digest->len < size ? digest->len : size;
	memset(ret, 0, size);
	memcpy(ret, digest->bytes, taken);
}
