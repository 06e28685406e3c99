/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of JSON, without building anything. */
#include "json_scan.h"

#include <stdint.h>
#include <string.h>

#include "launchsec/limits.h"

#define INVALID "invalid JSON: "

_Static_assert(LSEC_MAX_JSON_DEPTH <= 64, "a bit for each object or list that is open");

/* Where the scan is; each function below continues after what it read, or notes a fault. */
struct cursor {
	const char *at, *end;
	const char *fault;
	size_t values;
};

static bool fail(struct cursor *cursor, const char *fault)
{
	cursor->fault = fault;
	return false;
}

/* The next byte; NUL at the end: none is allowed anywhere. */
static char peek(const struct cursor *cursor)
{
	return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool skip(struct cursor *cursor, char c)
{
	bool there = peek(cursor) == c;
	cursor->at += there;
	return there;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end && is_blank(*cursor->at))
		cursor->at++;
}

size_t lsec_utf8_character(const char *at, const char *end)
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
	if (byte[0] < 0x80)
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

bool lsec_is_utf8(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	while (bytes < end) {
		size_t count = lsec_utf8_character(bytes, end);
		if (count == 0)
			return false;
		bytes += count;
	}
	return true;
}

/* The number in the escape \uXXXX at `at`, which may be anything; -1 for what is none. */
static int unit(const char *at, const char *end)
{
	static const char digits[] = "0123456789abcdef";
	int number = 0;
	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		const char *digit =
			memchr(digits, at[i] | (at[i] >= 'A' ? 0x20 : 0), sizeof(digits) - 1);
		if (digit == NULL)
			return -1;
		number = number << 4 | (int)(digit - digits);
	}
	return number;
}

int lsec_json_escaped(const char *at, const char *end)
{
	int first = unit(at, end);
	int second = first < 0xd800 || first > 0xdbff ? -1 : unit(at + 6, end);
	return second < 0xdc00 || second > 0xdfff
	               ? first
	               : 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static bool escape(struct cursor *cursor, bool key)
{
	const char *at = cursor->at;
	static const char simple[] = "\"\\/bfnrt";
	int code = lsec_json_escaped(at, cursor->end);
	if (code < 0 && (cursor->end - at < 2 || memchr(simple, at[1], sizeof(simple) - 1) == NULL))
		return fail(cursor, INVALID "unknown escape in a string");
	if (code == 0 && key)
		return fail(cursor, "a key contains a NUL character");
	if (code >= 0xd800 && code <= 0xdfff)
		return fail(cursor, INVALID "incomplete surrogate pair in a string");
	cursor->at += code < 0 ? 2 : code > 0xffff ? 12 : 6;
	return true;
}

static bool string(struct cursor *cursor, bool key)
{
	const char *begin = cursor->at++;
	while (cursor->at < cursor->end && *cursor->at != '"') {
		uint8_t byte = (uint8_t)*cursor->at;
		if (byte == '\\') {
			if (!escape(cursor, key))
				return false;
			continue;
		}
		size_t count = byte >= 0x20 && byte < 0x80;
		if (byte >= 0x80)
			count = lsec_utf8_character(cursor->at, cursor->end);
		if (count == 0)
			return fail(cursor,
			            INVALID "control character or invalid UTF-8 in a string");
		cursor->at += count;
	}
	if (skip(cursor, '"'))
		return true;
	cursor->at = begin;
	return fail(cursor, INVALID "unterminated string");
}

static bool digits(struct cursor *cursor)
{
	const char *begin = cursor->at;
	while (peek(cursor) >= '0' && peek(cursor) <= '9')
		cursor->at++;
	return cursor->at > begin;
}

static bool number(struct cursor *cursor)
{
	skip(cursor, '-');
	bool good = skip(cursor, '0') || digits(cursor);
	if (good && skip(cursor, '.'))
		good = digits(cursor);
	if (good && (skip(cursor, 'e') || skip(cursor, 'E'))) {
		if (!skip(cursor, '+'))
			skip(cursor, '-');
		good = digits(cursor);
	}
	return good || fail(cursor, INVALID "number without digits");
}

static bool scalar(struct cursor *cursor)
{
	static const char *const words[] = {"true", "false", "null"};
	char c = peek(cursor);
	if (c == '"')
		return string(cursor, false);
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(cursor);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);
		if ((size_t)(cursor->end - cursor->at) >= len &&
		    memcmp(cursor->at, words[i], len) == 0) {
			cursor->at += len;
			return true;
		}
	}
	return fail(cursor, INVALID "expected a value");
}

/* A key and its colon. */
static bool key(struct cursor *cursor)
{
	skip_blanks(cursor);
	if (peek(cursor) != '"')
		return fail(cursor, INVALID "expected a key in double quotes");
	if (!string(cursor, true))
		return false;
	skip_blanks(cursor);
	return skip(cursor, ':') || fail(cursor, INVALID "expected a colon after the key");
}

/* A value with all that is in it. An object that is open has a 1 in its place of `objects`. */
static bool value(struct cursor *cursor)
{
	uint64_t objects = 0;
	unsigned depth = 0;
	for (;;) {
		skip_blanks(cursor);
		cursor->values++;
		bool object = peek(cursor) == '{';
		bool opens = object || peek(cursor) == '[';
		if (opens) {
			if (depth++ == LSEC_MAX_JSON_DEPTH)
				return fail(cursor, "lists and objects nested more than " LSEC_TEXT(
							    LSEC_MAX_JSON_DEPTH) " deep");
			objects = objects << 1 | object;
			cursor->at++;
		} else if (!scalar(cursor)) {
			return false;
		}
		/* What is in it begins, or ends, and what it is in perhaps too. */
		while (depth > 0) {
			skip_blanks(cursor);
			if (!skip(cursor, (objects & 1) != 0 ? '}' : ']'))
				break;
			depth--;
			objects >>= 1;
			opens = false;
		}
		if (depth == 0)
			return true;
		if (!opens && !skip(cursor, ','))
			return fail(cursor, (objects & 1) != 0
			                            ? INVALID "expected , or } after the value"
			                            : INVALID "expected , or ] after the value");
		if ((objects & 1) != 0 && !key(cursor))
			return false;
	}
}

struct lsec_json_scan lsec_json_scan(const char *bytes, size_t len)
{
	struct cursor cursor = {.at = bytes, .end = bytes + len};
	if (value(&cursor)) {
		skip_blanks(&cursor);
		if (cursor.at < cursor.end)
			fail(&cursor, INVALID "text after the document");
	}
	return (struct lsec_json_scan){cursor.fault, (size_t)(cursor.at - bytes), cursor.values};
}

/* Moves past a string, whatever is in it. */
static void pass_string(struct cursor *cursor)
{
	for (cursor->at++; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '"') {
			cursor->at++;
			return;
		}
		cursor->at += *cursor->at == '\\' && cursor->end - cursor->at > 1;
	}
}

/* Whether the string at `at` is that name, without escapes. */
static bool is_name(const char *at, const char *end, const char *name)
{
	size_t len = strlen(name);
	return (size_t)(end - at) >= len + 2 && memcmp(at + 1, name, len) == 0 &&
	       at[len + 1] == '"';
}

/* Whether what begins at a depth, by the names of all that it is in and its own, is one of these.
 */
static bool is_one_of(const struct lsec_json_path *paths, const char *const *names, unsigned depth,
                      const char *end)
{
	if (depth == 0 || depth > LSEC_JSON_PATH)
		return false;
	for (; paths->names[0] != NULL; paths++) {
		bool same = depth == LSEC_JSON_PATH || paths->names[depth] == NULL;
		for (unsigned i = 0; same && i < depth; i++)
			same = names[i] != NULL && paths->names[i] != NULL &&
			       is_name(names[i], end, paths->names[i]);
		if (same)
			return true;
	}
	return false;
}

/* Leaves the brackets of an object or list, and the ends of lines in it. */
static void empty(char *at, const char *end)
{
	for (at++; at < end - 1; at++)
		if (*at != '\n')
			*at = ' ';
}

void lsec_json_empty(char *bytes, size_t len, const struct lsec_json_path *paths)
{
	struct cursor cursor = {.at = bytes, .end = bytes + len};
	const char *names[LSEC_JSON_PATH] = {NULL}; /* of what is open, outermost first */
	const char *name = NULL;                    /* of what begins */
	unsigned depth = 0;
	while (cursor.at < cursor.end) {
		const char *begin = cursor.at;
		if (*begin == '"') {
			pass_string(&cursor);
			skip_blanks(&cursor);
			name = depth > 0 && skip(&cursor, ':') ? begin : NULL;
			skip_blanks(&cursor);
		} else if (*begin == '{' || *begin == '[') {
			if (depth > 0 && depth <= LSEC_JSON_PATH)
				names[depth - 1] = name;
			if (is_one_of(paths, names, depth, cursor.end)) {
				if (!value(&cursor))
					return;
				empty(bytes + (begin - bytes), cursor.at);
			} else {
				depth++;
				cursor.at++;
			}
			name = NULL;
		} else {
			depth -= (*begin == '}' || *begin == ']') && depth > 0;
			cursor.at++;
			name = NULL;
		}
	}
}
