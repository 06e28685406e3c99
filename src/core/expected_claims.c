/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that a VM does not set are zero in its report. AMD 56860, SNP_LAUNCH_FINISH: the IDs and
 * the security version number are the ID block's, and the author key's digest is reported only if
 * the VM has that key checked. TDX: KVM refuses the attributes that QEMU would add by itself, PKS
 * and PERFMON, so the attributes are the policy.
 */
#include "expected_claims.h"

#include <string.h>

#include "annotations/provision.h"
#include "base/text.h"
#include "launchsec/id_block.h"

static void note(struct lsec_inputs *ret, enum lsec_claim_id claim, const struct lsec_value *from)
{
	ret->claims_from[claim] =
		lsec_strdup(from->origin == LSEC_FROM_STANDARD ? "default" : from->place);
}

/* Fields that are claims as they are. */
static void take_fields(const struct lsec_settings *settings, struct lsec_inputs *ret)
{
	static const struct {
		enum lsec_key_id key;
		enum lsec_claim_id claim;
	} fields[] = {
		{LSEC_KEY_HOST_DATA, LSEC_CLAIM_HOST_DATA},
		{LSEC_KEY_MR_CONFIG_ID, LSEC_CLAIM_MR_CONFIG_ID},
		{LSEC_KEY_MR_OWNER, LSEC_CLAIM_MR_OWNER},
		{LSEC_KEY_MR_OWNER_CONFIG, LSEC_CLAIM_MR_OWNER_CONFIG},
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (lsec_value_bytes(&settings->of[fields[i].key], ret->claims.of[fields[i].claim],
		                     lsec_claim(fields[i].claim)->size))
			note(ret, fields[i].claim, &settings->of[fields[i].key]);
}

static void take_id_block(const struct lsec_settings *settings, const struct lsec_id_facts *facts,
                          struct lsec_inputs *ret)
{
	struct lsec_claims *claims = &ret->claims;
	const struct lsec_value *author = &settings->of[LSEC_KEY_AUTHOR_KEY];
	ret->has_id_block = true;
	memcpy(ret->id_block_digest.bytes, facts->block.digest, LSEC_MEASUREMENT_SIZE);
	memcpy(claims->of[LSEC_CLAIM_FAMILY_ID], facts->block.family_id, LSEC_LAUNCH_ID_SIZE);
	memcpy(claims->of[LSEC_CLAIM_IMAGE_ID], facts->block.image_id, LSEC_LAUNCH_ID_SIZE);
	lsec_claims_set(claims, LSEC_CLAIM_GUEST_SVN, facts->block.guest_svn);
	memcpy(claims->of[LSEC_CLAIM_ID_KEY_DIGEST], facts->id_key_digest, LSEC_LAUNCH_DIGEST_SIZE);
	note(ret, LSEC_CLAIM_FAMILY_ID, &settings->of[LSEC_KEY_ID_BLOCK]);
	note(ret, LSEC_CLAIM_IMAGE_ID, &settings->of[LSEC_KEY_ID_BLOCK]);
	note(ret, LSEC_CLAIM_GUEST_SVN, &settings->of[LSEC_KEY_ID_BLOCK]);
	note(ret, LSEC_CLAIM_ID_KEY_DIGEST, &settings->of[LSEC_KEY_ID_AUTH]);
	if (!lsec_is_yes(author))
		return;
	memcpy(claims->of[LSEC_CLAIM_AUTHOR_KEY_DIGEST], facts->author_key_digest,
	       LSEC_LAUNCH_DIGEST_SIZE);
	note(ret, LSEC_CLAIM_AUTHOR_KEY_DIGEST, &settings->of[LSEC_KEY_ID_AUTH]);
}

static int expect_id_block(const struct lsec_settings *settings, struct lsec_inputs *ret,
                           struct lsec_problems *problems)
{
	uint8_t block[LSEC_ID_BLOCK_SIZE];
	uint8_t auth[LSEC_ID_AUTH_SIZE];
	struct lsec_id_facts facts;
	if (!lsec_value_bytes(&settings->of[LSEC_KEY_ID_BLOCK], block, sizeof(block)) ||
	    !lsec_value_bytes(&settings->of[LSEC_KEY_ID_AUTH], auth, sizeof(auth)))
		return 0;
	const struct lsec_id_verification verification = {
		.block = {block, sizeof(block), settings->of[LSEC_KEY_ID_BLOCK].place},
		.auth = {auth, sizeof(auth), settings->of[LSEC_KEY_ID_AUTH].place},
		.policy = &settings->of[LSEC_KEY_POLICY].number,
	};
	if (lsec_id_block_verify(&verification, &facts, problems) < 0)
		return -1;
	take_id_block(settings, &facts, ret);
	return 0;
}

/* Without the VM's namespace and name the document of provision, and so the field that binds it, is
 * unknown: a policy without it would accept every VM with this firmware. */
static int refuse_open_document(const struct lsec_settings *settings, const struct lsec_vmi *vmi,
                                struct lsec_problems *problems)
{
	const struct lsec_value *value = &settings->of[LSEC_KEY_PROVISION];
	struct lsec_provision made LSEC_CLEANUP(lsec_provision_clear) = {.resource = NULL};
	if (!lsec_is_set(value) || value->digest.len > 0)
		return 0;
	return lsec_provision_make(value->place, vmi, value->text, &made, problems);
}

int lsec_expect_claims(const struct lsec_settings *settings, const struct lsec_vmi *vmi,
                       struct lsec_inputs *ret, struct lsec_problems *problems)
{
	if (refuse_open_document(settings, vmi, problems) < 0)
		return -1;
	bool tdx = settings->tee == LSEC_TEE_TDX;
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	enum lsec_claim_id claim = tdx ? LSEC_CLAIM_TD_ATTRIBUTES : LSEC_CLAIM_POLICY;
	ret->claims = (struct lsec_claims){.tee = settings->tee};
	ret->has_claims = true;
	lsec_claims_set(&ret->claims, claim, policy->number);
	note(ret, claim, policy);
	take_fields(settings, ret);
	return tdx ? 0 : expect_id_block(settings, ret, problems);
}
