/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and ports in values. */
#ifndef LAUNCHSEC_ANNOTATIONS_ADDRESS_H
#define LAUNCHSEC_ANNOTATIONS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A DNS name (RFC 1035 2.3.4, without the length bytes). */
#define LSEC_LONGEST_HOST 253
#define LSEC_HIGHEST_PORT 65535U

struct lsec_host_name {
	char text[LSEC_LONGEST_HOST + 1]; /* without brackets */
};

/* Reads a host of `len` bytes: a name, an IPv4 address, or an IPv6 address in brackets. False for
 * anything else, also for what resolvers take for an address nevertheless (127.1, 0x7f000001). */
bool lsec_host_name_read(const char *text, size_t len, struct lsec_host_name *ret);

/* Whether a text of `len` bytes is a number from 1 to `highest` in the one way to write it. */
bool lsec_is_decimal(const char *text, size_t len, uint64_t highest);

#endif
