/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEV-SNP guest policy: AMD 56860 "SEV Secure Nested Paging Firmware ABI Specification" 4.3, and
 * what KVM accepts of it: Linux arch/x86/kvm/svm/sev.c snp_launch_start(), include/linux/psp-sev.h.
 * TD attributes: Intel 348549 "TDX Module Base Architecture", and of them those that libvirt
 * accepts (libvirt formatdomain, launchSecurity type='tdx') and KVM does (Linux
 * arch/x86/kvm/vmx/tdx.c, KVM_SUPPORTED_TD_ATTRS).
 */
#include "launchsec/policy.h"

#include <string.h>

#include "base/text.h"

#define BIT(n) (UINT64_C(1) << (n))

/*
 * Linux 6.11 returns EINVAL without SMT, with single-socket, and for every bit that its
 * SNP_POLICY_MASK_VALID lacks, which QEMU reports as "SNP_LAUNCH_START ret=-22 fw_error=0". Later
 * kernels leave SMT and single-socket to the firmware, and accept bits 21 to 25 where the firmware
 * reports them (sev_get_snp_policy_bits(); bit 25 from ABI 1.58 on). No mask of KVM has bit 18.
 */
#define NEEDS_NEW_KERNEL                                                                           \
	"Linux 6.11 rejects it (SNP_LAUNCH_START ret=-22), and later kernels accept it only "      \
	"where the CPU and its SEV firmware "

static const struct lsec_policy_flag snp_flags[] = {
	{"smt", 16, "the guest may run on a core whose sibling thread is in use", LSEC_DOUBT_UNSET,
         true,
         "Linux 6.11 rejects a policy without it (SNP_LAUNCH_START ret=-22), and later kernels start the VM only on hosts with SMT off"},
	{"migration-agent", 18, "a migration agent may be associated with the guest",
         LSEC_DOUBT_SET, false, "no KVM accepts it (SNP_LAUNCH_START ret=-22)"},
	{"debug", 19, "the host may decrypt the guest's memory; needs allow-debug", LSEC_DOUBT_SET,
         false, "the host can read the guest's memory"},
	{"single-socket", 20, "the guest may run on one socket only", LSEC_DOUBT_SET, true,
         "Linux 6.11 rejects it (SNP_LAUNCH_START ret=-22), and later kernels start the VM only on machines with one socket"},
	{"cxl", 21, "CXL may be populated with devices or memory", LSEC_DOUBT_SET, true,
         NEEDS_NEW_KERNEL "have CXL"},
	{"aes-256-xts", 22, "memory must be encrypted with AES-256-XTS", LSEC_DOUBT_SET, true,
         NEEDS_NEW_KERNEL "have AES-256-XTS"},
	{"rapl-disabled", 23, "running average power limit must be off", LSEC_DOUBT_SET, true,
         NEEDS_NEW_KERNEL "can switch RAPL off"},
	{"ciphertext-hiding", 24, "the host must not see the guest's ciphertext", LSEC_DOUBT_SET,
         true, NEEDS_NEW_KERNEL "have ciphertext hiding"},
	{"page-swap-disabled", 25, "the host must not move or swap the guest's pages",
         LSEC_DOUBT_SET, true, NEEDS_NEW_KERNEL "have ABI 1.58 or newer"},
	{NULL, 0, NULL, LSEC_DOUBT_NEVER, false, NULL},
};

static const struct lsec_policy_flag tdx_flags[] = {
	{"debug", 0, "the host may read the guest's memory and state; needs allow-debug",
         LSEC_DOUBT_SET, false,
         "KVM supports no debug TD, so the VM does not start, and a host that supports one can read the guest's memory"},
	{"sept-ve-disable", 28, "no #VE for pages that are not present; Linux guests need it",
         LSEC_DOUBT_UNSET, true, "a Linux guest panics at boot without it"},
	{NULL, 0, NULL, LSEC_DOUBT_NEVER, false, NULL},
};

/* A TEE's policy apart from its flags. */
struct rules {
	const struct lsec_policy_flag *flags;
	uint64_t standard;    /* starts everywhere */
	uint64_t fields;      /* bits of fields that are numbers */
	uint64_t must_be_one; /* reserved bits that have to be 1 */
	uint64_t debug;       /* lets the host read the guest */
	const char *when_reserved;
};

static const struct rules rules_of[LSEC_TEES] = {
	/* 15:0 are the least ABI version, major and minor; 17 must be one. */
	{snp_flags, LSEC_POLICY_SNP_DEFAULT, UINT64_C(0xffff), BIT(17), BIT(19),
         ", which must be zero (AMD 56860 4.3)"},
	{tdx_flags, LSEC_POLICY_TDX_DEFAULT, 0, 0, BIT(0), ", which libvirt rejects"},
};

/*
 * The firmware ABI in an SNP policy. AMD has published 56860 for ABI 1.51 (the first that Linux
 * accepts for SNP: SNP_MIN_API_MAJOR and SNP_MIN_API_MINOR) to 1.58 (virtee/sev GuestPolicy, Linux
 * sev_get_snp_policy_bits()); earlier firmware, of SEV alone, had 0.x and 1.x below 51. The minor
 * number grows by one or two a year, so one above 99 is a mistake, such as a SEV policy (0x7f) in
 * place of an SNP one; and another major one would be another ABI.
 */
#define ABI_HIGHEST_MAJOR 1
#define ABI_HIGHEST_MINOR 99
#define ABI_NEWEST_MINOR 58

static unsigned abi_major(uint64_t policy)
{
	return (unsigned)(policy >> 8 & 0xff);
}

static unsigned abi_minor(uint64_t policy)
{
	return (unsigned)(policy & 0xff);
}

static bool is_abi_absurd(enum lsec_tee tee, uint64_t policy)
{
	return tee == LSEC_TEE_SEV_SNP &&
	       (abi_major(policy) > ABI_HIGHEST_MAJOR || abi_minor(policy) > ABI_HIGHEST_MINOR);
}

static const struct rules *rules(enum lsec_tee tee)
{
	return &rules_of[lsec_tee_index(tee)];
}

uint64_t lsec_policy_default(enum lsec_tee tee)
{
	return rules(tee)->standard;
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

/* What may be written in place of a name: the flag that it is near to, else all of them. */
static char *advise(enum lsec_tee tee, const char *name)
{
	cleanup_buffer struct lsec_buffer list = {0};
	const char *before = " ";
	lsec_buffer_format(
		&list,
		"use a number such as 0x%llx, or these names joined by commas without blanks:",
		(unsigned long long)lsec_policy_default(tee));
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++) {
		if (lsec_name_distance(name, flag->name) != SIZE_MAX)
			return lsec_format("did you mean %s?", flag->name);
		lsec_buffer_format(&list, "%s%s", before, flag->name);
		before = ", ";
	}
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(&list, ", abi=MAJOR.MINOR");
	return lsec_buffer_take(&list);
}

/* abi=MAJOR.MINOR: two numbers from 0 to 255. */
static int parse_abi(const char *place, const char *version, uint64_t *policy,
                     struct lsec_problems *problems)
{
	cleanup_free char *major = lsec_strdup(version);
	char *dot = strchr(major, '.');
	uint64_t high = 0;
	uint64_t low = 0;
	if (dot != NULL)
		*dot = '\0';
	if (dot == NULL || !lsec_number(major, &high) || !lsec_number(dot + 1, &low) ||
	    high > 255 || low > 255)
		return lsec_problem_add(
			problems, place,
			"%s is not a firmware ABI; write abi=MAJOR.MINOR with numbers from 0 to 255, usually abi=0.0 (any firmware)",
			lsec_quote(version).text);
	*policy |= high << 8 | low;
	return 0;
}

/* One flag name of a list. `seen` holds the bits named before. */
static int parse_flag(struct lsec_policy *policy, const char *name, uint64_t *seen,
                      struct lsec_problems *problems)
{
	enum lsec_tee tee = policy->tee;
	const char *place = policy->place;
	bool abi = tee == LSEC_TEE_SEV_SNP && strncmp(name, "abi=", 4) == 0;
	const struct lsec_policy_flag *flag = find_flag(tee, name);
	if (!abi && flag == NULL) {
		cleanup_free char *advice = advise(tee, name);
		return lsec_problem_add(problems, place, "%s is not a %s policy flag; %s",
		                        lsec_quote(name).text, lsec_tee_name(tee), advice);
	}
	uint64_t bits = flag == NULL ? UINT64_C(0xffff) : BIT(flag->bit);
	if ((*seen & bits) != 0)
		return lsec_problem_add(problems, place, "duplicate flag %s; remove one",
		                        abi ? "\"abi\"" : lsec_quote(name).text);
	*seen |= bits;
	if (abi)
		return parse_abi(place, name + 4, &policy->bits, problems);
	policy->bits |= bits;
	return 0;
}

/* A number whose 0x was forgotten, as it is a policy only with that. */
static int refuse_decimal(const struct lsec_policy *policy, const char *text,
                          struct lsec_problems *problems)
{
	uint64_t meant = 0;
	cleanup_free char *hex = lsec_format("0x%s", text);
	if (lsec_policy_is_valid(policy->tee, policy->bits) || !lsec_number(hex, &meant) ||
	    !lsec_policy_is_valid(policy->tee, meant))
		return 0;
	return lsec_problem_add(problems, policy->place,
	                        "is decimal %s (0x%llx), which is not a policy; did you mean %s?",
	                        text, (unsigned long long)policy->bits, hex);
}

int lsec_policy_parse(enum lsec_tee tee, const char *place, const char *text, uint64_t *ret_policy,
                      struct lsec_problems *problems)
{
	struct lsec_policy policy = {tee, 0, place};
	if (lsec_number(text, &policy.bits)) {
		if (refuse_decimal(&policy, text, problems) < 0)
			return -1;
		*ret_policy = policy.bits;
		return 0;
	}
	if ((text[0] >= '0' && text[0] <= '9') || strchr(text, ' ') != NULL)
		return lsec_problem_add(
			problems, place,
			"must be a number of at most 64 bits (decimal, or hexadecimal after 0x), or flag names joined by commas without blanks, got %s",
			lsec_quote(text).text);
	cleanup_free char *copy = lsec_strdup(text);
	policy.bits = rules(tee)->must_be_one;
	uint64_t seen = 0;
	int status = 0;
	char *rest = copy;
	for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ","))
		if (parse_flag(&policy, name, &seen, problems) < 0)
			status = -1;
	if (status == 0)
		*ret_policy = policy.bits;
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

/* The numbers in a policy that known firmware satisfies; else 0, any firmware. */
static uint64_t known_fields(enum lsec_tee tee, uint64_t policy)
{
	return abi_minor(policy) > ABI_NEWEST_MINOR ? 0 : policy & rules(tee)->fields;
}

/*
 * The policy to use instead of a wrong one: the default, with the requested flags that can start.
 * Where the number shows that it is not a policy of this TEE, its flags mean nothing.
 */
static uint64_t corrected(enum lsec_tee tee, uint64_t policy)
{
	uint64_t ret = lsec_policy_default(tee);
	if (is_abi_absurd(tee, policy) || (rules(tee)->must_be_one & ~policy) != 0)
		return ret;
	ret |= known_fields(tee, policy);
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++)
		if (flag->starts)
			ret |= policy & BIT(flag->bit);
	return ret;
}

/* Reports that `bits` of a policy are wrong, and what to use; `else_what` is an alternative, or
 * empty. */
static int refuse_bits(const struct lsec_policy *policy, uint64_t bits, const char *what,
                       const char *else_what, struct lsec_problems *problems)
{
	cleanup_free char *list = lsec_policy_bits(bits);
	return lsec_problem_add(
		problems, policy->place, "policy 0x%llx %s %s%s; use 0x%llx%s",
		(unsigned long long)policy->bits, (policy->bits & bits) != 0 ? "sets" : "lacks",
		list, what, (unsigned long long)corrected(policy->tee, policy->bits), else_what);
}

static int refuse_debug(const struct lsec_policy *policy, const char *forbidden,
                        struct lsec_problems *problems)
{
	cleanup_free char *else_what =
		forbidden == NULL
			? lsec_strdup(", or set " LSEC_PREFIX "allow-debug to yes if the host may")
			: lsec_format(" (the cluster's administrator forbids allow-debug: %s)",
	                              forbidden);
	return refuse_bits(policy, policy->bits & rules(policy->tee)->debug,
	                   " (debug), so the host can read the guest's memory", else_what,
	                   problems);
}

bool lsec_policy_is_valid(enum lsec_tee tee, uint64_t policy)
{
	return (policy & ~known_bits(tee)) == 0 && (rules(tee)->must_be_one & ~policy) == 0 &&
	       !is_abi_absurd(tee, policy);
}

bool lsec_policy_is_debug(enum lsec_tee tee, uint64_t policy)
{
	return (policy & rules(tee)->debug) != 0;
}

int lsec_policy_check(const struct lsec_policy *policy, bool allow_debug, const char *forbidden,
                      struct lsec_problems *problems)
{
	int status = 0;
	enum lsec_tee tee = policy->tee;
	uint64_t bits = policy->bits;
	uint64_t reserved = bits & ~known_bits(tee);
	uint64_t missing = rules(tee)->must_be_one & ~bits;
	if (reserved != 0)
		status |= refuse_bits(policy, reserved, rules(tee)->when_reserved, "", problems);
	/* Such a number is no SNP policy, and its ABI means nothing. */
	if (missing != 0)
		status |= refuse_bits(policy, missing, ", which must be one (AMD 56860 4.3)", "",
		                      problems);
	else if (is_abi_absurd(tee, bits))
		status |= lsec_problem_add(
			problems, policy->place,
			"policy 0x%llx needs SEV firmware with ABI %u.%u or newer, which does not exist (the newest is 1." LSEC_TEXT(
				ABI_NEWEST_MINOR) "); use 0x%llx (abi=0.0, any firmware)",
			(unsigned long long)bits, abi_major(bits), abi_minor(bits),
			(unsigned long long)corrected(tee, bits));
	if (lsec_policy_is_debug(tee, bits) && !allow_debug)
		status |= refuse_debug(policy, forbidden, problems);
	return status;
}

/* The policy with every doubtful flag changed. */
static uint64_t without_doubt(enum lsec_tee tee, uint64_t policy)
{
	policy = (policy & ~rules(tee)->fields) | known_fields(tee, policy);
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++) {
		if (flag->doubted == LSEC_DOUBT_SET)
			policy &= ~BIT(flag->bit);
		else if (flag->doubted == LSEC_DOUBT_UNSET)
			policy |= BIT(flag->bit);
	}
	return policy;
}

void lsec_policy_warn(const struct lsec_policy *policy, struct lsec_report *report)
{
	enum lsec_tee tee = policy->tee;
	uint64_t bits = policy->bits;
	for (const struct lsec_policy_flag *flag = rules(tee)->flags; flag->name != NULL; flag++) {
		bool set = (bits & BIT(flag->bit)) != 0;
		if (flag->doubted != (set ? LSEC_DOUBT_SET : LSEC_DOUBT_UNSET))
			continue;
		lsec_report_warn(report, policy->place,
		                 "policy 0x%llx %s %s (bit %u): %s; %suse 0x%llx",
		                 (unsigned long long)bits, set ? "sets" : "does not set",
		                 flag->name, flag->bit, flag->doubt,
		                 set && flag->starts ? "unless every node accepts it, " : "",
		                 (unsigned long long)without_doubt(tee, bits));
	}
	if (tee == LSEC_TEE_SEV_SNP && abi_minor(bits) > ABI_NEWEST_MINOR)
		lsec_report_warn(
			report, policy->place,
			"policy 0x%llx needs SEV firmware with ABI %u.%u or newer, but the newest that this launchsec knows is 1." LSEC_TEXT(
				ABI_NEWEST_MINOR) "; the usual value is abi=0.0, any firmware",
			(unsigned long long)bits, abi_major(bits), abi_minor(bits));
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
		lsec_buffer_format(&text, "%sabi=%u.%u", comma, abi_major(policy),
		                   abi_minor(policy));
		comma = ", ";
	}
	policy &= ~(rules(tee)->fields | rules(tee)->must_be_one);
	if (policy != 0) {
		cleanup_free char *bits = lsec_policy_bits(policy);
		lsec_buffer_format(&text, "%s%s", comma, bits);
	}
	if (text.len == 0)
		lsec_buffer_text(&text, "no flags");
	return lsec_buffer_take(&text);
}
