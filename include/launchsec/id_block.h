/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEV-SNP's ID block, by which the firmware starts a VM with one launch digest and policy only, and
 * the ID authentication, which signs it: AMD 56860, SNP_LAUNCH_FINISH. Both are made, signed
 * and verified here, without I/O.
 */
#ifndef LAUNCHSEC_ID_BLOCK_H
#define LAUNCHSEC_ID_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes in bytes. */
#define LSEC_ID_BLOCK_SIZE 96
#define LSEC_ID_AUTH_SIZE 4096
#define LSEC_ID_KEY_SIZE 1028      /* a public key in the ID authentication */
#define LSEC_LAUNCH_DIGEST_SIZE 48 /* SHA-384; the digests of keys, too */
#define LSEC_LAUNCH_ID_SIZE 16     /* the family ID and the image ID */
#define LSEC_SECRET_SIZE 48        /* a private key: a number less than P-384's order */

/* A P-384 key that signs. */
struct lsec_signing_key {
	uint8_t secret[LSEC_SECRET_SIZE];     /* little-endian */
	uint8_t public_key[LSEC_ID_KEY_SIZE]; /* as the ID authentication has it */
};

/*
 * Reads a private key from `len` bytes of PEM, at most LSEC_MAX_KEY: SEC1 ("EC PRIVATE KEY", RFC
 * 5915) or PKCS #8 ("PRIVATE KEY", RFC 5958), not encrypted. Of several blocks the first that is
 * not "EC PARAMETERS" counts. `name` names the file in problems, which never hold a byte of it.
 * Returns 0 with *ret for lsec_signing_key_clear(), or -1 with *ret left alone. Copies that were
 * made meanwhile are wiped, those inside of nettle only after lsec_memory_setup(); `pem` is the
 * caller's to wipe.
 */
int lsec_signing_key_read(const char *pem, size_t len, const char *name,
                          struct lsec_signing_key *ret, struct lsec_problems *problems);

/* Wipes a key. NULL is fine. */
void lsec_signing_key_clear(struct lsec_signing_key *key);

/* The digest of a public key that an attestation report has: id_key_digest, author_key_digest. */
void lsec_id_key_digest(const uint8_t key[LSEC_ID_KEY_SIZE], uint8_t ret[LSEC_LAUNCH_DIGEST_SIZE]);

/* The fields of an ID block. */
struct lsec_id_block {
	uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE]; /* the launch digest, "measurement" in a report */
	uint8_t family_id[LSEC_LAUNCH_ID_SIZE];
	uint8_t image_id[LSEC_LAUNCH_ID_SIZE];
	uint32_t version; /* of the format: 1 */
	uint32_t guest_svn;
	uint64_t policy;
};

struct lsec_id_block lsec_id_block_read(const uint8_t bytes[LSEC_ID_BLOCK_SIZE]);

/* Whether an ID authentication has an author key, or a signature by one. */
bool lsec_id_auth_has_author(const uint8_t auth[LSEC_ID_AUTH_SIZE]);

/* getrandom(2), or what a test puts in its place: fills `ret` with `len` random bytes and returns
 * how many it wrote, or -1 with errno set. `flags` is 0. */
typedef ssize_t lsec_random_function(void *ret, size_t len, unsigned flags);

/* Who signs an ID block. */
struct lsec_id_signers {
	const struct lsec_signing_key *id_key;     /* signs the ID block */
	const struct lsec_signing_key *author_key; /* signs the ID key; NULL: none */
	lsec_random_function *random;              /* for the signatures' nonces only */
};

/* An ID block and its authentication, as the firmware reads them. */
struct lsec_id_pair {
	uint8_t block[LSEC_ID_BLOCK_SIZE];
	uint8_t auth[LSEC_ID_AUTH_SIZE];
};

/*
 * Makes an ID block of version 1, whatever block->version is, and signs it. The policy is the
 * caller's to check (lsec_policy_check()). Returns 0, or -1 with a failure recorded where there is
 * no randomness.
 */
int lsec_id_block_make(const struct lsec_id_block *block, const struct lsec_id_signers *signers,
                       struct lsec_id_pair *ret, struct lsec_problems *problems);

/* Bytes that were given for an ID block or ID authentication, and where, for problems. */
struct lsec_id_bytes {
	const uint8_t *bytes;
	size_t len;
	const char *place;
};

struct lsec_id_verification {
	struct lsec_id_bytes block, auth;
	/* What the block must be for, or NULL for any: LSEC_LAUNCH_DIGEST_SIZE bytes; a policy. */
	const uint8_t *digest;
	const uint64_t *policy;
};

/* What is in a pair that verifies. */
struct lsec_id_facts {
	struct lsec_id_block block;
	uint8_t id_key_digest[LSEC_LAUNCH_DIGEST_SIZE];
	bool has_author;
	uint8_t author_key_digest[LSEC_LAUNCH_DIGEST_SIZE]; /* zeros without author */
};

/*
 * Whether the firmware accepts a pair: sizes, versions, algorithms, reserved bytes, keys and
 * signatures, those of an author where there is any; then digest and policy. Returns 0 and fills
 * *ret, which may be NULL, or -1 with one problem: the first in that order.
 */
int lsec_id_block_verify(const struct lsec_id_verification *verification, struct lsec_id_facts *ret,
                         struct lsec_problems *problems);

#ifdef __cplusplus
}
#endif

#endif
