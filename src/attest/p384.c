/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. nettle's numbers are GMP's, or mini-gmp's where it was built with that, in
 * limbs of the machine's word. Bytes are put into arrays of limbs here and lent to nettle as
 * numbers (mpz_roinit_n), so no secret is in memory that only nettle knows and does not wipe.
 * What nettle itself allocates while it multiplies is wiped by the allocators of base/memory.c.
 * Signing uses ecc_ecdsa_sign(), beneath ecdsa_sign(): the latter takes randomness from a function
 * that cannot fail, and leaves the nonce in freed memory.
 */
#include "p384.h"

#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "launchsec/problems.h"

#define LIMBS (LSEC_P384_NUMBER / sizeof(mp_limb_t))      /* as it is stored */
#define CURVE_LIMBS (LSEC_P384_BYTES / sizeof(mp_limb_t)) /* ecc_size() of the curve */

static void read_number(const uint8_t *bytes, size_t size, mp_limb_t ret[LIMBS])
{
	memset(ret, 0, LIMBS * sizeof(*ret));
	for (size_t i = 0; i < size; i++)
		ret[i / sizeof(*ret)] |= (mp_limb_t)bytes[i] << 8 * (i % sizeof(*ret));
}

static void write_number(const mp_limb_t limbs[CURVE_LIMBS], uint8_t ret[LSEC_P384_NUMBER])
{
	memset(ret, 0, LSEC_P384_NUMBER);
	for (size_t i = 0; i < LSEC_P384_BYTES; i++)
		ret[i] = (uint8_t)(limbs[i / sizeof(*limbs)] >> 8 * (i % sizeof(*limbs)));
}

static void clear_point(struct ecc_point *point)
{
	ecc_point_clear(point);
}

static void wipe_scalar(struct ecc_scalar *scalar)
{
	explicit_bzero(scalar->p, CURVE_LIMBS * sizeof(*scalar->p));
	ecc_scalar_clear(scalar);
}

/* A number from 1 to the order less 1, for wipe_scalar() in any case; false where it is none. */
static bool read_scalar(const uint8_t bytes[LSEC_P384_BYTES], struct ecc_scalar *ret)
{
	mp_limb_t limbs[LIMBS];
	mpz_t number;
	ecc_scalar_init(ret, nettle_get_secp_384r1());
	memset(ret->p, 0, CURVE_LIMBS * sizeof(*ret->p));
	read_number(bytes, LSEC_P384_BYTES, limbs);
	bool good = ecc_scalar_set(ret, mpz_roinit_n(number, limbs, LIMBS)) != 0;
	explicit_bzero(limbs, sizeof(limbs));
	return good;
}

/* For clear_point() in any case. */
static bool read_point(const uint8_t bytes[LSEC_P384_PAIR], struct ecc_point *ret)
{
	mp_limb_t x_limbs[LIMBS], y_limbs[LIMBS];
	mpz_t x, y;
	ecc_point_init(ret, nettle_get_secp_384r1());
	read_number(bytes, LSEC_P384_NUMBER, x_limbs);
	read_number(bytes + LSEC_P384_NUMBER, LSEC_P384_NUMBER, y_limbs);
	return ecc_point_set(ret, mpz_roinit_n(x, x_limbs, LIMBS),
	                     mpz_roinit_n(y, y_limbs, LIMBS)) != 0;
}

bool lsec_p384_public(const uint8_t secret[LSEC_P384_BYTES], uint8_t ret[LSEC_P384_PAIR])
{
	struct ecc_scalar scalar LSEC_CLEANUP(wipe_scalar);
	struct ecc_point point LSEC_CLEANUP(clear_point);
	ecc_point_init(&point, nettle_get_secp_384r1());
	if (!read_scalar(secret, &scalar))
		return false;
	ecc_point_mul_g(&point, &scalar);
	write_number(point.p, ret);
	write_number(point.p + CURVE_LIMBS, ret + LSEC_P384_NUMBER);
	return true;
}

bool lsec_p384_is_point(const uint8_t point[LSEC_P384_PAIR])
{
	struct ecc_point read LSEC_CLEANUP(clear_point);
	return read_point(point, &read);
}

bool lsec_p384_sign(const struct lsec_p384_signing *signing, const uint8_t digest[LSEC_P384_BYTES],
                    uint8_t ret[LSEC_P384_PAIR])
{
	const struct ecc_curve *curve = nettle_get_secp_384r1();
	struct ecc_scalar secret LSEC_CLEANUP(wipe_scalar);
	struct ecc_scalar nonce LSEC_CLEANUP(wipe_scalar);
	bool good = read_scalar(signing->secret, &secret);
	good = read_scalar(signing->nonce, &nonce) && good;
	if (!good)
		return false;
	size_t room = (size_t)ecc_ecdsa_sign_itch(curve) * sizeof(mp_limb_t);
	mp_limb_t *scratch = lsec_malloc(room);
	mp_limb_t r[CURVE_LIMBS], s[CURVE_LIMBS];
	ecc_ecdsa_sign(curve, secret.p, nonce.p, LSEC_P384_BYTES, digest, r, s, scratch);
	explicit_bzero(scratch, room);
	free(scratch);
	write_number(r, ret);
	write_number(s, ret + LSEC_P384_NUMBER);
	return true;
}

bool lsec_p384_verify(const uint8_t point[LSEC_P384_PAIR], const uint8_t digest[LSEC_P384_BYTES],
                      const uint8_t signature[LSEC_P384_PAIR])
{
	struct ecc_point key LSEC_CLEANUP(clear_point);
	mp_limb_t r[LIMBS], s[LIMBS];
	struct dsa_signature numbers;
	if (!read_point(point, &key))
		return false;
	read_number(signature, LSEC_P384_NUMBER, r);
	read_number(signature + LSEC_P384_NUMBER, LSEC_P384_NUMBER, s);
	mpz_roinit_n(numbers.r, r, LIMBS);
	mpz_roinit_n(numbers.s, s, LIMBS);
	return ecdsa_verify(&key, LSEC_P384_BYTES, digest, &numbers) != 0;
}
