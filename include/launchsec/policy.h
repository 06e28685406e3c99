/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest policies: the SEV-SNP guest policy (AMD 56860 4.3) and the part of the TD attributes that
 * libvirt accepts (libvirt formatdomain, TDX).
 */
#ifndef LAUNCHSEC_POLICY_H
#define LAUNCHSEC_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "launchsec/keys.h"
#include "launchsec/problems.h"
#include "launchsec/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* QEMU's default for SEV-SNP: SMT allowed, and the bit that must be one. */
#define LSEC_POLICY_SNP_DEFAULT UINT64_C(0x30000)
/* TDX: SEPT_VE_DISABLE, without debug. */
#define LSEC_POLICY_TDX_DEFAULT UINT64_C(0x10000000)

/* When a flag keeps a VM from starting on some or all hosts, or unprotects it. */
enum lsec_policy_doubt { LSEC_DOUBT_NEVER, LSEC_DOUBT_SET, LSEC_DOUBT_UNSET };

/* A named policy bit. */
struct lsec_policy_flag {
	const char *name;
	unsigned bit; /* 0 to 63 */
	const char *help;
	enum lsec_policy_doubt doubted;
	bool starts;       /* a VM with it starts on some hosts, protected */
	const char *doubt; /* the reason; NULL for LSEC_DOUBT_NEVER */
};

/* The policy of a TEE that starts on every host: one of the two above. */
uint64_t lsec_policy_default(enum lsec_tee tee);

/* The TEE's flags, ended by a row whose name is NULL. */
const struct lsec_policy_flag *lsec_policy_flags(enum lsec_tee tee);

/*
 * Reads a policy: a number (decimal or 0x…), or flag names joined by commas (SEV-SNP also
 * abi=MAJOR.MINOR). Only the form is checked here, not whether the TEE accepts the bits. On failure
 * adds problems at `place`, leaves *ret_policy alone and returns -1.
 */
int lsec_policy_parse(enum lsec_tee tee, const char *place, const char *text, uint64_t *ret_policy,
                      struct lsec_problems *problems);

/* A policy of a TEE, and where it was found. */
struct lsec_policy {
	enum lsec_tee tee;
	uint64_t bits;
	const char *place;
};

/*
 * Refuses bits that are reserved, a reserved-must-be-one bit that is zero, a firmware ABI that
 * cannot exist, and debug without `allow_debug`, naming the bits. `forbidden` is where the
 * cluster's administrator forbids allow-debug, or NULL; it only changes the advice. Returns 0 or
 * -1.
 */
int lsec_policy_check(const struct lsec_policy *policy, bool allow_debug, const char *forbidden,
                      struct lsec_problems *problems);

/* Whether lsec_policy_check() accepts the policy where debug is allowed. */
bool lsec_policy_is_valid(enum lsec_tee tee, uint64_t policy);

/* Whether the policy lets the host read the guest. */
bool lsec_policy_is_debug(enum lsec_tee tee, uint64_t policy);

/* Warns about flags that keep the VM from starting on some hosts or leave it unprotected, set or
 * not set: those in doubt in the table. */
void lsec_policy_warn(const struct lsec_policy *policy, struct lsec_report *report);

/* "bit 26", "bits 26, 63": the set bits by number. Allocated. */
char *lsec_policy_bits(uint64_t bits);

/* The names of the set bits, for people, e.g. "smt, debug, bit 17". Allocated. */
char *lsec_policy_describe(enum lsec_tee tee, uint64_t policy);

#ifdef __cplusplus
}
#endif

#endif
