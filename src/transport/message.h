/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message as gRPC frames it: a byte that says whether it is compressed, four bytes of length
 * (most significant first), the message (gRPC PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). Put
 * together from pieces of any size; memory grows with what has arrived, not with what was
 * announced.
 */
#ifndef LAUNCHSEC_TRANSPORT_MESSAGE_H
#define LAUNCHSEC_TRANSPORT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define LSEC_MESSAGE_PREFIX 5

enum lsec_message_fault {
	LSEC_MESSAGE_FINE,
	LSEC_MESSAGE_COMPRESSED,
	LSEC_MESSAGE_BAD_FLAG,  /* the first byte is neither 0 nor 1 */
	LSEC_MESSAGE_TOO_LARGE, /* announced to be larger than `longest` */
	LSEC_MESSAGE_SECOND,    /* bytes after the message */
};

struct lsec_message {
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	size_t prefix_len; /* bytes of it that have arrived */
	uint32_t want;     /* length of the message, once the prefix is whole */
	struct lsec_buffer bytes;
};

/* Adds the next piece. After a fault, nothing more may be added. */
enum lsec_message_fault lsec_message_add(struct lsec_message *message, size_t longest,
                                         const uint8_t *piece, size_t len);

/* Whether the prefix, and whether all of the message has arrived. */
bool lsec_message_begun(const struct lsec_message *message);
bool lsec_message_whole(const struct lsec_message *message);

/* Writes the prefix of an uncompressed message of `len` bytes. */
void lsec_message_prefix(uint8_t ret[LSEC_MESSAGE_PREFIX], uint32_t len);

#endif
