/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, and how they go into the fields of a TEE. */
#ifndef LAUNCHSEC_BASE_DIGEST_H
#define LAUNCHSEC_BASE_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

enum lsec_hash { LSEC_SHA_256, LSEC_SHA_384, LSEC_SHA_512 };
#define LSEC_HASHES 3
#define LSEC_LONGEST_DIGEST 64 /* bytes, of SHA-512 */

struct lsec_digest {
	uint8_t bytes[LSEC_LONGEST_DIGEST];
	size_t len; /* 0: none */
};

/* "sha-256", ...: the name as initdata documents have it. */
const char *lsec_hash_name(enum lsec_hash hash);

/* The digest of `len` bytes. */
struct lsec_digest lsec_digest_of(enum lsec_hash hash, const void *bytes, size_t len);

/*
 * The same in pieces, for files of any size: begin, then any number of pieces, then the digest of
 * all of them. Holds no memory, so one that is not needed any more is just left.
 */
struct lsec_hasher {
	enum lsec_hash hash;
	union {
		struct sha256_ctx sha256;
		struct sha512_ctx sha512; /* SHA-384 too */
	} state;
};

void lsec_hasher_begin(struct lsec_hasher *hasher, enum lsec_hash hash);
void lsec_hasher_add(struct lsec_hasher *hasher, const void *bytes, size_t len);
/* Afterwards the hasher has to begin anew. */
struct lsec_digest lsec_hasher_end(struct lsec_hasher *hasher);

/*
 * Fits a digest to a field of `size` bytes: cut off at its end, or filled up with zeros there
 * (Confidential Containers, trustee kbs/docs/initdata.md).
 */
void lsec_digest_fit(const struct lsec_digest *digest, uint8_t *ret, size_t size);

#endif
