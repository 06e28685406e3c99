/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEV-SNP guest policy: AMD 56860 "SEV Secure Nested Paging Firmware ABI
 * Specification" 4.3. TD attributes: Intel 348549 "TDX Module Base
 * Architecture", and of them those that libvirt accepts (libvirt
 * formatdomain, launchSecurity type='tdx').
 */
#include "launchsec/policy.h"

#include <string.h>

#include "text.h"
#include "values.h"

#define BIT(n) (UINT64_C(1) << (n))

static const struct lsec_policy_flag snp_flags[] = {
	{"smt", 16, "the guest may run on a core whose sibling thread is in use"},
	{"migration-agent", 18, "a migration agent may be associated with the guest"},
	{"debug", 19, "the host may decrypt the guest's memory; needs allow-debug"},
	{"single-socket", 20, "the guest may run on one socket only"},
	{"cxl", 21, "CXL may be populated with devices or memory"},
	{"aes-256-xts", 22, "memory must be encrypted with AES-256-XTS"},
	{"rapl-disabled", 23, "running average power limit must be off"},
	{"ciphertext-hiding", 24, "the host must not see the guest's ciphertext"},
	{NULL, 0, NULL},
};

static const struct lsec_policy_flag tdx_flags[] = {
	{"debug", 0, "the host may read the guest's memory and state; needs allow-debug"},
	{"sept-ve-disable", 28, "no #VE for pages that are not present; Linux guests need it"},
	{NULL, 0, NULL},
};

/* What the flags do not say about a TEE's policy. */
struct rules {
	const struct lsec_policy_flag *flags;
	uint64_t fields;      /* bits of fields that are numbers, all values good */
	uint64_t must_be_one; /* reserved bits that have to be 1 */
	uint64_t debug;       /* lets the host read the guest */
	const char *when_reserved;
};

static const struct rules rules_of[LSEC_TEES] = {
	/* 15:0 are the least ABI version, major and minor; 17 must be one. */
	{snp_flags, UINT64_C(0xffff), BIT(17), BIT(19),
         "set, which is reserved and must be zero (AMD 56860 4.3)"},
	{tdx_flags, 0, 0, BIT(0), "set, which libvirt takes from nobody (libvirt formatdomain)"},
};

static const struct rules *rules(enum lsec_tee tee)
{
	return &rules_of[lsec_tee_index(tee)];
}

const struct lsec_policy_flag *lsec_policy_flags(enum lsec_tee tee)
{
	return rules(tee)->flags;
}

static const struct lsec_policy_flag *find_flag(enum lsec_tee tee, const char *name)
{
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++)
		if (strcmp(flag->name, name) == 0)
			return flag;
	return NULL;
}

/* "smt, debug, …", the names that may be written. */
static char *list_flags(enum lsec_tee tee)
{
	struct lsec_buffer list = {0};
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++)
		lsec_buffer_format(&list, "%s%s", flag == rules(tee)->flags ? "" : ", ",
		                   flag->name);
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(&list, ", abi=MAJOR.MINOR");
	return lsec_buffer_take(&list);
}

/* abi=MAJOR.MINOR: two numbers from 0 to 255. */
static int parse_abi(const char *place, const char *version, uint64_t *policy,
                     struct lsec_problems *problems)
{
	lsec_owned_text major = strdup(version);
	if (major == NULL)
		return lsec_problem_no_memory(problems);
	char *dot = strchr(major, '.');
	uint64_t high = 0;
	uint64_t low = 0;
	if (dot != NULL)
		*dot = '\0';
	if (dot == NULL || !lsec_number(major, &high) || !lsec_number(dot + 1, &low) ||
	    high > 255 || low > 255)
		return lsec_problem_add(
			problems, place,
			"found %s as abi; want abi=MAJOR.MINOR with numbers from 0 to 255, "
			"for example abi=1.55",
			lsec_quote(version).text);
	*policy |= high << 8 | low;
	return 0;
}

/* One flag name of a list. `seen` holds the bits named before. */
static int parse_flag(enum lsec_tee tee, const char *place, const char *name, uint64_t *seen,
                      uint64_t *policy, struct lsec_problems *problems)
{
	bool abi = tee == LSEC_TEE_SEV_SNP && strncmp(name, "abi=", 4) == 0;
	const struct lsec_policy_flag *flag = find_flag(tee, name);
	if (!abi && flag == NULL) {
		lsec_owned_text known = list_flags(tee);
		if (known == NULL)
			return lsec_problem_no_memory(problems);
		return lsec_problem_add(
			problems, place,
			"found %s, which is no %s policy flag; want a number such as "
			"0x%llx, or names out of: %s, joined by commas without blanks",
			lsec_quote(name).text, lsec_tee_name(tee),
			tee == LSEC_TEE_TDX ? (unsigned long long)LSEC_POLICY_TDX_DEFAULT
					    : (unsigned long long)LSEC_POLICY_SNP_DEFAULT,
			known);
	}
	uint64_t bits = flag == NULL ? UINT64_C(0xffff) : BIT(flag->bit);
	if ((*seen & bits) != 0)
		return lsec_problem_add(problems, place,
		                        "found %s twice; want each flag once: remove one",
		                        abi ? "\"abi\"" : lsec_quote(name).text);
	*seen |= bits;
	if (abi)
		return parse_abi(place, name + 4, policy, problems);
	*policy |= bits;
	return 0;
}

int lsec_policy_parse(enum lsec_tee tee, const char *place, const char *text, uint64_t *ret_policy,
                      struct lsec_problems *problems)
{
	if (lsec_number(text, ret_policy))
		return 0;
	if (text[0] >= '0' && text[0] <= '9')
		return lsec_problem_add(
			problems, place,
			"found %s; want a number of at most 64 bits, decimal or with 0x "
			"in front, or flag names joined by commas",
			lsec_quote(text).text);
	lsec_owned_text copy = strdup(text);
	if (copy == NULL)
		return lsec_problem_no_memory(problems);
	uint64_t policy = rules(tee)->must_be_one;
	uint64_t seen = 0;
	int status = 0;
	char *rest = copy;
	for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ","))
		if (parse_flag(tee, place, name, &seen, &policy, problems) < 0)
			status = -1;
	if (status == 0)
		*ret_policy = policy;
	return status;
}

char *lsec_policy_bits(uint64_t bits)
{
	struct lsec_buffer list = {0};
	lsec_buffer_text(&list, (bits & (bits - 1)) == 0 ? "bit " : "bits ");
	const char *comma = "";
	for (unsigned bit = 0; bit < 64; bit++) {
		if ((bits & BIT(bit)) == 0)
			continue;
		lsec_buffer_format(&list, "%s%u", comma, bit);
		comma = ", ";
	}
	return lsec_buffer_take(&list);
}

static uint64_t known_bits(enum lsec_tee tee)
{
	uint64_t known = rules(tee)->fields | rules(tee)->must_be_one;
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++)
		known |= BIT(flag->bit);
	return known;
}

/* Says that `bits` of `policy` are wrong, and what would be right; `else_what`
 * is another way out, or empty. */
static int refuse_bits(enum lsec_tee tee, const char *place, uint64_t policy, uint64_t bits,
                       const char *what, const char *else_what, struct lsec_problems *problems)
{
	lsec_owned_text list = lsec_policy_bits(bits);
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	uint64_t mended = (policy | rules(tee)->must_be_one) & known_bits(tee) & ~rules(tee)->debug;
	if (mended == 0)
		mended = LSEC_POLICY_TDX_DEFAULT;
	return lsec_problem_add(
		problems, place, "found policy 0x%llx with %s %s; 0x%llx mends it%s",
		(unsigned long long)policy, list, what, (unsigned long long)mended, else_what);
}

static int refuse_debug(enum lsec_tee tee, const char *place, uint64_t policy,
                        const char *forbidden, struct lsec_problems *problems)
{
	lsec_owned_text else_what =
		forbidden == NULL
			? strdup(", or set " LSEC_PREFIX "allow-debug to yes if you want it so")
			: lsec_format(
				  " (the cluster's administrator keeps allow-debug from VMs: %s)",
				  forbidden);
	if (else_what == NULL)
		return lsec_problem_no_memory(problems);
	return refuse_bits(tee, place, policy, policy & rules(tee)->debug,
	                   "(debug) set, by which the host can read the guest's memory", else_what,
	                   problems);
}

int lsec_policy_check(enum lsec_tee tee, const char *place, uint64_t policy, bool allow_debug,
                      const char *forbidden, struct lsec_problems *problems)
{
	int status = 0;
	uint64_t reserved = policy & ~known_bits(tee);
	uint64_t missing = rules(tee)->must_be_one & ~policy;
	if (reserved != 0)
		status |= refuse_bits(tee, place, policy, reserved, rules(tee)->when_reserved, "",
		                      problems);
	if (missing != 0)
		status |= refuse_bits(tee, place, policy, missing,
		                      "zero, which is reserved and must be one (AMD 56860 4.3)", "",
		                      problems);
	if ((policy & rules(tee)->debug) != 0 && !allow_debug)
		status |= refuse_debug(tee, place, policy, forbidden, problems);
	return status;
}

char *lsec_policy_describe(enum lsec_tee tee, uint64_t policy)
{
	struct lsec_buffer text = {0};
	const char *comma = "";
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++) {
		if ((policy & BIT(flag->bit)) == 0)
			continue;
		lsec_buffer_format(&text, "%s%s", comma, flag->name);
		comma = ", ";
		policy &= ~BIT(flag->bit);
	}
	if (tee == LSEC_TEE_SEV_SNP && (policy & 0xffff) != 0) {
		lsec_buffer_format(&text, "%sabi=%u.%u", comma, (unsigned)(policy >> 8 & 0xff),
		                   (unsigned)(policy & 0xff));
		comma = ", ";
	}
	policy &= ~(rules(tee)->fields | rules(tee)->must_be_one);
	if (policy != 0) {
		lsec_owned_text bits = lsec_policy_bits(policy);
		if (bits == NULL)
			text.failed = true;
		else
			lsec_buffer_format(&text, "%s%s", comma, bits);
	}
	if (text.len == 0)
		lsec_buffer_text(&text, "no flags");
	return lsec_buffer_take(&text);
}
