/* SPDX-License-Identifier: Apache-2.0 */
/* Reads values in the forms in which tools print them; each reader knows one kind of form. */
#include "printed.h"

#include <ctype.h>
#include <string.h>

/* A piece of the text that is looked at. */
struct span {
	const char *at, *end;
};

/* Bytes read so far; those past the room are only counted. */
struct reading {
	uint8_t bytes[LSEC_LONGEST_PRINTED];
	size_t len;
	bool pairs; /* hex: all digits came in groups of four */
};

static void add(struct reading *ret, unsigned byte)
{
	if (ret->len < sizeof(ret->bytes))
		ret->bytes[ret->len] = (uint8_t)byte;
	ret->len++;
}

static unsigned hex_value(char digit)
{
	return isdigit((unsigned char)digit) ? (unsigned)(digit - '0')
	                                     : (unsigned)((digit | 0x20) - 'a' + 10);
}

static size_t count_hex(struct span in)
{
	size_t count = 0;
	while (in.at + count < in.end && isxdigit((unsigned char)in.at[count]))
		count++;
	return count;
}

static bool starts_with(struct span in, const char *text)
{
	size_t len = strlen(text);
	return (size_t)(in.end - in.at) >= len && strncmp(in.at, text, len) == 0;
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static void skip(struct span *in, const char *set)
{
	while (in->at < in->end && is_one_of(*in->at, set))
		in->at++;
}

/* The possible forms of the text after a prefix, as a mask. */
#define HEX 1U
#define BASE64 2U
#define DECIMAL 4U
#define ANY (HEX | BASE64 | DECIMAL)

/* Drops white space and quotes around the text, and a prefix that says what follows. */
static struct span strip(const char *text, unsigned *ret_forms)
{
	static const char around[] = " \t\r\n\"'`";
	static const struct {
		const char *text;
		unsigned forms;
	} prefixes[] = {{"hex:", HEX},    {"base64:", BASE64}, {"sha256:", ANY}, {"sha384:", ANY},
	                {"sha512:", ANY}, {"sha256-", ANY},    {"sha384-", ANY}, {"sha512-", ANY}};
	struct span in = {text, text + strlen(text)};
	*ret_forms = ANY;
	skip(&in, around);
	while (in.end > in.at && is_one_of(in.end[-1], around))
		in.end--;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!starts_with(in, prefixes[i].text))
			continue;
		in.at += strlen(prefixes[i].text);
		*ret_forms = prefixes[i].forms;
		break;
	}
	return in;
}

/* A group of hex digits, of which 0x or \x may be in front. A single digit is a byte where
 * something separates it from others. */
static bool read_group(struct span *in, struct reading *ret)
{
	if (starts_with(*in, "0x") || starts_with(*in, "0X") || starts_with(*in, "\\x"))
		in->at += 2;
	size_t count = count_hex(*in);
	if (count == 0 || (count % 2 != 0 && count != 1))
		return false;
	ret->pairs &= count == 4;
	for (size_t i = count % 2; i < count; i += 2)
		add(ret, hex_value(in->at[i]) << 4 | hex_value(in->at[i + 1]));
	if (count == 1)
		add(ret, hex_value(in->at[0]));
	in->at += count;
	return true;
}

/*
 * Whether a line begins with an offset: digits and a colon (xxd), or six to eight digits (od,
 * hexdump) before groups of two or four, or alone, as hexdump's last line. Leaves the bytes in
 * `line`, without the characters that some dumps show after them.
 */
static bool drop_offset(struct span *line)
{
	struct span rest = *line;
	size_t digits = count_hex(rest);
	rest.at += digits;
	bool colon = digits >= 4 && starts_with(rest, ": ");
	if (!colon && (digits < 6 || digits > 8))
		return false;
	rest.at += colon;
	struct span group = rest;
	skip(&group, " \t");
	size_t next = count_hex(group);
	if (!colon && (group.at == rest.at ? group.at < group.end : next != 2 && next != 4))
		return false;
	for (const char *at = group.at; at < rest.end; at++)
		if (*at == '|' || *at == '>' ||
		    (colon && at + 1 < rest.end && strncmp(at, "  ", 2) == 0))
			rest.end = at;
	*line = (struct span){group.at < rest.end ? group.at : rest.end, rest.end};
	return true;
}

static bool read_line(struct span line, struct reading *ret)
{
	static const char between[] = " \t\r,:;-[]{}()\"'";
	for (;;) {
		skip(&line, between);
		if (line.at == line.end)
			return true;
		if (!read_group(&line, ret))
			return false;
		if (line.at < line.end && !is_one_of(*line.at, between) && *line.at != '\\')
			return false;
	}
}

/* Hex in all its forms. Offsets are offsets only where each line has one. */
static bool read_hex(struct span in, bool offsets, struct reading *ret)
{
	ret->pairs = true;
	while (in.at < in.end) {
		const char *feed = memchr(in.at, '\n', (size_t)(in.end - in.at));
		struct span line = {in.at, feed == NULL ? in.end : feed};
		skip(&line, " \t");
		if ((offsets && line.at < line.end && !drop_offset(&line)) || !read_line(line, ret))
			return false;
		in.at = feed == NULL ? in.end : feed + 1;
	}
	return true;
}

/* Words of two bytes, the low one first, as hexdump and od print them without options. */
static bool swap_words(struct reading *ret)
{
	for (size_t i = 1; i < ret->len && i < sizeof(ret->bytes); i += 2) {
		uint8_t low = ret->bytes[i];
		ret->bytes[i] = ret->bytes[i - 1];
		ret->bytes[i - 1] = low;
	}
	return ret->pairs;
}

/* Numbers from 0 to 255 in decimal. */
static bool read_decimal(struct span in, struct reading *ret)
{
	static const char between[] = " \t\r\n,;[]{}()";
	for (;;) {
		unsigned number = 0;
		size_t count = 0;
		skip(&in, between);
		if (in.at == in.end)
			return true;
		for (; in.at < in.end && isdigit((unsigned char)*in.at) && count < 3; count++)
			number = number * 10 + (unsigned)(*in.at++ - '0');
		if (count == 0 || number > 255 || (in.at < in.end && !is_one_of(*in.at, between)))
			return false;
		add(ret, number);
	}
}

static bool read_base64(struct span in, struct reading *ret)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
	unsigned bits = 0;
	unsigned count = 0; /* of bits that are no byte yet */
	while (in.end > in.at && in.end[-1] == '=')
		in.end--;
	for (; in.at < in.end; in.at++) {
		if (is_one_of(*in.at, " \t\r\n"))
			continue;
		if (!is_one_of(*in.at, digits))
			return false;
		unsigned value = (unsigned)(strchr(digits, *in.at) - digits);
		bits = (bits << 6 | (value < 64 ? value : value - 2)) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			add(ret, bits >> count & 0xff);
		}
	}
	/* What is left over is padding. */
	return count < 6 && (bits & ((1U << count) - 1)) == 0;
}

/* In this order. */
static const struct {
	unsigned form;
	bool offsets, words; /* HEX */
} readings[] = {{.form = HEX},
                {.form = HEX, .offsets = true},
                {.form = HEX, .words = true},
                {.form = HEX, .offsets = true, .words = true},
                {.form = DECIMAL},
                {.form = BASE64}};
#define READINGS (sizeof(readings) / sizeof(readings[0]))

/* Whether a text is so many bytes in one of the readings. */
static bool read_as(size_t i, const char *text, size_t size, struct reading *ret)
{
	unsigned forms = ANY;
	const struct span in = strip(text, &forms);
	bool good = false;
	*ret = (struct reading){.len = 0};
	if ((readings[i].form & forms) == 0)
		return false;
	if (readings[i].form == HEX)
		good = read_hex(in, readings[i].offsets, ret) &&
		       (!readings[i].words || swap_words(ret));
	else
		good = readings[i].form == DECIMAL ? read_decimal(in, ret) : read_base64(in, ret);
	return good && ret->len == size && size <= sizeof(ret->bytes);
}

enum lsec_printed lsec_printed_compare(const char *text, const uint8_t *bytes, size_t size)
{
	enum lsec_printed ret = LSEC_PRINTED_UNKNOWN;
	for (size_t i = 0; i < READINGS; i++) {
		struct reading reading;
		if (!read_as(i, text, size, &reading))
			continue;
		if (memcmp(reading.bytes, bytes, size) == 0)
			return LSEC_PRINTED_SAME;
		ret = LSEC_PRINTED_OTHER;
	}
	return ret;
}

bool lsec_printed_read(const char *text, uint8_t *ret, size_t size)
{
	for (size_t i = 0; i < READINGS; i++) {
		struct reading reading;
		if (!read_as(i, text, size, &reading))
			continue;
		memcpy(ret, reading.bytes, size);
		return true;
	}
	return false;
}
