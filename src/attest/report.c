/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation reports, by a table of where each claim stands. SEV-SNP: AMD 56860,
 * ATTESTATION_REPORT Structure. TDX: Intel SGX DCAP Quoting Library API, A.3 and A.4, where the
 * quote's body is the TDREPORT's TDINFO after that of its module.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "launchsec/claims.h"

#define SNP_REPORT_SIZE 1184
/* Linux include/uapi/linux/sev-guest.h: what SNP_GET_REPORT fills in is AMD's MSG_REPORT_RSP, a
 * status, the report's size, 24 zeros, the report. */
#define SNP_RESPONSE_HEADER 32
#define SNP_OLDEST 2 /* versions of the report */
#define SNP_NEWEST 5
#define SNP_WITH_CPU 3 /* the first version that has family, model, stepping */

#define QUOTE_TEE_TDX 0x81 /* u32 at 4 */
#define QUOTE_4_BODY 48    /* where the body begins */
#define QUOTE_5_BODY 54    /* after its type (u16) and size (u32) */
#define BODY_SIZE 584      /* of TDX 1.0; what TDX 1.5 has is longer at the end */
#define BODY_SIZE_1_5 648

static const struct row {
	struct lsec_claim claim;
	size_t offset; /* in the report, in the quote's body */
} rows[] = {
#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX
	{{LSEC_CLAIM_MEASUREMENT, SNP, "measurement", 48, false, true}, 0x090},
	{{LSEC_CLAIM_POLICY, SNP, "policy", 8, true, true}, 0x008},
	{{LSEC_CLAIM_HOST_DATA, SNP, "host_data", 32, false, true}, 0x0c0},
	{{LSEC_CLAIM_FAMILY_ID, SNP, "family_id", 16, false, true}, 0x010},
	{{LSEC_CLAIM_IMAGE_ID, SNP, "image_id", 16, false, true}, 0x020},
	{{LSEC_CLAIM_GUEST_SVN, SNP, "guest_svn", 4, true, true}, 0x004},
	{{LSEC_CLAIM_ID_KEY_DIGEST, SNP, "id_key_digest", 48, false, true}, 0x0e0},
	{{LSEC_CLAIM_AUTHOR_KEY_DIGEST, SNP, "author_key_digest", 48, false, true}, 0x110},
	{{LSEC_CLAIM_SNP_VERSION, SNP, "version", 4, true, false}, 0x000},
	{{LSEC_CLAIM_VMPL, SNP, "vmpl", 4, true, false}, 0x030},
	{{LSEC_CLAIM_SNP_REPORT_DATA, SNP, "report_data", 64, false, false}, 0x050},
	{{LSEC_CLAIM_REPORTED_TCB, SNP, "reported_tcb", 8, true, false}, 0x180},
	{{LSEC_CLAIM_CPU_FAMILY, SNP, "cpu_family", 1, true, false}, 0x188},
	{{LSEC_CLAIM_CPU_MODEL, SNP, "cpu_model", 1, true, false}, 0x189},
	{{LSEC_CLAIM_CPU_STEPPING, SNP, "cpu_stepping", 1, true, false}, 0x18a},
	{{LSEC_CLAIM_CHIP_ID, SNP, "chip_id", 64, false, false}, 0x1a0},
	{{LSEC_CLAIM_MR_TD, TDX, "mr_td", 48, false, true}, 136},
	{{LSEC_CLAIM_TD_ATTRIBUTES, TDX, "td_attributes", 8, true, true}, 120},
	{{LSEC_CLAIM_MR_CONFIG_ID, TDX, "mr_config_id", 48, false, true}, 184},
	{{LSEC_CLAIM_MR_OWNER, TDX, "mr_owner", 48, false, true}, 232},
	{{LSEC_CLAIM_MR_OWNER_CONFIG, TDX, "mr_owner_config", 48, false, true}, 280},
	{{LSEC_CLAIM_TDX_VERSION, TDX, "version", 2, true, false}, 0},
	{{LSEC_CLAIM_XFAM, TDX, "xfam", 8, true, false}, 128},
	{{LSEC_CLAIM_RTMR_0, TDX, "rtmr_0", 48, false, false}, 328},
	{{LSEC_CLAIM_RTMR_1, TDX, "rtmr_1", 48, false, false}, 376},
	{{LSEC_CLAIM_RTMR_2, TDX, "rtmr_2", 48, false, false}, 424},
	{{LSEC_CLAIM_RTMR_3, TDX, "rtmr_3", 48, false, false}, 472},
	{{LSEC_CLAIM_TDX_REPORT_DATA, TDX, "report_data", 64, false, false}, 520},
	{{LSEC_CLAIM_TEE_TCB_SVN, TDX, "tee_tcb_svn", 16, false, false}, 0},
	{{LSEC_CLAIM_MR_SEAM, TDX, "mr_seam", 48, false, false}, 16},
#undef SNP
#undef TDX
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == LSEC_CLAIMS, "a row a claim");

const struct lsec_claim *lsec_claim(size_t id)
{
	return &rows[id].claim;
}

void lsec_claims_set(struct lsec_claims *claims, enum lsec_claim_id id, uint64_t number)
{
	lsec_put_little_endian(number, claims->of[id], rows[id].claim.size);
}

char *lsec_claims_text(const struct lsec_claims *claims, enum lsec_claim_id id)
{
	const struct lsec_claim *claim = lsec_claim(id);
	const uint8_t *bytes = claims->of[id];
	if (!claim->number)
		return lsec_hex_encode(bytes, claim->size);
	return lsec_format("0x%llx", (unsigned long long)lsec_little_endian(bytes, claim->size));
}

/* Takes a TEE's claims from where they begin. */
static void take(const uint8_t *from, enum lsec_tee tee, struct lsec_claims *ret)
{
	*ret = (struct lsec_claims){.tee = tee};
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		ret->known[i] = rows[i].claim.tee == tee;
		if (ret->known[i])
			memcpy(ret->of[i], from + rows[i].offset, rows[i].claim.size);
	}
}

static bool read_snp(const uint8_t *bytes, size_t len, struct lsec_claims *ret)
{
	if (len >= SNP_RESPONSE_HEADER && lsec_little_endian(bytes, 4) == 0 &&
	    lsec_little_endian(bytes + 4, 4) == SNP_REPORT_SIZE) {
		bytes += SNP_RESPONSE_HEADER;
		len -= SNP_RESPONSE_HEADER;
	}
	if (len < SNP_REPORT_SIZE)
		return false;
	uint64_t version = lsec_little_endian(bytes, 4);
	if (version < SNP_OLDEST || version > SNP_NEWEST)
		return false;
	take(bytes, LSEC_TEE_SEV_SNP, ret);
	for (size_t i = LSEC_CLAIM_CPU_FAMILY; i <= LSEC_CLAIM_CPU_STEPPING; i++)
		ret->known[i] = version >= SNP_WITH_CPU;
	return true;
}

/* Where a quote's body begins; 0 where it is not a quote of a TD. */
static size_t find_body(const uint8_t *bytes, size_t len)
{
	if (len < QUOTE_5_BODY || lsec_little_endian(bytes + 4, 4) != QUOTE_TEE_TDX)
		return 0;
	uint64_t version = lsec_little_endian(bytes, 2);
	if (version == 4)
		return len < QUOTE_4_BODY + BODY_SIZE ? 0 : QUOTE_4_BODY;
	uint64_t type = lsec_little_endian(bytes + 48, 2);
	uint64_t size = lsec_little_endian(bytes + 50, 4);
	bool known = (type == 2 && size == BODY_SIZE) || (type == 3 && size == BODY_SIZE_1_5);
	return version == 5 && known && len >= QUOTE_5_BODY + size ? QUOTE_5_BODY : 0;
}

static bool read_quote(const uint8_t *bytes, size_t len, struct lsec_claims *ret)
{
	size_t body = find_body(bytes, len);
	if (body == 0)
		return false;
	take(bytes + body, LSEC_TEE_TDX, ret);
	lsec_claims_set(ret, LSEC_CLAIM_TDX_VERSION, lsec_little_endian(bytes, 2));
	return true;
}

int lsec_claims_read(const struct lsec_evidence *evidence, enum lsec_tee tee,
                     struct lsec_claims *ret, struct lsec_problems *problems)
{
	struct lsec_claims claims;
	if (evidence->len > LSEC_MAX_ATTESTATION)
		return lsec_problem_add(
			problems, evidence->name,
			"the attestation report has more than %u bytes (1 MiB); give the report alone",
			LSEC_MAX_ATTESTATION);
	/* A report's version is a u32; in a quote its upper half is the kind of key, never 0. */
	if (!read_snp(evidence->bytes, evidence->len, &claims) &&
	    !read_quote(evidence->bytes, evidence->len, &claims))
		return lsec_problem_add(
			problems, evidence->name,
			"must be an attestation report of SEV-SNP (1184 bytes, version 2 to 5) or a TDX quote (version 4 or 5); pass its bytes as the guest read them");
	if (tee != LSEC_TEE_NONE && claims.tee != tee)
		return lsec_problem_add(
			problems, evidence->name,
			"the attestation report is of %s, but the VM of %s; give a report of this VM",
			lsec_tee_title(claims.tee), lsec_tee_title(tee));
	*ret = claims;
	return 0;
}

bool lsec_claims_same(const struct lsec_claims *expected, const struct lsec_claims *found,
                      enum lsec_claim_id id)
{
	return memcmp(expected->of[id], found->of[id], rows[id].claim.size) == 0;
}
