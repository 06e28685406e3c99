/* SPDX-License-Identifier: Apache-2.0 */
#include "json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "launchsec/limits.h"

/* Longer numbers, and those with an exponent, may be too large for a reader. */
#define LONGEST_NUMBER 300

_Static_assert(LSEC_MAX_JSON_DEPTH <= 64, "a bit for each object or list that is open");

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind the string that begins at `at`; the end where it has none. */
static const char *behind_string(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		if (*at == '"')
			return at + 1;
		at += *at == '\\' && end - at > 1;
	}
	return end;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

struct lsec_json_size lsec_json_scan(const char *bytes, size_t len)
{
	struct lsec_json_size size = {.values = 1};
	const char *end = bytes + len;
	unsigned depth = 0;
	for (const char *at = bytes; at < end;) {
		char c = *at;
		if (c == '"') {
			at = behind_string(at, end);
			continue;
		}
		at++;
		if (c == ',') {
			size.values++;
		} else if (c == '{' || c == '[') {
			const char *next = skip_blanks(at, end);
			size.values += next < end && *next != '}' && *next != ']';
			depth++;
			size.depth = depth > size.depth ? depth : size.depth;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return size;
}

/* Bytes of the UTF-8 character at `at` (RFC 3629), 0 for what is none. */
static size_t character(const char *at, const char *end)
{
	static const struct {
		uint8_t from, to;           /* the first byte */
		uint8_t least, most, count; /* the second byte; bytes in all */
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const uint8_t *byte = (const uint8_t *)at;
	if (byte[0] >= 0x20 && byte[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (byte[0] < forms[i].from || byte[0] > forms[i].to)
			continue;
		size_t count = forms[i].count;
		bool good = (size_t)(end - at) >= count && byte[1] >= forms[i].least &&
		            byte[1] <= forms[i].most;
		for (size_t j = 2; good && j < count; j++)
			good = (byte[j] & 0xc0) == 0x80;
		return good ? count : 0;
	}
	return 0;
}

/* Bytes of the escape at `at`, 0 for what is none, a NUL or half of a character. */
static size_t escape(const char *at, const char *end)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	if (end - at < 2 || at[1] == '\0' || strchr("\"\\/bfnrtu", at[1]) == NULL)
		return 0;
	if (at[1] != 'u')
		return 2;
	if (end - at < 6)
		return 0;
	for (size_t i = 2; i < 6; i++)
		if (at[i] == '\0' || strchr(hex, at[i]) == NULL)
			return 0;
	bool surrogate = (at[2] == 'd' || at[2] == 'D') && at[3] >= '8';
	return surrogate || memcmp(at + 2, "0000", 4) == 0 ? 0 : 6;
}

/* The four below: behind what begins at `at`; NULL for what is none. */

static const char *string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"';) {
		size_t count = *at == '\\' ? escape(at, end) : character(at, end);
		if (count == 0)
			return NULL;
		at += count;
	}
	return at < end ? at + 1 : NULL;
}

static const char *digits(const char *at, const char *end)
{
	const char *begin = at;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at == begin ? NULL : at;
}

static const char *number(const char *at, const char *end)
{
	const char *begin = at;
	at += at < end && *at == '-';
	at = at < end && *at == '0' ? at + 1 : digits(at, end);
	if (at != NULL && at < end && *at == '.')
		at = digits(at + 1, end);
	return at == NULL || at - begin > LONGEST_NUMBER ? NULL : at;
}

static const char *scalar(const char *at, const char *end)
{
	static const char *const words[] = {"true", "false", "null"};
	if (*at == '"')
		return string(at, end);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);
		if ((size_t)(end - at) >= len && memcmp(at, words[i], len) == 0)
			return at + len;
	}
	return number(at, end);
}

/* Behind a key and its colon. */
static const char *key(const char *at, const char *end)
{
	at = skip_blanks(at, end);
	at = at < end && *at == '"' ? string(at, end) : NULL;
	at = at == NULL ? end : skip_blanks(at, end);
	return at < end && *at == ':' ? at + 1 : NULL;
}

/*
 * Behind the object or list at `at`, every byte of which is looked at; NULL where it is not well-
 * formed, or nests too deep. An object that is open has a 1 in its place of `objects`.
 */
static const char *container(const char *at, const char *end)
{
	uint64_t objects = 0;
	unsigned depth = 0;
	for (;;) { /* at a value */
		at = skip_blanks(at, end);
		if (at == end)
			return NULL;
		bool opens = *at == '{' || *at == '[';
		if (opens) {
			if (depth++ == LSEC_MAX_JSON_DEPTH)
				return NULL;
			objects = objects << 1 | (*at == '{');
			at = skip_blanks(at + 1, end);
		} else {
			at = scalar(at, end);
		}
		/* What is in it begins, or ends, and what it is in perhaps too. */
		while (at != NULL && at < end && depth > 0) {
			at = skip_blanks(at, end);
			bool closes = at < end && *at == ((objects & 1) != 0 ? '}' : ']');
			if (!closes)
				break;
			depth--;
			objects >>= 1;
			opens = false;
			at++;
		}
		if (at == NULL || depth == 0)
			return at;
		if (at == end || (!opens && *at != ','))
			return NULL;
		at += !opens;
		if ((objects & 1) != 0)
			at = key(at, end);
		if (at == NULL)
			return NULL;
	}
}

/* Whether the string at `at` is that name, without escapes. */
static bool is_name(const char *at, const char *end, const char *name)
{
	size_t len = strlen(name);
	return (size_t)(end - at) >= len + 2 && memcmp(at + 1, name, len) == 0 &&
	       at[len + 1] == '"';
}

/* Leaves the brackets of an object or list, and the ends of lines in it. */
static void empty(char *at, const char *end)
{
	for (at++; at < end - 1; at++)
		if (*at != '\n')
			*at = ' ';
}

void lsec_json_empty(char *bytes, size_t len)
{
	const char *end = bytes + len;
	bool in_metadata = false; /* of the object itself */
	unsigned depth = 0;
	for (char *at = bytes; at < end;) {
		char c = *at;
		if (c != '"') {
			depth += c == '{' || c == '[';
			depth -= (c == '}' || c == ']') && depth > 0;
			at++;
			continue;
		}
		const char *begin = at;
		at += behind_string(at, end) - at;
		const char *colon = skip_blanks(at, end);
		if (depth > 2 || colon == end || *colon != ':')
			continue;
		const char *value = skip_blanks(colon + 1, end);
		if (value == end || (*value != '{' && *value != '['))
			continue;
		if (depth == 1)
			in_metadata = is_name(begin, end, "metadata") && *value == '{';
		if (!(depth == 1 && is_name(begin, end, "status")) &&
		    !(depth == 2 && in_metadata && is_name(begin, end, "managedFields")))
			continue;
		const char *behind = container(value, end);
		if (behind == NULL)
			return;
		at += value - at;
		empty(at, behind);
		at += behind - at;
	}
}
