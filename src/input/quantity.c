/* SPDX-License-Identifier: Apache-2.0 */
/* Reads quantities in decimal: digits, a point, and a suffix or an exponent that shifts it. */
#include "quantity.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { MOST_DIGITS = 18, MOST_SHIFT = 18 };

/* The digits as one number, and where the point is in them. */
struct decimal {
	uint64_t digits;
	int shift; /* powers of ten that it is to be multiplied with */
};

static bool read_digits(const char **text, struct decimal *ret)
{
	const char *at = *text;
	unsigned count = 0;
	bool point = false;
	for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
		point |= *at == '.';
		if (*at == '.')
			continue;
		if (++count > MOST_DIGITS)
			return false;
		ret->digits = 10 * ret->digits + (uint64_t)(*at - '0');
		ret->shift -= point;
	}
	*text = at;
	return count > 0;
}

/* Those larger than k, and the binary ones, make more than any CPU has. */
static bool read_suffix(const char *text, struct decimal *ret)
{
	static const struct {
		const char *name;
		int shift;
	} suffixes[] = {{"n", -9}, {"u", -6}, {"m", -3}, {"", 0}, {"k", 3}};
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (strcmp(text, suffixes[i].name) != 0)
			continue;
		ret->shift += suffixes[i].shift;
		return true;
	}
	if (*text != 'e' && *text != 'E')
		return false;
	bool negative = text[1] == '-';
	const char *at = text + 1 + (negative || text[1] == '+');
	int exponent = 0;
	if (!isdigit((unsigned char)*at))
		return false;
	for (; isdigit((unsigned char)*at) && exponent <= MOST_SHIFT; at++)
		exponent = 10 * exponent + (*at - '0');
	ret->shift += negative ? -exponent : exponent;
	return *at == '\0' && exponent <= MOST_SHIFT;
}

bool lsec_quantity_round_up(const char *text, uint32_t most, uint32_t *ret)
{
	struct decimal number = {0};
	text += *text == '+';
	if (!read_digits(&text, &number) || !read_suffix(text, &number))
		return false;
	bool rest = false;
	for (; number.shift < 0; number.shift++) {
		rest |= number.digits % 10 != 0;
		number.digits /= 10;
	}
	number.digits += rest;
	for (; number.shift > 0 && number.digits <= most; number.shift--)
		number.digits *= 10;
	if (number.digits > most)
		return false;
	*ret = (uint32_t)number.digits;
	return true;
}

bool lsec_is_quantity(const char *text)
{
	static const char *const suffixes[] = {"",  "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "n",
	                                       "u", "m",  "k",  "M",  "G",  "T",  "P",  "E"};
	struct decimal number = {0};
	text += *text == '+';
	if (!read_digits(&text, &number))
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (strcmp(text, suffixes[i]) == 0)
			return true;
	return read_suffix(text, &number);
}
