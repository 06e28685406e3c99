/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as libyaml reads it, and the way back to a place in it. */
#include "yaml_json.h"

#include <stdio.h>
#include <string.h>

#include "base/json_scan.h"

/* Whether a character may stand in a JSON string, while YAML refuses it or ends a line there. */
static bool is_foreign(unsigned code)
{
	return (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff || code == 0xfffe || code == 0xffff;
}

/* The number of a UTF-8 character of up to three bytes; 0 for others. */
static unsigned number_of(const char *at, size_t len)
{
	const unsigned char *byte = (const unsigned char *)at;
	if (len == 3)
		return (byte[0] & 0xfU) << 12 | (byte[1] & 0x3fU) << 6 | (byte[2] & 0x3fU);
	return len == 2 ? (byte[0] & 0x1fU) << 6 | (byte[1] & 0x3fU) : len == 1 ? byte[0] : 0;
}

/*
 * Whether the string at `at` is a key that libyaml accepts as one only if "?" announces it: it
 * must end within 1,024 characters, of which a foreign one becomes six, and in the line of its
 * colon.
 */
static bool is_long_key(const char *at, const char *end)
{
	size_t characters = 0; /* at most */
	bool breaks = false;
	for (at++; *at != '"'; at++) {
		at += *at == '\\';
		characters += (*at & 0x80) != 0 || *at == 0x7f ? 6 : 2;
	}
	for (at++; at < end && *at != ':' && strchr(" \t\r\n", *at) != NULL; at++)
		breaks |= *at == '\r' || *at == '\n';
	return (breaks || characters > 1000) && at < end && *at == ':';
}

/* What a character, or an escape, becomes. */
struct step {
	size_t bytes;      /* of the original */
	size_t characters; /* that libyaml reads for it */
	char made[16];     /* instead of the original; "" where it stays */
};

static struct step step_at(const char *at, const char *end, bool *string)
{
	size_t count = lsec_utf8_character(at, end);
	unsigned code = number_of(at, count);
	int escaped = *string ? lsec_json_escaped(at, end) : -1;
	struct step step = {.bytes = count == 0 ? 1 : count, .characters = 1};
	if (escaped > 0xffff) {
		snprintf(step.made, sizeof(step.made), "\\U%08x", (unsigned)escaped);
		step.bytes = 12;
	} else if (code == '\\' && end - at > 1) {
		step.bytes = step.characters = 2;
	} else if (code == '"') {
		if (!*string && is_long_key(at, end))
			snprintf(step.made, sizeof(step.made), "? \"");
		*string = !*string;
	} else if (*string && is_foreign(code)) {
		snprintf(step.made, sizeof(step.made), "\\u%04x", code);
	} else if (!*string && code == '\t') {
		step.made[0] = ' ';
	}
	if (step.made[0] != '\0')
		step.characters = strlen(step.made);
	return step;
}

void lsec_yaml_adapt(const char *bytes, size_t len, struct lsec_buffer *ret)
{
	const char *end = bytes + len;
	const char *kept = bytes; /* from here on nothing is copied yet */
	bool string = false;
	for (const char *at = bytes; at < end;) {
		const struct step step = step_at(at, end, &string);
		if (step.made[0] != '\0') {
			lsec_buffer_add(ret, kept, (size_t)(at - kept));
			lsec_buffer_text(ret, step.made);
			kept = at + step.bytes;
		}
		at += step.bytes;
	}
	if (kept > bytes)
		lsec_buffer_add(ret, kept, (size_t)(end - kept));
}

/* The characters of some bytes of UTF-8. */
static size_t characters_of(const char *at, size_t len)
{
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)at[i] & 0xc0) != 0x80;
	return count;
}

size_t lsec_yaml_original_column(struct lsec_yaml_cursor *cursor, size_t index)
{
	while (cursor->at < cursor->end) {
		bool string = cursor->string;
		const struct step step = step_at(cursor->at, cursor->end, &string);
		if (cursor->index + step.characters > index)
			break;
		cursor->column = *cursor->at == '\n' || *cursor->at == '\r'
		                         ? 0
		                         : cursor->column + characters_of(cursor->at, step.bytes);
		cursor->at += step.bytes;
		cursor->index += step.characters;
		cursor->string = string;
	}
	return cursor->column;
}
