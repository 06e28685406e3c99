/* SPDX-License-Identifier: Apache-2.0 */
/* Reads hosts and ports. */
#include "address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define LONGEST_LABEL 63 /* of a DNS name */

bool lsec_is_decimal(const char *text, size_t len, uint64_t highest)
{
	uint64_t number = 0;
	if (len == 0 || len > 10 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number <= highest;
}

/* Whether a text is an IPv4 address or a name, whose last label is not like a number. */
static bool is_host(const char *host)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	struct in_addr address;
	const char *label = host;
	if (inet_pton(AF_INET, host, &address) == 1)
		return true;
	for (;;) {
		size_t len = strspn(label, good);
		if (len == 0 || len > LONGEST_LABEL || label[0] == '-' || label[len - 1] == '-')
			return false;
		if (label[len] == '\0')
			break;
		if (label[len] != '.')
			return false;
		label += len + 1;
	}
	bool number = label[strspn(label, "0123456789")] == '\0' ||
	              (label[0] == '0' && (label[1] | 0x20) == 'x');
	return !number;
}

bool lsec_host_name_read(const char *text, size_t len, struct lsec_host_name *ret)
{
	struct in6_addr address;
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len > LSEC_LONGEST_HOST)
		return false;
	memcpy(ret->text, text, len);
	ret->text[len] = '\0';
	return bracketed ? inet_pton(AF_INET6, ret->text, &address) == 1 : is_host(ret->text);
}
