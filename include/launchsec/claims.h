/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attestation report claims, beside what a VM should be: SEV-SNP's report (AMD 56860,
 * ATTESTATION_REPORT) and TDX's quote (Intel's DCAP quoting library, versions 4 and 5). No
 * signature is checked: whoever shows these claims must state that.
 */
#ifndef LAUNCHSEC_CLAIMS_H
#define LAUNCHSEC_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launchsec/keys.h"
#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Claims, in the order in which they are shown: of SEV-SNP, then of TDX. */
enum lsec_claim_id {
	LSEC_CLAIM_MEASUREMENT,
	LSEC_CLAIM_POLICY,
	LSEC_CLAIM_HOST_DATA,
	LSEC_CLAIM_FAMILY_ID,
	LSEC_CLAIM_IMAGE_ID,
	LSEC_CLAIM_GUEST_SVN,
	LSEC_CLAIM_ID_KEY_DIGEST,
	LSEC_CLAIM_AUTHOR_KEY_DIGEST,
	LSEC_CLAIM_SNP_VERSION,
	LSEC_CLAIM_VMPL,
	LSEC_CLAIM_SNP_REPORT_DATA,
	LSEC_CLAIM_REPORTED_TCB,
	LSEC_CLAIM_CPU_FAMILY,
	LSEC_CLAIM_CPU_MODEL,
	LSEC_CLAIM_CPU_STEPPING,
	LSEC_CLAIM_CHIP_ID,
	LSEC_CLAIM_MR_TD,
	LSEC_CLAIM_TD_ATTRIBUTES,
	LSEC_CLAIM_MR_CONFIG_ID,
	LSEC_CLAIM_MR_OWNER,
	LSEC_CLAIM_MR_OWNER_CONFIG,
	LSEC_CLAIM_TDX_VERSION,
	LSEC_CLAIM_XFAM,
	LSEC_CLAIM_RTMR_0,
	LSEC_CLAIM_RTMR_1,
	LSEC_CLAIM_RTMR_2,
	LSEC_CLAIM_RTMR_3,
	LSEC_CLAIM_TDX_REPORT_DATA,
	LSEC_CLAIM_TEE_TCB_SVN,
	LSEC_CLAIM_MR_SEAM,
	LSEC_CLAIMS
};

#define LSEC_LONGEST_CLAIM 64 /* bytes */

struct lsec_claim {
	enum lsec_claim_id id; /* equals the row's index */
	enum lsec_tee tee;
	const char *name;
	size_t size;   /* bytes, at most LSEC_LONGEST_CLAIM */
	bool number;   /* the bytes are a little-endian number of at most 64 bits */
	bool compared; /* with what a VM should be; the others are shown only */
};

/* The row of a claim (an enum lsec_claim_id). */
const struct lsec_claim *lsec_claim(size_t id);

/* Values of one TEE's claims. What is expected of a VM is filled in by the caller; zeros are what
 * a VM has that asks for nothing. */
struct lsec_claims {
	enum lsec_tee tee;
	bool known[LSEC_CLAIMS]; /* what the report has; of what is expected not looked at */
	uint8_t of[LSEC_CLAIMS][LSEC_LONGEST_CLAIM];
};

/* Sets a claim that is a number. */
void lsec_claims_set(struct lsec_claims *claims, enum lsec_claim_id id, uint64_t number);

/* A value for people and JSON: hex digits, or 0x… of a number. Allocated. */
char *lsec_claims_text(const struct lsec_claims *claims, enum lsec_claim_id id);

/* Bytes that should be a report or quote, and where they are from, for problems. */
struct lsec_evidence {
	const uint8_t *bytes;
	size_t len; /* at most LSEC_MAX_ATTESTATION */
	const char *name;
};

/*
 * Reads an SEV-SNP report (versions 2 to 5; 1184 bytes, also after the 32 bytes that the guest
 * driver puts before it, and with certificates after it) or a TDX quote (versions 4 and 5, with
 * its signature or without). `tee` is the one that it has to be of; LSEC_TEE_NONE: any. Returns 0
 * with *ret filled, or -1 with *ret left alone.
 */
int lsec_claims_read(const struct lsec_evidence *evidence, enum lsec_tee tee,
                     struct lsec_claims *ret, struct lsec_problems *problems);

/* Whether a claim is as expected. */
bool lsec_claims_same(const struct lsec_claims *expected, const struct lsec_claims *found,
                      enum lsec_claim_id id);

#ifdef __cplusplus
}
#endif

#endif
