/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest policies: the SEV-SNP guest policy (AMD 56860 4.3) and the part of
 * the TD attributes that libvirt lets through (libvirt formatdomain, TDX).
 */
#ifndef LAUNCHSEC_POLICY_H
#define LAUNCHSEC_POLICY_H

#include <stdint.h>

#include "launchsec/keys.h"
#include "launchsec/problems.h"

/* QEMU's default for SEV-SNP: SMT allowed, and the bit that must be one. */
#define LSEC_POLICY_SNP_DEFAULT UINT64_C(0x30000)
/* TDX: SEPT_VE_DISABLE, without debug. */
#define LSEC_POLICY_TDX_DEFAULT UINT64_C(0x10000000)

/* A named policy bit. */
struct lsec_policy_flag {
	const char *name;
	unsigned bit; /* 0 to 63 */
	const char *help;
};

/* The TEE's flags, ended by a row whose name is NULL. */
const struct lsec_policy_flag *lsec_policy_flags(enum lsec_tee tee);

/*
 * Reads a policy: a number (decimal or 0x…), or flag names joined by commas
 * (SEV-SNP also abi=MAJOR.MINOR). Only the form is checked here, not whether
 * the TEE takes the bits. On failure adds problems at `place`, leaves
 * *ret_policy alone and returns -1.
 */
int lsec_policy_parse(enum lsec_tee tee, const char *place, const char *text, uint64_t *ret_policy,
                      struct lsec_problems *problems);

/*
 * Refuses bits that are reserved, a reserved-must-be-one bit that is zero, and
 * debug without `allow_debug`, naming the bits. `forbidden` is where the
 * cluster's administrator forbids allow-debug, or NULL; it only changes the
 * advice. Returns 0 or -1.
 */
int lsec_policy_check(enum lsec_tee tee, const char *place, uint64_t policy, bool allow_debug,
                      const char *forbidden, struct lsec_problems *problems);

/* "bit 25", "bits 25, 63": the set bits by number. Allocated; NULL when memory
 * ran out. */
char *lsec_policy_bits(uint64_t bits);

/* The names of the set bits, for people, e.g. "smt, debug, bit 17". Allocated;
 * NULL when memory ran out. */
char *lsec_policy_describe(enum lsec_tee tee, uint64_t policy);

#endif
