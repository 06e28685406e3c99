/* SPDX-License-Identifier: Apache-2.0 */
#include "value_bytes.h"

#include <nettle/base64.h>
#include <string.h>

#include "text.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"

/* A value behind base64: or hex:, or without them: then it may be either. */
struct encoded {
	const char *digits;
	bool as_base64, as_hex;
};

static struct encoded look(const char *text)
{
	struct encoded ret = {text, strncmp(text, "base64:", 7) == 0,
	                      strncmp(text, "hex:", 4) == 0};
	ret.digits += ret.as_base64 ? 7 : ret.as_hex ? 4 : 0;
	return ret;
}

/* What is wrong with a text that is not the bytes that are wanted. */
static int refuse_bytes(const struct lsec_reading *c, const struct encoded *in)
{
	const char *digits = in->digits;
	size_t want = c->key->bytes;
	size_t len = strlen(digits);
	size_t found = in->as_hex ? 0 : lsec_base64_bytes(digits);
	bool hex = strspn(digits, HEX_DIGITS) == len && len > 0;
	if (in->as_hex && !hex)
		return lsec_problem_add(
			c->problems, c->place,
			"found %s, which is not hex; want %zu hex digits (%zu bytes)",
			lsec_quote(digits).text, 2 * want, want);
	if (hex && found > 0 && !in->as_base64)
		return lsec_problem_add(
			c->problems, c->place,
			"found %zu bytes of hex or %zu of base64; want %zu bytes: %zu hex "
			"digits or %zu characters of base64",
			len / 2, found, want, 2 * want, (size_t)BASE64_ENCODE_RAW_LENGTH(want));
	if (hex && !in->as_base64)
		return lsec_problem_add(
			c->problems, c->place, "found %zu hex digits; want %zu (%zu bytes)%s", len,
			2 * want, want,
			len == 64 && want == 48 ? ": fill a SHA-256 up with zeros at its end" : "");
	size_t base64 = BASE64_ENCODE_RAW_LENGTH(want);
	if (found > 0)
		return lsec_problem_add(
			c->problems, c->place,
			"found the base64 of %zu bytes; want %zu bytes, %zu characters of "
			"base64 or %zu hex digits",
			found, want, base64, 2 * want);
	return lsec_problem_add(
		c->problems, c->place,
		"found %s (%zu characters), which is neither base64 nor hex; want %zu "
		"bytes: %zu characters of base64 (A-Z a-z 0-9 + /, padded with =) or "
		"%zu hex digits",
		lsec_quote(digits).text, len, want, base64, 2 * want);
}

/* Forms of a value that say "the digest of what follows". */
static const struct {
	const char *prefix;
	enum lsec_hash hash;
} digest_forms[] = {
	{"sha256-of:", LSEC_SHA_256},
	{"sha384-of:", LSEC_SHA_384},
};
#define DIGEST_FORMS (sizeof(digest_forms) / sizeof(digest_forms[0]))

/* The form that a value has; DIGEST_FORMS for none. */
static size_t digest_form(const struct lsec_key *key, const char *text)
{
	size_t i = 0;
	while (i < DIGEST_FORMS && (!key->digest || strncmp(text, digest_forms[i].prefix,
	                                                    strlen(digest_forms[i].prefix)) != 0))
		i++;
	return i;
}

bool lsec_is_digest_form(const struct lsec_key *key, const char *text)
{
	return digest_form(key, text) < DIGEST_FORMS;
}

char *lsec_value_of_digest(const struct lsec_digest *digest, size_t size)
{
	uint8_t field[LSEC_LONGEST_DIGEST];
	lsec_digest_fit(digest, field, size);
	return lsec_base64_encode(field, size);
}

/* Writes a digest, or bytes that stand for one, into the field for it. */
static int fit(const struct lsec_reading *c, const struct lsec_digest *digest,
               struct lsec_value *value)
{
	bool neutral = c->key->type == LSEC_VALUE_BIND;
	const struct lsec_key *field = neutral ? lsec_key_bound(c->tee) : c->key;
	value->text = lsec_value_of_digest(digest, field->bytes);
	return value->text == NULL ? lsec_problem_no_memory(c->problems) : 0;
}

static int parse_digest(const struct lsec_reading *c, size_t form, struct lsec_value *value)
{
	const char *text = c->text + strlen(digest_forms[form].prefix);
	if (text[0] == '\0')
		return lsec_problem_add(
			c->problems, c->place,
			"found nothing behind %s; want the text whose digest is meant",
			digest_forms[form].prefix);
	const struct lsec_digest digest =
		lsec_digest_of(digest_forms[form].hash, text, strlen(text));
	return fit(c, &digest, value);
}

int lsec_parse_bytes(const struct lsec_reading *c, struct lsec_value *value)
{
	size_t form = digest_form(c->key, c->text);
	if (form < DIGEST_FORMS)
		return parse_digest(c, form, value);
	uint8_t bytes[LSEC_LONGEST_FIELD];
	size_t size = c->key->bytes;
	const struct encoded in = look(c->text);
	bool is_base64 = !in.as_hex && lsec_base64_decode(in.digits, bytes, size);
	bool all_hex = strspn(in.digits, HEX_DIGITS) == strlen(in.digits);
	if (is_base64 && all_hex && !in.as_base64)
		return lsec_problem_add(
			c->problems, c->place,
			"found %zu hex digits, which are also the base64 of %zu bytes; want one "
			"reading: write base64: in front if base64 is meant, or hex: and %zu "
			"digits",
			strlen(in.digits), size, 2 * size);
	if (!is_base64 && (in.as_base64 || !lsec_hex_decode(in.digits, bytes, size)))
		return refuse_bytes(c, &in);
	value->text = lsec_base64_encode(bytes, size);
	return value->text == NULL ? lsec_problem_no_memory(c->problems) : 0;
}

/* 32 bytes, or 48. Of the readings only 64 hex digits have two. */
int lsec_parse_bind(const struct lsec_reading *c, struct lsec_value *value)
{
	static const size_t sizes[] = {32, 48};
	size_t form = digest_form(c->key, c->text);
	if (form < DIGEST_FORMS)
		return parse_digest(c, form, value);
	const struct encoded in = look(c->text);
	struct lsec_digest bytes = {0};
	size_t readings = 0;
	for (size_t i = 0; i < 2; i++) {
		bool base64 = !in.as_hex && lsec_base64_decode(in.digits, bytes.bytes, sizes[i]);
		bool hex = !in.as_base64 && lsec_hex_decode(in.digits, bytes.bytes, sizes[i]);
		readings += (size_t)base64 + (size_t)hex;
		bytes.len = base64 || hex ? sizes[i] : bytes.len;
	}
	if (readings == 1)
		return fit(c, &bytes, value);
	if (readings > 1)
		return lsec_problem_add(
			c->problems, c->place,
			"found 64 hex digits, which are also the base64 of 48 bytes; want one "
			"reading: write hex: or base64: in front");
	return lsec_problem_add(
		c->problems, c->place,
		"found %s (%zu characters); want 32 or 48 bytes: hex: and 64 or 96 hex digits, 44 "
		"or 64 characters of base64, or sha256-of: or sha384-of: and a text",
		lsec_quote(in.digits).text, strlen(in.digits));
}
