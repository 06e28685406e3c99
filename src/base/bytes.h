/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from text and to it, base64 and hex, of an exact size; and little-endian numbers. */
#ifndef LAUNCHSEC_BASE_BYTES_H
#define LAUNCHSEC_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest field is idAuth, in bytes: AMD 56860, "ID authentication information structure". */
#define LSEC_LONGEST_FIELD 4096

/* The canonical base64 of `len` bytes, allocated. */
char *lsec_base64_encode(const void *bytes, size_t len);

/* The bytes of a text that is canonical base64, allocated, with a NUL after them; NULL where it is
 * not that. */
char *lsec_base64_read(const char *text, size_t *ret_len);

/* Decodes canonical base64 into exactly `size` bytes. */
bool lsec_base64_decode(const char *text, uint8_t *ret, size_t size);

/* Decodes hex of either case into exactly `size` bytes. */
bool lsec_hex_decode(const char *text, uint8_t *ret, size_t size);

/* The hex digits of `len` bytes, in lower case, allocated. */
char *lsec_hex_encode(const void *bytes, size_t len);

/* How many bytes a text is the canonical base64 of; 0 when it is not that. */
size_t lsec_base64_bytes(const char *text);

/* A number of `size` bytes, at most 8, the least significant one first, at any address. */
uint64_t lsec_little_endian(const uint8_t *bytes, size_t size);
void lsec_put_little_endian(uint64_t number, uint8_t *ret, size_t size);
static inline uint32_t lsec_little_endian_32(const uint8_t *bytes)
{
	return (uint32_t)lsec_little_endian(bytes, 4);
}

/* Whether all bytes are zero. */
bool lsec_is_zero(const uint8_t *bytes, size_t size);

#endif
