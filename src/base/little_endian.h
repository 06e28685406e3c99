/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of 1 to 8 bytes in memory, the lowest byte first, at any address. */
#ifndef LAUNCHSEC_BASE_LITTLE_ENDIAN_H
#define LAUNCHSEC_BASE_LITTLE_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t lsec_get_number(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;
	for (size_t i = size; i > 0; i--)
		number = number << 8 | bytes[i - 1];
	return number;
}

static inline uint32_t lsec_get_u32(const uint8_t *bytes)
{
	return (uint32_t)lsec_get_number(bytes, 4);
}

static inline void lsec_put_number(uint8_t *ret, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		ret[i] = (uint8_t)(number >> 8 * i);
}

#endif
