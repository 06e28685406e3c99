/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of the little TOML that initdata documents are made of. */
#include "toml_head.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* A piece of the document. */
struct piece {
	const char *at;
	size_t len;
};

struct reader {
	const char *place;
	const char *at, *end;
	size_t line;
	struct lsec_problems *problems;
	struct piece version, algorithm; /* their strings, without quotes */
	bool in_data;
	struct piece keys[LSEC_MAX_INITDATA_FILES]; /* of [data] */
	size_t key_count;
};

static int refuse(const struct reader *reader, const char *what)
{
	return lsec_problem_add(reader->problems, reader->place, "line %zu: %s", reader->line,
	                        what);
}

static bool at_text(const struct reader *reader, const char *text)
{
	size_t len = strlen(text);
	return (size_t)(reader->end - reader->at) >= len && memcmp(reader->at, text, len) == 0;
}

static bool at_end_of_line(const struct reader *reader)
{
	return reader->at == reader->end || *reader->at == '\n' || at_text(reader, "\r\n");
}

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
		reader->at++;
}

/* After a value or a header: an optional comment, then the end of the line. */
static int end_line(struct reader *reader)
{
	skip_blanks(reader);
	if (reader->at < reader->end && *reader->at == '#')
		while (!at_end_of_line(reader))
			reader->at++;
	if (!at_end_of_line(reader))
		return refuse(reader,
		              "text after the value or header; put it on a line of its own");
	if (reader->at == reader->end)
		return 0;
	reader->at += *reader->at == '\r' ? 2 : 1;
	reader->line++;
	return 0;
}

/* The digits of \uXXXX or \UXXXXXXXX; must be a Unicode scalar value. */
static int skip_code_point(struct reader *reader, size_t digits)
{
	uint32_t point = 0;
	for (size_t i = 0; i < digits; i++, reader->at++) {
		const char *hex = "0123456789abcdef0123456789ABCDEF";
		const char *digit = reader->at == reader->end || *reader->at == '\0'
		                            ? NULL
		                            : strchr(hex, *reader->at);
		if (digit == NULL)
			return refuse(
				reader,
				"incomplete Unicode escape; write four hex digits after \\u, or eight after \\U");
		point = point << 4 | ((uint32_t)(digit - hex) & 15);
	}
	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return refuse(reader, "the escape is not a Unicode character; correct it");
	return 0;
}

/* A backslash at the end of a line joins it with the next text. */
static int skip_line_end(struct reader *reader)
{
	skip_blanks(reader);
	if (reader->at == reader->end || !at_end_of_line(reader))
		return refuse(reader, "backslash before blanks; write \\\\ or an escape");
	return 0; /* the line end itself is text of the string to the caller */
}

static int skip_escape(struct reader *reader, bool many_lines)
{
	reader->at++;
	char c = reader->at == reader->end ? '\0' : *reader->at;
	if (many_lines && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
		return skip_line_end(reader);
	reader->at++;
	if (c == 'u' || c == 'U')
		return skip_code_point(reader, c == 'u' ? 4 : 8);
	if (c == '\0' || strchr("btnfr\"\\", c) == NULL)
		return refuse(
			reader,
			"unknown escape; write \\\\ for a backslash, or put the text in single quotes");
	return 0;
}

/* Quotes in a row; three end a string of many lines, and two more may be its last characters.
 * Returns whether it ended. */
static bool skip_quotes(struct reader *reader, char quote)
{
	size_t count = 0;
	while (reader->at < reader->end && *reader->at == quote && count < 5) {
		reader->at++;
		count++;
	}
	return count >= 3;
}

static int skip_long_string(struct reader *reader, char quote)
{
	size_t first_line = reader->line;
	reader->at += 3;
	while (reader->at < reader->end) {
		if (*reader->at == quote) {
			if (skip_quotes(reader, quote))
				return 0;
		} else if (*reader->at == '\\' && quote == '"') {
			if (skip_escape(reader, true) < 0)
				return -1;
		} else {
			reader->line += *reader->at == '\n';
			reader->at++;
		}
	}
	reader->line = first_line;
	return refuse(reader, "unterminated string; add its closing quotes");
}

/* A string of one line; *ret is what stands between its quotes. */
static int read_short_string(struct reader *reader, struct piece *ret, bool *ret_escapes)
{
	char quote = *reader->at++;
	const char *begin = reader->at;
	*ret_escapes = false;
	while (!at_end_of_line(reader) && *reader->at != quote) {
		if (*reader->at != '\\' || quote != '"') {
			reader->at++;
			continue;
		}
		*ret_escapes = true;
		if (skip_escape(reader, false) < 0)
			return -1;
	}
	if (at_end_of_line(reader))
		return refuse(reader,
		              "the string is not closed on its line; add the closing quote");
	*ret = (struct piece){begin, (size_t)(reader->at - begin)};
	reader->at++;
	return 0;
}

/* A value of [data]: any string. */
static int skip_string(struct reader *reader)
{
	struct piece text;
	bool escapes = false;
	if (at_text(reader, "\"\"\"") || at_text(reader, "'''"))
		return skip_long_string(reader, *reader->at);
	if (at_text(reader, "\"") || at_text(reader, "'"))
		return read_short_string(reader, &text, &escapes);
	return refuse(reader, "the value must be a string in quotes");
}

/* A value at the top: a string without escapes on one line. */
static int read_plain_string(struct reader *reader, struct piece *ret)
{
	bool escapes = false;
	bool is_long = at_text(reader, "\"\"\"") || at_text(reader, "'''");
	if (is_long || !(at_text(reader, "\"") || at_text(reader, "'")))
		return refuse(reader, "the value must be a string in quotes, on one line");
	if (read_short_string(reader, ret, &escapes) < 0)
		return -1;
	return escapes ? refuse(reader,
	                        "version and algorithm must not contain escapes; write plain text")
	               : 0;
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static int read_key(struct reader *reader, struct piece *ret)
{
	bool escapes = false;
	const char *begin = reader->at;
	if (at_text(reader, "\"") || at_text(reader, "'")) {
		if (read_short_string(reader, ret, &escapes) < 0)
			return -1;
		if (escapes)
			return refuse(reader, "a key must not contain escapes; write plain text");
	} else {
		while (reader->at < reader->end && is_bare(*reader->at))
			reader->at++;
		*ret = (struct piece){begin, (size_t)(reader->at - begin)};
	}
	if (ret->len == 0)
		return refuse(reader, "expected a key; write KEY = \"VALUE\"");
	skip_blanks(reader);
	if (at_text(reader, "."))
		return refuse(reader,
		              "a key must not have several parts; put a name with dots in quotes");
	return 0;
}

static bool is_same(struct piece piece, struct piece other)
{
	return piece.len == other.len && memcmp(piece.at, other.at, piece.len) == 0;
}

/* Remembers a key of [data]. */
static int add_key(struct reader *reader, struct piece key)
{
	for (size_t i = 0; i < reader->key_count; i++)
		if (is_same(reader->keys[i], key))
			return refuse(reader, "duplicate key in [data]; remove one");
	if (reader->key_count == LSEC_MAX_INITDATA_FILES)
		return refuse(
			reader,
			"more than " LSEC_TEXT(
				LSEC_MAX_INITDATA_FILES) " keys in [data], which is the limit; remove some");
	reader->keys[reader->key_count++] = key;
	return 0;
}

static int read_top_value(struct reader *reader, struct piece key)
{
	const bool version = is_same(key, (struct piece){"version", 7});
	struct piece *value = version ? &reader->version : &reader->algorithm;
	if (!version && !is_same(key, (struct piece){"algorithm", 9}))
		return refuse(
			reader,
			"unknown key before [data]; only version and algorithm are allowed there");
	if (value->at != NULL)
		return refuse(reader, "duplicate version or algorithm; remove one");
	return read_plain_string(reader, value);
}

static int read_pair(struct reader *reader)
{
	struct piece key = {0};
	if (read_key(reader, &key) < 0)
		return -1;
	if (!at_text(reader, "="))
		return refuse(reader, "expected = after the key; write KEY = \"VALUE\"");
	reader->at++;
	skip_blanks(reader);
	if (!reader->in_data)
		return read_top_value(reader, key);
	return add_key(reader, key) < 0 ? -1 : skip_string(reader);
}

static int read_header(struct reader *reader)
{
	struct piece name = {0};
	reader->at++;
	skip_blanks(reader);
	if (at_text(reader, "["))
		return refuse(reader, "lists of tables are not allowed; use [data]");
	if (read_key(reader, &name) < 0)
		return -1;
	if (!at_text(reader, "]") || !is_same(name, (struct piece){"data", 4}))
		return refuse(reader, "unknown table; only [data] is allowed");
	reader->at++;
	if (reader->in_data)
		return refuse(reader, "duplicate [data]; remove one");
	reader->in_data = true;
	return 0;
}

static int read_line(struct reader *reader)
{
	skip_blanks(reader);
	if (at_text(reader, "[")) {
		if (read_header(reader) < 0)
			return -1;
	} else if (!at_end_of_line(reader) && !at_text(reader, "#")) {
		if (read_pair(reader) < 0)
			return -1;
	}
	return end_line(reader);
}

/* What TOML has nowhere: control characters but tab and line ends. */
static int check_characters(struct reader *reader)
{
	size_t line = 1;
	for (const char *at = reader->at; at < reader->end; at++) {
		unsigned char c = (unsigned char)*at;
		bool line_end = c == '\n' || (c == '\r' && at + 1 < reader->end && at[1] == '\n');
		if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7f)
			return lsec_problem_add(reader->problems, reader->place,
			                        "line %zu: control character 0x%02x; remove it",
			                        line, c);
		line += c == '\n';
	}
	return 0;
}

static char *copy(struct piece piece)
{
	return piece.at == NULL ? NULL : lsec_strndup(piece.at, piece.len);
}

int lsec_toml_head_read(const char *place, const char *bytes, size_t len,
                        struct lsec_toml_head *ret, struct lsec_problems *problems)
{
	struct reader reader = {
		.place = place,
		.at = bytes,
		.end = bytes + len,
		.line = 1,
		.problems = problems,
	};
	if (check_characters(&reader) < 0)
		return -1;
	while (reader.at < reader.end)
		if (read_line(&reader) < 0)
			return -1;
	*ret = (struct lsec_toml_head){
		.version = copy(reader.version),
		.algorithm = copy(reader.algorithm),
		.has_data = reader.in_data,
		.data_count = reader.key_count,
	};
	return 0;
}

void lsec_toml_head_clear(struct lsec_toml_head *head)
{
	free(head->version);
	free(head->algorithm);
	*head = (struct lsec_toml_head){0};
}
