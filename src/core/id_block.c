/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the ID block and its authentication, and checks them against the settings. */
#include "id_block.h"

#include <string.h>

#include "base/text.h"
#include "launchsec/policy.h"

/* The ID block: offsets in bytes. All numbers here are little-endian. */
#define BLOCK_VERSION 0x50 /* u32, 1 */
#define BLOCK_POLICY 0x58  /* u64 */

/* The ID authentication: an algorithm, a signature and a key of each kind. */
#define ECDSA_P384_SHA384 1 /* the one algorithm, u32 */
#define SIGNATURE_SIZE 512
static const struct place {
	const char *name;
	size_t algorithm, signature, key;
} id_place = {"ID key", 0x000, 0x040, 0x240}, author_place = {"author key", 0x004, 0x680, 0x880};

/* A key: u32 curve, then the point's X and Y, 72 bytes each; zeros fill it up. */
#define CURVE_P384 2 /* the one curve */
#define POINT_OFFSET 4
#define KEY_SIZE 1028

static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;
	for (size_t i = size; i > 0; i--)
		number = number << 8 | bytes[i - 1];
	return number;
}

static bool any_set(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return true;
	return false;
}

struct lsec_id_block lsec_id_block_read(const uint8_t bytes[LSEC_ID_BLOCK_SIZE])
{
	return (struct lsec_id_block){
		.version = (uint32_t)little_endian(bytes + BLOCK_VERSION, 4),
		.policy = little_endian(bytes + BLOCK_POLICY, 8),
	};
}

static struct lsec_id_key read_key(const uint8_t *bytes, const struct place *place)
{
	const uint8_t *key = bytes + place->key;
	struct lsec_id_key ret = {
		.algorithm = (uint32_t)little_endian(bytes + place->algorithm, 4),
		.curve = (uint32_t)little_endian(key, 4),
		.has_point = any_set(key + POINT_OFFSET, KEY_SIZE - POINT_OFFSET),
		.has_signature = any_set(bytes + place->signature, SIGNATURE_SIZE),
	};
	ret.present = ret.algorithm != 0 || ret.curve != 0 || ret.has_point || ret.has_signature;
	return ret;
}

struct lsec_id_auth lsec_id_auth_read(const uint8_t bytes[LSEC_ID_AUTH_SIZE])
{
	return (struct lsec_id_auth){read_key(bytes, &id_place), read_key(bytes, &author_place)};
}

static bool is_set(const struct lsec_value *value)
{
	return value->origin != LSEC_FROM_NOBODY;
}

static bool is_yes(const struct lsec_value *value)
{
	return is_set(value) && value->number == 1;
}

static bool find_block(const struct lsec_settings *settings, struct lsec_id_block *ret)
{
	const struct lsec_value *value = &settings->of[LSEC_KEY_ID_BLOCK];
	uint8_t bytes[LSEC_ID_BLOCK_SIZE];
	if (!is_set(value) || !lsec_base64_decode(value->text, bytes, sizeof(bytes)))
		return false;
	*ret = lsec_id_block_read(bytes);
	return true;
}

static bool find_auth(const struct lsec_settings *settings, struct lsec_id_auth *ret)
{
	const struct lsec_value *value = &settings->of[LSEC_KEY_ID_AUTH];
	uint8_t bytes[LSEC_ID_AUTH_SIZE];
	if (!is_set(value) || !lsec_base64_decode(value->text, bytes, sizeof(bytes)))
		return false;
	*ret = lsec_id_auth_read(bytes);
	return true;
}

/* Both or neither, and both of one origin: what vouches for one ID block vouches for no other. */
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
			"found it without %s; want both or neither, since the firmware checks one by the other: add the other or remove this one",
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

/* The ways out of a block for another policy. None leads to debug without saying so. */
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

static int check_policy(const struct lsec_settings *settings, const struct lsec_id_block *block,
                        struct lsec_problems *problems)
{
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	if (!is_set(policy) || block->policy == policy->number)
		return 0;
	cleanup_free char *bits = lsec_policy_bits(block->policy ^ policy->number);
	cleanup_free char *reason = lsec_settings_reason(policy);
	cleanup_free char *advice = advise(block->policy, policy->number);
	return lsec_problem_add(
		problems, settings->of[LSEC_KEY_ID_BLOCK].place,
		"the ID block (byte 0x58) is for policy 0x%llx, but the VM starts with 0x%llx (%s): they differ in %s, so the firmware refuses the launch; %s",
		(unsigned long long)block->policy, (unsigned long long)policy->number, reason, bits,
		advice);
}

/* What the firmware takes for a key and its signature, without the mathematics. */
static int check_key(const char *at, const struct lsec_id_key *key, const struct place *place,
                     struct lsec_problems *problems)
{
	if (key->algorithm != ECDSA_P384_SHA384)
		return lsec_problem_add(
			problems, at,
			"the algorithm of the %s (byte 0x%zx) is %u, which the firmware rejects; sign with ECDSA P-384 and SHA-384 (1, little-endian)",
			place->name, place->algorithm, key->algorithm);
	if (key->curve != CURVE_P384)
		return lsec_problem_add(
			problems, at,
			"the curve of the %s (byte 0x%zx) is %u, which the firmware rejects; use a P-384 key (2, little-endian)",
			place->name, place->key, key->curve);
	if (key->has_point && key->has_signature)
		return 0;
	return lsec_problem_add(
		problems, at, "the %s%s (byte 0x%zx) is all zeros, which the firmware rejects; %s",
		place->name, key->has_point ? "'s signature" : "",
		key->has_point ? place->signature : place->key + POINT_OFFSET,
		key->has_point ? "sign with that key" : "put the public key there");
}

static int check_auth(const struct lsec_settings *settings, const struct lsec_id_auth *auth,
                      struct lsec_problems *problems)
{
	const char *place = settings->of[LSEC_KEY_ID_AUTH].place;
	if (!auth->id.present && !auth->author.present)
		return lsec_problem_add(
			problems, place,
			"holds no keys and signatures, only zeros, which the firmware rejects; sign the ID block");
	int status = check_key(place, &auth->id, &id_place, problems);
	if (!is_yes(&settings->of[LSEC_KEY_AUTHOR_KEY]))
		return status;
	if (auth->author.present)
		return status | check_key(place, &auth->author, &author_place, problems);
	return lsec_problem_add(
		problems, place,
		"has no author key (bytes 0x4 to 0x7 and from 0x680 on are zero), but author-key is yes, so the firmware refuses the launch; sign the ID key with an author key, or set " LSEC_PREFIX
		"author-key to no");
}

int lsec_check_id_block(const struct lsec_asked *asked, const struct lsec_settings *settings,
                        const struct lsec_domain *domain, struct lsec_problems *problems)
{
	struct lsec_id_block block;
	struct lsec_id_auth auth;
	int status = check_pair(asked, settings, domain, problems);
	if (find_block(settings, &block))
		status |= check_policy(settings, &block, problems);
	if (find_auth(settings, &auth))
		status |= check_auth(settings, &auth, problems);
	return status;
}

void lsec_warn_id_block(const struct lsec_settings *settings, struct lsec_report *report)
{
	const struct lsec_value *author = &settings->of[LSEC_KEY_AUTHOR_KEY];
	struct lsec_id_block block;
	struct lsec_id_auth auth;
	bool has_block = find_block(settings, &block);
	if (is_yes(author) && !has_block)
		lsec_report_warn(
			report, author->place,
			"an author key is checked only with an ID block; without id-block and id-auth this does nothing");
	if (has_block && block.version != 1)
		lsec_report_warn(report, settings->of[LSEC_KEY_ID_BLOCK].place,
		                 "its version (byte 0x50) is %u; the firmware takes 1",
		                 block.version);
	if (find_auth(settings, &auth) && auth.author.present && !is_yes(author))
		lsec_report_warn(
			report, settings->of[LSEC_KEY_ID_AUTH].place,
			"has an author key, which the firmware ignores, since libvirt and QEMU do not switch it on by themselves; set " LSEC_PREFIX
			"author-key to yes");
}
