/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2, by nettle. */
#include "digest.h"

#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>
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
struct lsec_digest lsec_digest_of(enum lsec_hash hash, const void *bytes, size_t len)
{
	union {
		struct sha256_ctx sha256;
		struct sha512_ctx sha512; /* SHA-384 too */
	} state;
	const struct nettle_hash *algorithm = hashes[hash].hash;
	struct lsec_digest digest = {.len = algorithm->digest_size};
	algorithm->init(&state);
	algorithm->update(&state, len, bytes);
	algorithm->digest(&state, digest.len, digest.bytes);
	return digest;
}

void lsec_digest_fit(const struct lsec_digest *digest, uint8_t *ret, size_t size)
{
	size_t taken = digest->len < size ? digest->len : size;
	memset(ret, 0, size);
	memcpy(ret, digest->bytes, taken);
}
