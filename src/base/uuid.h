/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs that are made from names: RFC 9562 5.5. */
#ifndef LAUNCHSEC_BASE_UUID_H
#define LAUNCHSEC_BASE_UUID_H

#include <stdint.h>

#define LSEC_UUID_SIZE 16
#define LSEC_UUID_ROOM 37 /* of the text, with its NUL */

/* A UUID as text, in lower case. */
struct lsec_uuid {
	char text[LSEC_UUID_ROOM];
};

/* The UUID of version 5 of a name in a namespace: from SHA-1 over both. */
struct lsec_uuid lsec_uuid_of_name(const uint8_t name_space[LSEC_UUID_SIZE], const char *name);

#endif
