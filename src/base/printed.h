/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as attestation tools and verifiers print them. Each of these forms may stand for the
 * same bytes; digits and letters are accepted in either case:
 *
 *   6a92b8…  0x6a92b8…  hex:6a92b8…  sha256:6a92b8…  "6a92b8…"
 *   6a 92 b8  6a:92:b8  6a92 b837  0x6a, 0x92, 0xb8  \x6a\x92\xb8  also over several lines
 *   00000000: 6a92 b837  jj..       a dump with offsets, as xxd, hexdump and od print it
 *   [106, 146, 184]  [106 146 184]  numbers, as JSON, Rust and Go print them
 *   apK4…=  base64:apK4…=           base64 with +/ or -_, with or without padding
 */
#ifndef LAUNCHSEC_BASE_PRINTED_H
#define LAUNCHSEC_BASE_PRINTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lsec_printed {
	LSEC_PRINTED_UNKNOWN, /* in no form that gives so many bytes */
	LSEC_PRINTED_OTHER,   /* so many bytes, but others */
	LSEC_PRINTED_SAME,
};

/* The longest value that can be compared, in bytes. */
#define LSEC_LONGEST_PRINTED 128

/* Compares a printed value with `size` bytes, at most LSEC_LONGEST_PRINTED. A text that can be
 * read in two ways is the same where one of them is. */
enum lsec_printed lsec_printed_compare(const char *text, const uint8_t *bytes, size_t size);

/* Reads a printed value of `size` bytes, at most LSEC_LONGEST_PRINTED; of several readings, the
 * first in the order above. False where there is none. */
bool lsec_printed_read(const char *text, uint8_t *ret, size_t size);

#endif
