/* SPDX-License-Identifier: Apache-2.0 */
/* Growing buffers, quotes, and small readers of text. */
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Makes room for `more` bytes and a NUL. */
static void reserve(struct lsec_buffer *buffer, size_t more)
{
	if (more < buffer->room - buffer->len && buffer->room > 0)
		return;
	size_t room = buffer->room == 0 ? 256 : buffer->room;
	while (room - buffer->len <= more)
		room *= 2;
	buffer->bytes = lsec_realloc(buffer->bytes, room);
	buffer->room = room;
}

void lsec_buffer_add(struct lsec_buffer *buffer, const char *bytes, size_t len)
{
	reserve(buffer, len);
	if (len > 0)
		memcpy(buffer->bytes + buffer->len, bytes, len);
	buffer->len += len;
	buffer->bytes[buffer->len] = '\0';
}

void lsec_buffer_text(struct lsec_buffer *buffer, const char *text)
{
	lsec_buffer_add(buffer, text, strlen(text));
}

void lsec_buffer_format(struct lsec_buffer *buffer, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	cleanup_free char *text = lsec_format_args(fmt, args);
	va_end(args);
	lsec_buffer_text(buffer, text);
}

void lsec_buffer_clear(struct lsec_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct lsec_buffer){0};
}

char *lsec_buffer_take(struct lsec_buffer *buffer)
{
	return lsec_steal(&buffer->bytes);
}

char *lsec_concat_all(const char *first, ...)
{
	size_t len = 0;
	va_list args;
	va_start(args, first);
	for (const char *text = first; text != NULL; text = va_arg(args, const char *))
		len += strlen(text);
	va_end(args);
	char *ret = lsec_malloc(len + 1);
	char *end = ret;
	va_start(args, first);
	for (const char *text = first; text != NULL; text = va_arg(args, const char *))
		end = stpcpy(end, text);
	va_end(args);
	*end = '\0';
	return ret;
}

char *lsec_format_args(const char *fmt, va_list args)
{
	char *text = NULL;
	char small[256]; /* room for most: vasprintf() costs three times as much */
	va_list again;
	va_copy(again, args);
	int len = vsnprintf(small, sizeof(small), fmt, args);
	if (len >= 0 && (size_t)len < sizeof(small))
		text = lsec_memdup(small, (size_t)len);
	else if (vasprintf(&text, fmt, again) < 0)
		lsec_out_of_memory();
	va_end(again);
	return text;
}

char *lsec_format(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	char *text = lsec_format_args(fmt, args);
	va_end(args);
	return text;
}

struct lsec_quote lsec_quote_bytes(const char *value, size_t len)
{
	static const char tail[] = "...\"";
	struct lsec_quote quote = {"\""};
	size_t at = 1;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];
		char piece[5] = {(char)c};
		if (c < 0x20 || c > 0x7e)
			snprintf(piece, sizeof(piece), "\\x%02x", c);
		else if (c == '"' || c == '\\')
			snprintf(piece, sizeof(piece), "\\%c", c);
		size_t need = strlen(piece);
		if (at + need + sizeof(tail) > 68) {
			memcpy(quote.text + at, tail, sizeof(tail));
			return quote;
		}
		memcpy(quote.text + at, piece, need);
		at += need;
	}
	quote.text[at] = '"';
	return quote;
}

struct lsec_quote lsec_quote(const char *value)
{
	return lsec_quote_bytes(value, strlen(value));
}

struct lsec_quote lsec_plain_or_quote(const char *value)
{
	struct lsec_quote plain = {0};
	size_t len = value == NULL ? 0 : strlen(value);
	if (len >= sizeof(plain.text) || (len > 0 && !lsec_printable(value)))
		return lsec_quote(value);
	if (len > 0)
		memcpy(plain.text, value, len);
	return plain;
}

char *lsec_copy_place(const char *place)
{
	size_t len = strlen(place);
	if (len <= LSEC_MAX_PLACE)
		return lsec_strdup(place);
	return lsec_format("...%s", place + len - (LSEC_MAX_PLACE - 3));
}

void lsec_make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

bool lsec_printable(const char *text)
{
	while (*text >= 0x20 && *text <= 0x7e)
		text++;
	return *text == '\0';
}

size_t lsec_edit_distance(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	size_t na = strlen(a);
	size_t nb = strlen(b);
	if (na > LONGEST || nb > LONGEST)
		return LONGEST;
	size_t row[LONGEST + 1];
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t replace = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];
			row[j] = replace < shorter + 1 ? replace : shorter + 1;
		}
	}
	return row[nb];
}

void lsec_simplify(const char *name, char ret[LSEC_SIMPLE_ROOM])
{
	size_t used = 0;
	for (; *name != '\0' && used < LSEC_SIMPLE_ROOM - 1; name++)
		if (strchr("-_. ", *name) == NULL)
			ret[used++] = (char)tolower((unsigned char)*name);
	ret[*name == '\0' ? used : 0] = '\0';
}

/* Whether two words are one but for two letters that changed places. */
static bool is_swapped(const char *a, const char *b)
{
	size_t same = 0;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	a += same;
	b += same;
	return a[0] != '\0' && b[0] != '\0' && a[0] == b[1] && a[1] == b[0] &&
	       strcmp(a + 2, b + 2) == 0;
}

size_t lsec_name_distance(const char *written, const char *name)
{
	char a[LSEC_SIMPLE_ROOM] = "";
	char b[LSEC_SIMPLE_ROOM] = "";
	lsec_simplify(written, a);
	lsec_simplify(name, b);
	size_t of_a = strlen(a);
	size_t of_b = strlen(b);
	size_t most = of_a > 4 ? 2 : 1;
	/* Most names in a manifest are not that near. */
	if (of_a == 0 || of_b == 0 || of_a > of_b + most || of_b > of_a + most)
		return SIZE_MAX;
	size_t distance = is_swapped(a, b) ? 1 : lsec_edit_distance(a, b);
	return distance > most ? SIZE_MAX : distance;
}

bool lsec_number(const char *text, uint64_t *ret)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hexadecimal ? text + 2 : text;
	uint64_t base = hexadecimal ? 16 : 10;
	uint64_t number = 0;
	if (digits[0] == '\0' || (!hexadecimal && digits[0] == '0' && digits[1] != '\0'))
		return false;
	for (; *digits != '\0'; digits++) {
		unsigned char c = (unsigned char)*digits;
		if (!isxdigit(c) || (!hexadecimal && !isdigit(c)))
			return false;
		uint64_t digit =
			isdigit(c) ? (uint64_t)(c - '0') : (uint64_t)((c | 0x20) - 'a' + 10);
		if (number > (UINT64_MAX - digit) / base)
			return false;
		number = number * base + digit;
	}
	*ret = number;
	return true;
}

size_t lsec_blanks(const char *bytes, size_t len)
{
	static const char blanks[] = " \t\r\n";
	size_t count = 0;
	while (count < len && memchr(blanks, bytes[count], sizeof(blanks) - 1) != NULL)
		count++;
	return count;
}

bool lsec_decimal(const char *text, uint64_t most, uint64_t *ret)
{
	const char *digits = text + strspn(text, "0");
	uint64_t number = 0;
	if (text[0] == '\0' || (digits[0] != '\0' && !lsec_number(digits, &number)) ||
	    number > most)
		return false;
	*ret = number;
	return true;
}
