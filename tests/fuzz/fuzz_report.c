/* SPDX-License-Identifier: Apache-2.0 */
/* An attestation report or quote, as it is. */
#include "fuzz.h"
#include "launchsec/claims.h"

static uint64_t number(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;
	while (size > 0)
		number = number << 8 | bytes[--size];
	return number;
}

/* Where a report, or the body of a quote, begins in data; -1 where there is none. */
static long begin_of(const uint8_t *data, size_t size, enum lsec_tee *ret)
{
	size_t header = size >= 32 && number(data, 8) == UINT64_C(1184) << 32 ? 32 : 0;
	*ret = LSEC_TEE_SEV_SNP;
	if (size >= header + 1184 && number(data + header, 4) >= 2 && number(data + header, 4) <= 5)
		return (long)header;
	*ret = LSEC_TEE_TDX;
	if (size < 48 + 584 || number(data + 4, 4) != 0x81)
		return -1;
	if (number(data, 2) == 4)
		return 48;
	bool older = number(data + 48, 6) == (UINT64_C(584) << 16 | 2) && size >= 54 + 584;
	bool newer = number(data + 48, 6) == (UINT64_C(648) << 16 | 3) && size >= 54 + 648;
	return number(data, 2) == 5 && (older || newer) ? 54 : -1;
}

/* The claims on which a verdict stands. */
static void check(const struct lsec_claims *claims, const uint8_t *from)
{
	static const struct {
		enum lsec_claim_id id;
		size_t at, size;
	} places[] = {
		{LSEC_CLAIM_MEASUREMENT, 0x90, 48},    {LSEC_CLAIM_POLICY, 8, 8},
		{LSEC_CLAIM_HOST_DATA, 0xc0, 32},      {LSEC_CLAIM_FAMILY_ID, 0x10, 16},
		{LSEC_CLAIM_IMAGE_ID, 0x20, 16},       {LSEC_CLAIM_GUEST_SVN, 4, 4},
		{LSEC_CLAIM_ID_KEY_DIGEST, 0xe0, 48},  {LSEC_CLAIM_AUTHOR_KEY_DIGEST, 0x110, 48},
		{LSEC_CLAIM_MR_TD, 136, 48},           {LSEC_CLAIM_TD_ATTRIBUTES, 120, 8},
		{LSEC_CLAIM_MR_CONFIG_ID, 184, 48},    {LSEC_CLAIM_MR_OWNER, 232, 48},
		{LSEC_CLAIM_MR_OWNER_CONFIG, 280, 48},
	};
	size_t compared = 0;
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct lsec_claim *claim = lsec_claim(places[i].id);
		bool known = claim->tee == claims->tee;
		HOLDS(claims->known[places[i].id] == known, "%s is known", claim->name);
		HOLDS(!known || memcmp(claims->of[places[i].id], from + places[i].at,
		                       places[i].size) == 0,
		      "another %s", claim->name);
		compared += claim->compared;
	}
	HOLDS(compared == COUNT(places), "a claim is not compared");
}

/* Against a VM that asks for nothing: the same where all is zero. */
static void check_compared(const struct lsec_claims *claims)
{
	const struct lsec_claims zeros = {.tee = claims->tee};
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		fuzz_owned text = lsec_claims_text(claims, (enum lsec_claim_id)i);
		bool zero = strspn(text, "0x") == strlen(text);
		bool same = lsec_claims_same(&zeros, claims, (enum lsec_claim_id)i);
		HOLDS(!claims->known[i] || same == zero, "another verdict");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_claims claims = {0};
	enum lsec_tee tee = LSEC_TEE_NONE;
	fuzz_owned copy = fuzz_copy(data, size);
	const struct lsec_evidence evidence = {(uint8_t *)copy, size, "report"};
	long begin = begin_of(data, size, &tee);
	if (lsec_claims_read(&evidence, LSEC_TEE_NONE, &claims, &problems) < 0) {
		HOLDS(begin < 0, "a report is refused");
		fuzz_check_problems(&problems);
		return 0;
	}
	HOLDS(begin >= 0 && claims.tee == tee, "no report was taken");
	check(&claims, data + begin);
	check_compared(&claims);
	return 0;
}
