/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA with P-384 and SHA-384, by nettle. Numbers are as AMD 56860 has them ("ECDSA P-384 public
 * key", "signature"): little-endian, in 72 bytes, so zeros follow the 48 that count. A point is
 * X and Y, a signature R and S.
 */
#ifndef LAUNCHSEC_ATTEST_P384_H
#define LAUNCHSEC_ATTEST_P384_H

#include <stdbool.h>
#include <stdint.h>

#define LSEC_P384_BYTES 48  /* of a number that counts; of a digest */
#define LSEC_P384_NUMBER 72 /* of a number as it is stored */
#define LSEC_P384_PAIR 144  /* of a point, of a signature */

/* The public key of a private one; false where that is 0, or not less than the curve's order. */
bool lsec_p384_public(const uint8_t secret[LSEC_P384_BYTES], uint8_t ret[LSEC_P384_PAIR]);

/* Whether a point is one of the curve. */
bool lsec_p384_is_point(const uint8_t point[LSEC_P384_PAIR]);

/* What signs a digest. */
struct lsec_p384_signing {
	const uint8_t *secret; /* LSEC_P384_BYTES */
	const uint8_t *nonce;  /* LSEC_P384_BYTES, random, for this signature only */
};

/* Signs a digest; false where the private key or the nonce is 0 or not less than the curve's
 * order, which 48 random bytes are once in 2^189. */
bool lsec_p384_sign(const struct lsec_p384_signing *signing, const uint8_t digest[LSEC_P384_BYTES],
                    uint8_t ret[LSEC_P384_PAIR]);

/* Whether a signature of a digest is valid. The point must be one of the curve. */
bool lsec_p384_verify(const uint8_t point[LSEC_P384_PAIR], const uint8_t digest[LSEC_P384_BYTES],
                      const uint8_t signature[LSEC_P384_PAIR]);

#endif
