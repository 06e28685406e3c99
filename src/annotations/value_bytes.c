/* SPDX-License-Identifier: Apache-2.0 */
/* Reads values that are bytes: base64, hex, and the digests of texts. */
#include "value_bytes.h"

#include <nettle/base64.h>
#include <string.h>

#include "base/text.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"

/* A value after base64:, hex: or 0x, or without them: then it may be either. */
struct encoded {
	const char *digits;
	bool as_base64, as_hex;
};

static bool is_hex(const char *text)
{
	return text[0] != '\0' && text[strspn(text, HEX_DIGITS)] == '\0';
}

/* 0x before hex digits alone: as base64 that would be one value among billions. */
static bool is_hex_number(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && is_hex(text + 2);
}

static struct encoded look(const char *text)
{
	struct encoded ret = {text, strncmp(text, "base64:", 7) == 0,
	                      strncmp(text, "hex:", 4) == 0};
	ret.digits += ret.as_base64 ? 7 : ret.as_hex ? 4 : 0;
	if (!ret.as_base64 && is_hex_number(ret.digits)) {
		ret.as_hex = true;
		ret.digits += 2;
	}
	return ret;
}

/* What a value has instead of the expected bytes. */
static char *describe(const struct encoded *in)
{
	size_t len = strlen(in->digits);
	size_t bytes = in->as_hex ? 0 : lsec_base64_bytes(in->digits);
	bool hex = !in->as_base64 && is_hex(in->digits);
	if (len == 0 && (in->as_hex || in->as_base64))
		return lsec_format("nothing after %s", in->as_hex ? "hex:" : "base64:");
	if (hex && bytes > 0)
		return lsec_format("%zu hex digits (%zu bytes), or the base64 of %zu bytes", len,
		                   len / 2, bytes);
	if (hex)
		return lsec_format("%zu hex digit%s", len, len == 1 ? "" : "s");
	if (in->as_hex)
		return lsec_format("%s, which is not hex", lsec_quote(in->digits).text);
	if (bytes > 0)
		return lsec_format("the base64 of %zu bytes", bytes);
	return lsec_format("%s (%zu character%s), which is neither base64 nor hex",
	                   lsec_quote(in->digits).text, len, len == 1 ? "" : "s");
}

/* Of a value that is the base64 of text which itself encodes an expected size, that text,
 * allocated, without the line end that base64(1) encodes after it; else NULL. */
static char *encoded_twice(const struct lsec_reading *c, const struct encoded *in)
{
	static const size_t bound[] = {32, 48};
	const size_t *sizes = c->key->type == LSEC_VALUE_BIND ? bound : &c->key->bytes;
	size_t count = c->key->type == LSEC_VALUE_BIND ? 2 : 1;
	uint8_t bytes[LSEC_LONGEST_FIELD];
	size_t len = 0;
	cleanup_free char *text = in->as_hex ? NULL : lsec_base64_read(in->digits, &len);
	if (text == NULL)
		return NULL;
	text[strcspn(text, "\r\n")] = '\0';
	const struct encoded inside = look(text);
	for (size_t i = 0; i < count; i++)
		if ((!inside.as_hex && lsec_base64_decode(inside.digits, bytes, sizes[i])) ||
		    (!inside.as_base64 && lsec_hex_decode(inside.digits, bytes, sizes[i])))
			return lsec_steal(&text);
	return NULL;
}

/* The length of "sha256:", "sha384-", … before a digest, as OCI and SRI write them; or 0. */
static size_t named_digest(const char *text)
{
	bool named = strncmp(text, "sha256", 6) == 0 || strncmp(text, "sha384", 6) == 0 ||
	             strncmp(text, "sha512", 6) == 0;
	if (!named || (text[6] != ':' && text[6] != '-'))
		return 0;
	return is_hex(text + 7) || lsec_base64_bytes(text + 7) > 0 ? 7 : 0;
}

/* Whether a digest has another size than the one field that the key is for. */
static bool is_other_size(const struct lsec_reading *c, const char *digest)
{
	size_t size = is_hex(digest) ? strlen(digest) / 2 : lsec_base64_bytes(digest);
	return c->key->type == LSEC_VALUE_BYTES && size != c->key->bytes;
}

/* How to write the value instead. */
static char *advise(const struct lsec_reading *c, const struct encoded *in)
{
	cleanup_free char *inside = encoded_twice(c, in);
	size_t name = c->key->digest ? named_digest(in->digits) : 0;
	const char *named = in->digits + name;
	if (inside != NULL)
		return lsec_format("; this is base64 of %s text: decode it once, to %s",
		                   is_hex(look(inside).digits) ? "hex" : "base64",
		                   lsec_quote(inside).text);
	if (name > 0)
		return lsec_format("; write %s before the digest in place of \"%.*s\"%s",
		                   is_hex(named) ? "hex:" : "base64:", (int)name, in->digits,
		                   is_other_size(c, named)
		                           ? ", in the annotation bind, which fits it to the field"
		                           : "");
	if (c->key->digest && c->key->bytes == 48 && strlen(in->digits) == 64 && is_hex(in->digits))
		return lsec_strdup("; fill a SHA-256 up with zeros at its end");
	if (c->key->digest && lsec_looks_like_file(c->text, strlen(c->text)))
		return lsec_strdup(
			"; this looks like a file's name: use what \"launchsec bind --file FILE\" prints");
	return lsec_strdup(
		c->key->digest ? "; for the digest of a text write sha256-of: and the text" : "");
}

/* The length of a form that there is not, such as "sha512-of:" or "SHA256-of:"; or 0. */
static size_t unknown_form(const struct lsec_reading *c)
{
	size_t len = strspn(c->text, "shaSHAofOF-0123456789");
	bool form = c->key->digest && strncasecmp(c->text, "sha", 3) == 0 && len <= 12 &&
	            c->text[len] == ':' && strncasecmp(c->text + len - 3, "-of", 3) == 0;
	return form ? len + 1 : 0;
}

/* Refuses a text that is not the expected bytes, which `want` describes. */
static int refuse_bytes(const struct lsec_reading *c, const struct encoded *in, const char *want)
{
	size_t form = unknown_form(c);
	if (form > 0)
		return lsec_problem_add(
			c->problems, c->place,
			"\"%.*s\" is not a digest form; write sha256-of: or sha384-of: and the text",
			(int)form, c->text);
	cleanup_free char *got = describe(in);
	cleanup_free char *advice = advise(c, in);
	return lsec_problem_add(c->problems, c->place, "must be %s, got %s%s", want, got, advice);
}

/* Forms of a value that mean "the digest of what follows". */
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
	return 0;
}

static int parse_digest(const struct lsec_reading *c, size_t form, struct lsec_value *value)
{
	const char *text = c->text + strlen(digest_forms[form].prefix);
	if (text[0] == '\0')
		return lsec_problem_add(c->problems, c->place,
		                        "no text after %s; add the text to hash",
		                        digest_forms[form].prefix);
	const struct lsec_digest digest =
		lsec_digest_of(digest_forms[form].hash, text, strlen(text));
	return fit(c, &digest, value);
}

static int refuse_size(const struct lsec_reading *c, const struct encoded *in)
{
	size_t size = c->key->bytes;
	cleanup_free char *want =
		lsec_format("%zu bytes (%zu hex digits or %zu base64 characters)", size, 2 * size,
	                    (size_t)BASE64_ENCODE_RAW_LENGTH(size));
	return refuse_bytes(c, in, want);
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
	bool all_hex = is_hex(in.digits);
	if (is_base64 && all_hex && !in.as_base64)
		return lsec_problem_add(
			c->problems, c->place,
			"%zu hex digits are also the base64 of %zu bytes; write base64: before them, or use hex: and %zu digits",
			strlen(in.digits), size, 2 * size);
	if (!is_base64 && (in.as_base64 || !lsec_hex_decode(in.digits, bytes, size)))
		return refuse_size(c, &in);
	value->text = lsec_base64_encode(bytes, size);
	return 0;
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
			"64 hex digits are also the base64 of 48 bytes; write hex: or base64: before them");
	return refuse_bytes(
		c, &in,
		"32 or 48 bytes (hex: and 64 or 96 hex digits, or 44 or 64 base64 characters)");
}
