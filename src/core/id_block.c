/* SPDX-License-Identifier: Apache-2.0 */
/* The ID block and its authentication, as they were annotated or are the domain's own. */
#include "id_block.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "launchsec/id_block.h"
#include "launchsec/policy.h"

/* Both or neither, and both from one origin: an ID authentication is for one ID block only. */
static int check_pair(const struct lsec_asked *asked, const struct lsec_settings *settings,
                      const struct lsec_domain *domain, struct lsec_problems *problems)
{
	bool has_block = asked->of[LSEC_KEY_ID_BLOCK] != NULL;
	bool has_auth = asked->of[LSEC_KEY_ID_AUTH] != NULL;
	bool own = domain->tee == settings->tee;
	bool own_block = own && domain->own[LSEC_KEY_ID_BLOCK] != NULL;
	bool own_auth = own && domain->own[LSEC_KEY_ID_AUTH] != NULL;
	const char *place = has_block ? LSEC_PREFIX "id-block" : LSEC_PREFIX "id-auth";
	const char *other = has_block ? "id-auth" : "id-block";
	if (has_block != has_auth && (has_block ? own_auth : own_block))
		return lsec_problem_add(
			problems, place,
			"the domain has an %s of its own (" LSEC_SECURITY
			"/%s), and the firmware checks one by the other; set " LSEC_PREFIX
			"%s too, or remove this annotation",
			has_block ? "idAuth" : "idBlock", has_block ? "idAuth" : "idBlock", other);
	if (has_block != has_auth)
		return lsec_problem_add(
			problems, place,
			"set without %s, but the firmware checks one by the other; set both or neither",
			other);
	if (has_block || own_block == own_auth)
		return 0;
	return lsec_problem_add(
		problems, own_block ? LSEC_SECURITY "/idBlock" : LSEC_SECURITY "/idAuth",
		"the domain has this without %s, and the firmware checks one by the other; remove it, or set " LSEC_PREFIX
		"id-block and " LSEC_PREFIX "id-auth",
		own_block ? "idAuth" : "idBlock");
}

static bool is_advisable(uint64_t policy)
{
	return lsec_policy_is_valid(LSEC_TEE_SEV_SNP, policy) &&
	       !lsec_policy_is_debug(LSEC_TEE_SEV_SNP, policy);
}

/* What to do about a block for another policy. Never suggests debug silently. */
static char *advise(uint64_t inside, uint64_t of_vm)
{
	cleanup_buffer struct lsec_buffer ret = {0};
	if (is_advisable(of_vm))
		lsec_buffer_format(&ret, "sign an ID block for 0x%llx", (unsigned long long)of_vm);
	if (lsec_policy_is_valid(LSEC_TEE_SEV_SNP, inside))
		lsec_buffer_format(
			&ret, "%s%sset " LSEC_PREFIX "policy to 0x%llx%s",
			ret.len > 0 ? ", or " : "",
			is_advisable(inside)
				? ""
				: "only if the host may read the guest's memory (debug), ",
			(unsigned long long)inside,
			is_advisable(inside) ? "" : " and " LSEC_PREFIX "allow-debug to yes");
	if (ret.len == 0)
		lsec_buffer_format(&ret, "sign an ID block for 0x%llx, and use that policy",
		                   (unsigned long long)LSEC_POLICY_SNP_DEFAULT);
	return lsec_buffer_take(&ret);
}

static int check_policy(const struct lsec_settings *settings, uint64_t inside,
                        struct lsec_problems *problems)
{
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	if (!lsec_is_set(policy) || inside == policy->number)
		return 0;
	cleanup_free char *bits = lsec_policy_bits(inside ^ policy->number);
	cleanup_free char *reason = lsec_settings_reason(policy);
	cleanup_free char *advice = advise(inside, policy->number);
	return lsec_problem_add(
		problems, settings->of[LSEC_KEY_ID_BLOCK].place,
		"the ID block (byte 0x58) is for policy 0x%llx, but the VM starts with 0x%llx (%s): they differ in %s, so the firmware rejects the launch; %s",
		(unsigned long long)inside, (unsigned long long)policy->number, reason, bits,
		advice);
}

/* Checks what the firmware checks when the VM starts, except the launch digest. */
static int verify(const struct lsec_settings *settings, const uint8_t *block, const uint8_t *auth,
                  struct lsec_problems *problems)
{
	const struct lsec_id_verification verification = {
		.block = {block, LSEC_ID_BLOCK_SIZE, settings->of[LSEC_KEY_ID_BLOCK].place},
		.auth = {auth, LSEC_ID_AUTH_SIZE, settings->of[LSEC_KEY_ID_AUTH].place},
	};
	return lsec_id_block_verify(&verification, NULL, problems);
}

static int check_author(const struct lsec_settings *settings, const uint8_t *auth,
                        struct lsec_problems *problems)
{
	if (!lsec_is_yes(&settings->of[LSEC_KEY_AUTHOR_KEY]) || lsec_id_auth_has_author(auth))
		return 0;
	return lsec_problem_add(
		problems, settings->of[LSEC_KEY_ID_AUTH].place,
		"has no author key (all is zero from byte 0x680 on), but author-key is yes, so the firmware rejects the launch; sign the ID key with an author key, or set " LSEC_PREFIX
		"author-key to no");
}

int lsec_check_id_block(const struct lsec_asked *asked, const struct lsec_settings *settings,
                        const struct lsec_domain *domain, struct lsec_problems *problems)
{
	uint8_t block[LSEC_ID_BLOCK_SIZE];
	uint8_t auth[LSEC_ID_AUTH_SIZE];
	bool has_block = lsec_value_bytes(&settings->of[LSEC_KEY_ID_BLOCK], block, sizeof(block));
	bool has_auth = lsec_value_bytes(&settings->of[LSEC_KEY_ID_AUTH], auth, sizeof(auth));
	int status = check_pair(asked, settings, domain, problems);
	if (has_block && has_auth && status == 0)
		status = verify(settings, block, auth, problems);
	if (has_block)
		status |= check_policy(settings, lsec_id_block_read(block).policy, problems);
	if (has_auth)
		status |= check_author(settings, auth, problems);
	return status;
}

void lsec_warn_id_block(const struct lsec_settings *settings, struct lsec_report *report)
{
	const struct lsec_value *author = &settings->of[LSEC_KEY_AUTHOR_KEY];
	uint8_t auth[LSEC_ID_AUTH_SIZE];
	if (lsec_is_yes(author) && !lsec_is_set(&settings->of[LSEC_KEY_ID_BLOCK]))
		lsec_report_warn(
			report, author->place,
			"an author key is checked only with an ID block; set id-block and id-auth, or this has no effect");
	if (!lsec_is_yes(author) &&
	    lsec_value_bytes(&settings->of[LSEC_KEY_ID_AUTH], auth, sizeof(auth)) &&
	    lsec_id_auth_has_author(auth))
		lsec_report_warn(
			report, settings->of[LSEC_KEY_ID_AUTH].place,
			"has an author key, which the firmware ignores unless it is switched on; set " LSEC_PREFIX
			"author-key to yes");
}

char *lsec_launch_digest(const struct lsec_settings *settings)
{
	uint8_t block[LSEC_ID_BLOCK_SIZE];
	if (!lsec_value_bytes(&settings->of[LSEC_KEY_ID_BLOCK], block, sizeof(block)))
		return NULL;
	const struct lsec_id_block read = lsec_id_block_read(block);
	return lsec_hex_encode(read.digest, sizeof(read.digest));
}
