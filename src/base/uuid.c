/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs of version 5. What they are made from is not secret, so SHA-1 does. */
#include "uuid.h"

#include <nettle/sha1.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "text.h"

struct lsec_uuid lsec_uuid_of_name(const uint8_t name_space[LSEC_UUID_SIZE], const char *name)
{
	struct sha1_ctx sha1;
	uint8_t bytes[LSEC_UUID_SIZE];
	struct lsec_uuid ret;
	sha1_init(&sha1);
	sha1_update(&sha1, LSEC_UUID_SIZE, name_space);
	sha1_update(&sha1, strlen(name), (const uint8_t *)name);
	sha1_digest(&sha1, sizeof(bytes), bytes);
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x50); /* the version */
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* the variant */
	cleanup_free char *hex = lsec_hex_encode(bytes, sizeof(bytes));
	snprintf(ret.text, sizeof(ret.text), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
	         hex + 16, hex + 20);
	return ret;
}
