/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy/policies/annotations/policy.yaml: what each annotation may be, as CEL with regular
 * expressions of RE2. They accept whatever the parsers do; what they accept beyond that is listed
 * in docs/deploy.md.
 */
#include <string.h>

#include "docs.h"
#include "launchsec/policy.h"

#define HEX_DIGIT "[0-9a-fA-F]"
#define BASE64_DIGIT "[A-Za-z0-9+/]"
#define PORT "[1-9][0-9]{0,4}"
#define NAME_OR_IPV6 "([0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?|[[][0-9A-Fa-f:.]+])"
/* Printable ASCII, and at its end neither a blank nor a slash. */
#define PATH "/[ -~]*[!-.0-~]"
#define ABI_NUMBER "(0[xX]" HEX_DIGIT "+|0|[1-9][0-9]{0,2})"
#define PARENT_FOLDER "/[.][.](/|$)"
/* Any text, line ends too; as CEL writes the backslash between quotes. */
#define ANY_TEXT "[^\\\\x00]+"
#define DIGEST_OF_TEXT "sha(256|384)-of:" ANY_TEXT

/* RE2 repeats no more often; longer values are counted by CEL. */
#define MOST_REPEATS 1000

static size_t base64_characters(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

/* `what`, `count` times. */
static void repeat(struct lsec_buffer *ret, const char *what, size_t count)
{
	if (count > MOST_REPEATS)
		lsec_buffer_format(ret, "%s+", what);
	else
		lsec_buffer_format(ret, "%s{%zu}", what, count);
}

/* The one spelling that an encoder makes: bits after the last byte are zero. */
static void base64(struct lsec_buffer *ret, size_t bytes)
{
	static const char *const ends[] = {"", "[AQgw]==", "[AEIMQUYcgkosw048]="};
	size_t rest = bytes % 3;
	repeat(ret, BASE64_DIGIT, bytes / 3 * 4 + rest);
	lsec_buffer_text(ret, ends[rest]);
}

static void bytes_pattern(struct lsec_buffer *ret, const struct lsec_key *key)
{
	lsec_buffer_text(ret, "(hex:)?(0[xX])?");
	repeat(ret, HEX_DIGIT, 2 * key->bytes);
	lsec_buffer_text(ret, "|(base64:)?");
	base64(ret, key->bytes);
}

/* 32 or 48 bytes; 64 hex digits alone could be either. */
static void bind_pattern(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, "(hex:)?(0[xX])?");
	repeat(ret, HEX_DIGIT, 96);
	lsec_buffer_text(ret, "|(hex:(0[xX])?|0[xX])");
	repeat(ret, HEX_DIGIT, 64);
	lsec_buffer_text(ret, "|(base64:)?(");
	base64(ret, 32);
	lsec_buffer_text(ret, "|");
	base64(ret, 48);
	lsec_buffer_text(ret, ")");
}

/* Whether a bit may be `value` in an otherwise good policy. */
static bool bit_may_be(enum lsec_tee tee, unsigned bit, bool value)
{
	uint64_t mask = UINT64_C(1) << bit;
	uint64_t policy =
		value ? lsec_policy_default(tee) | mask : lsec_policy_default(tee) & ~mask;
	return lsec_policy_is_valid(tee, policy);
}

/* Whether the four bits from 4 * nibble on may be `digit`. */
static bool digit_may_be(enum lsec_tee tee, unsigned nibble, unsigned digit)
{
	bool may = true;
	for (unsigned bit = 0; bit < 4; bit++)
		may = may && bit_may_be(tee, 4 * nibble + bit, (digit >> bit & 1) != 0);
	return may;
}

static void nibble_pattern(struct lsec_buffer *ret, enum lsec_tee tee, unsigned nibble)
{
	static const char *const digits[] = {"0", "1", "2",  "3",  "4",  "5",  "6",  "7",
	                                     "8", "9", "aA", "bB", "cC", "dD", "eE", "fF"};
	cleanup_buffer struct lsec_buffer good = {0};
	unsigned count = 0;
	for (unsigned digit = 0; digit < 16; digit++)
		if (digit_may_be(tee, nibble, digit)) {
			lsec_buffer_text(&good, digits[digit]);
			count++;
		}
	if (count == 16)
		lsec_buffer_text(ret, HEX_DIGIT);
	else
		lsec_buffer_format(ret, "[%s]", good.bytes);
}

/* Hexadecimal numbers whose bits are good, one by one. */
static void policy_number(struct lsec_buffer *ret, enum lsec_tee tee)
{
	unsigned top = 15;
	unsigned must = 15;
	while (top > 0 && !digit_may_be(tee, top, 1) && !digit_may_be(tee, top, 2) &&
	       !digit_may_be(tee, top, 4) && !digit_may_be(tee, top, 8))
		top--;
	while (must > 0 && digit_may_be(tee, must, 0))
		must--;
	lsec_buffer_text(ret, "0[xX]0*");
	for (unsigned nibble = top; nibble > must; nibble--)
		lsec_buffer_text(ret, "(");
	for (unsigned nibble = top + 1; nibble-- > 0;) {
		nibble_pattern(ret, tee, nibble);
		if (nibble > must)
			lsec_buffer_text(ret, ")?");
	}
}

/* The names of a TEE's flags, `between` each and the next. */
static void flag_names(struct lsec_buffer *ret, enum lsec_tee tee, const char *between)
{
	const struct lsec_policy_flag *flags = lsec_policy_flags(tee);
	for (const struct lsec_policy_flag *flag = flags; flag->name != NULL; flag++)
		lsec_buffer_format(ret, "%s%s", flag == flags ? "" : between, flag->name);
}

/* One flag of any of the TEEs in a mask. */
static void policy_flag(struct lsec_buffer *ret, unsigned tees)
{
	for (size_t i = 0; i < LSEC_TEES; i++)
		if ((tees & lsec_tee_at(i)) != 0) {
			lsec_buffer_text(ret, ret->len == 0 ? "(" : "|");
			flag_names(ret, lsec_tee_at(i), "|");
		}
	if ((tees & LSEC_TEE_SEV_SNP) != 0)
		lsec_buffer_text(ret, "|abi=" ABI_NUMBER "[.]" ABI_NUMBER);
	lsec_buffer_text(ret, ")");
}

/* Policies of any of the TEEs in a mask. */
static void policy_pattern(struct lsec_buffer *ret, unsigned tees)
{
	cleanup_buffer struct lsec_buffer flag = {0};
	policy_flag(&flag, tees);
	for (size_t i = 0; i < LSEC_TEES; i++)
		if ((tees & lsec_tee_at(i)) != 0) {
			policy_number(ret, lsec_tee_at(i));
			lsec_buffer_text(ret, "|");
		}
	lsec_buffer_format(ret, "0|[1-9][0-9]{0,19}|%s(,%s)*", flag.bytes, flag.bytes);
}

/* Values whose pattern depends on their type alone. */
static const char *const patterns[LSEC_VALUE_TYPES] = {
	[LSEC_VALUE_TYPE] = "sev-snp|tdx|auto|none",
	[LSEC_VALUE_FIRMWARE] = "auto|keep|" PATH,
	[LSEC_VALUE_YES_NO] = "yes|no|true|false",
	[LSEC_VALUE_CPUID] =
		"auto|omit|[1-9]|[1-5][0-9]|6[0-3]|0[xX]0*([1-9a-fA-F]|[1-3]" HEX_DIGIT ")",
	[LSEC_VALUE_QGS] = "default|none|(unix:)?" PATH
			   "|vsock:[1-9][0-9]{0,9}:[1-9][0-9]{0,9}|" NAME_OR_IPV6 ":" PORT,
	[LSEC_VALUE_INITDATA] = ANY_TEXT,
	[LSEC_VALUE_PROVISION] = "https?://" NAME_OR_IPV6 "(:" PORT ")?(/[0-9A-Za-z._~-]+)*",
	[LSEC_VALUE_OEM_STRINGS] = "[^!-~]*[[]" ANY_TEXT "|[!-~]([ -~]*[!-~])?",
};

/* What the whole of a good value looks like, without the anchors around it. */
static void pattern(struct lsec_buffer *ret, const struct lsec_key *key)
{
	if (key->type == LSEC_VALUE_POLICY)
		policy_pattern(ret, key->tees);
	else if (key->type == LSEC_VALUE_BYTES)
		bytes_pattern(ret, key);
	else if (key->type == LSEC_VALUE_BIND)
		bind_pattern(ret);
	else
		lsec_buffer_text(ret, patterns[key->type]);
	if (key->digest)
		lsec_buffer_text(ret, "|" DIGEST_OF_TEXT);
}

/* Of what fits the pattern, what is wrong nevertheless, and what to do about it. */
static void exception(struct lsec_buffer *ret, const struct lsec_key *key)
{
	bool bind = key->type == LSEC_VALUE_BIND;
	size_t bytes = bind ? 48 : key->bytes;
	size_t len = base64_characters(bytes);
	if (key->type == LSEC_VALUE_FIRMWARE)
		lsec_buffer_text(ret, "\"not\": \"" PARENT_FOLDER "|[.][iI][gG][vV][mM]$\", "
		                      "\"because\": \"must not contain .. or end in .igvm\"");
	else if (key->type == LSEC_VALUE_QGS)
		lsec_buffer_text(ret,
		                 "\"not\": \"" PARENT_FOLDER "|^vsock:[^:]*$\", \"because\": \"\"");
	else if (bytes > 0 && bytes % 3 == 0)
		lsec_buffer_format(
			ret,
			"\"not\": \"^(" HEX_DIGIT "{%zu}|0[xX]" HEX_DIGIT
			"{%zu})$\", \"because\": \"%zu hex digits could be base64, too; put base64: in front, or %s\"",
			len, len - 2, len, bind ? "hex:" : "write all bytes in hex");
	else
		lsec_buffer_text(ret, "\"not\": \"^$\", \"because\": \"\"");
}

/* Adds the TEE of a key that only one has, else nothing. */
static void only_tee(struct lsec_buffer *ret, const struct lsec_key *key)
{
	if (key->tees != LSEC_TEE_BOTH)
		lsec_buffer_text(ret, lsec_tee_name(key->tees));
}

static void known(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		lsec_buffer_format(ret, "          {\"key\": \"%s\", \"tee\": \"", key->name);
		only_tee(ret, key);
		lsec_buffer_format(
			ret, "\",\n          \"values\": \"%s\",\n          \"pattern\": \"^(",
			key->values);
		pattern(ret, key);
		lsec_buffer_text(ret, ")$\",\n          ");
		exception(ret, key);
		lsec_buffer_text(ret, i + 1 < LSEC_KEYS ? "},\n" : "}\n");
	}
}

/* The lengths of a value with as many bytes as no regular expression counts. */
static void lengths(struct lsec_buffer *ret)
{
	const char *comma = "";
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		size_t hex = 2 * key->bytes;
		size_t base64 = base64_characters(key->bytes);
		if (hex <= MOST_REPEATS)
			continue;
		/* Bare, after base64:, hex:, 0x, and hex:0x. */
		lsec_buffer_format(ret, "%s\"%s\": [%zu, %zu, %zu, %zu, %zu, %zu]", comma,
		                   key->name, base64, base64 + 7, hex, hex + 4, hex + 2, hex + 6);
		comma = ", ";
	}
}

/* How numbers show that the debug bit is set: in hex by a digit, in decimal by division. */
static void debug_bit(struct lsec_buffer *ret, enum lsec_tee tee)
{
	static const char *const digits[] = {"[13579bBdDfF]", "[2367abefABEF]", "[4567c-fC-F]",
	                                     "[89a-fA-F]"};
	unsigned bit = 0;
	while (!lsec_policy_is_debug(tee, UINT64_C(1) << bit))
		bit++;
	lsec_buffer_format(ret,
	                   "\"debug\": \"^0[xX]" HEX_DIGIT "*%s" HEX_DIGIT
	                   "{%u}$\", \"debug-bit\": \"%llu\"",
	                   digits[bit % 4], bit / 4, 1ULL << bit);
}

static void policies(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_TEES; i++) {
		enum lsec_tee tee = lsec_tee_at(i);
		cleanup_buffer struct lsec_buffer flags = {0};
		flag_names(&flags, tee, ", ");
		lsec_buffer_format(
			ret,
			"          \"%s\": {\"key\": \"policy\", \"tee\": \"\", \"not\": \"^$\", \"because\": \"\",\n          \"pattern\": \"^(",
			lsec_tee_name(tee));
		policy_pattern(ret, tee);
		lsec_buffer_text(ret, ")$\",\n          ");
		debug_bit(ret, tee);
		lsec_buffer_format(
			ret,
			",\n          \"values\": \"a number with bits of %s only (0x%llx), or flag names joined by commas: %s%s\"}%s\n",
			lsec_tee_title(tee), (unsigned long long)lsec_policy_default(tee),
			flags.bytes, tee == LSEC_TEE_SEV_SNP ? ", abi=MAJOR.MINOR" : "",
			i + 1 < LSEC_TEES ? "," : "");
	}
}

static void version(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LAUNCHSEC_VERSION);
}

const struct lsec_doc_mark lsec_doc_policy[] = {
	{"version", version},   {"known", known}, {"lengths", lengths},
	{"policies", policies}, {NULL, NULL},
};
