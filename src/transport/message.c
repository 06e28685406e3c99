/* SPDX-License-Identifier: Apache-2.0 */
/* One message, put together from the pieces of a body that carry it. */
#include "message.h"

#include <string.h>

bool lsec_message_begun(const struct lsec_message *message)
{
	return message->prefix_len == LSEC_MESSAGE_PREFIX;
}

bool lsec_message_whole(const struct lsec_message *message)
{
	return lsec_message_begun(message) && message->bytes.len == message->want;
}

static enum lsec_message_fault read_prefix(struct lsec_message *message, size_t longest)
{
	const uint8_t *prefix = message->prefix;
	if (prefix[0] > 1)
		return LSEC_MESSAGE_BAD_FLAG;
	if (prefix[0] == 1)
		return LSEC_MESSAGE_COMPRESSED;
	message->want = (uint32_t)prefix[1] << 24 | (uint32_t)prefix[2] << 16 |
	                (uint32_t)prefix[3] << 8 | (uint32_t)prefix[4];
	return message->want > longest ? LSEC_MESSAGE_TOO_LARGE : LSEC_MESSAGE_FINE;
}

enum lsec_message_fault lsec_message_add(struct lsec_message *message, size_t longest,
                                         const uint8_t *piece, size_t len)
{
	if (!lsec_message_begun(message)) {
		size_t lacking = LSEC_MESSAGE_PREFIX - message->prefix_len;
		size_t taken = len < lacking ? len : lacking;
		memcpy(message->prefix + message->prefix_len, piece, taken);
		message->prefix_len += taken;
		piece += taken;
		len -= taken;
		if (!lsec_message_begun(message))
			return LSEC_MESSAGE_FINE;
		enum lsec_message_fault fault = read_prefix(message, longest);
		if (fault != LSEC_MESSAGE_FINE)
			return fault;
	}
	if (len > message->want - message->bytes.len)
		return LSEC_MESSAGE_SECOND;
	lsec_buffer_add(&message->bytes, (const char *)piece, len);
	return LSEC_MESSAGE_FINE;
}

void lsec_message_prefix(uint8_t ret[LSEC_MESSAGE_PREFIX], uint32_t len)
{
	ret[0] = 0;
	for (unsigned i = 0; i < 4; i++)
		ret[1 + i] = (uint8_t)(len >> (24 - 8 * i));
}
