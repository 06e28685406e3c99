/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf-c with a memory budget, and refusals of what it cannot read. */
#include "protobuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

/* For the structure itself, and what protobuf-c needs to find a few fields. */
#define SPARE_MEMORY 65536U

/* The context is how many bytes may still be allocated. */
static void *allocate(void *context, size_t size)
{
	size_t *left = context;
	if (size > *left)
		return NULL;
	*left -= size;
	return lsec_malloc(size);
}

static void release(void *context, void *memory)
{
	(void)context;
	free(memory);
}

void lsec_protobuf_refuse(struct lsec_rpc_answer *answer, struct lsec_log *log, const char *place,
                          const char *fmt, ...)
{
	const enum lsec_rpc_code code = LSEC_RPC_INVALID_ARGUMENT;
	const struct lsec_log_field fields[] = {
		{.name = "code", .text = lsec_rpc_code_name(code)},
	};
	va_list args;
	va_start(args, fmt);
	cleanup_free char *what = lsec_format_args(fmt, args);
	va_end(args);
	cleanup_free char *line = lsec_format("%s: %s", place, what);
	answer->code = code;
	lsec_buffer_format(&answer->text, LSEC_ERROR_LINE "%s", line);
	lsec_log_line(log, LSEC_ERROR, fields, 1, line);
}

ProtobufCMessage *lsec_protobuf_unpack(const ProtobufCMessageDescriptor *type, const char *bytes,
                                       size_t len)
{
	size_t left = len + SPARE_MEMORY;
	ProtobufCAllocator allocator = {allocate, release, &left};
	return protobuf_c_message_unpack(type, &allocator, len, (const uint8_t *)bytes);
}

ProtobufCMessage *lsec_protobuf_read(const ProtobufCMessageDescriptor *type, const char *bytes,
                                     size_t len, struct lsec_log *log,
                                     struct lsec_rpc_answer *answer)
{
	ProtobufCMessage *message = lsec_protobuf_unpack(type, bytes, len);
	if (message == NULL)
		lsec_protobuf_refuse(answer, log, "request",
		                     "%zu bytes are not a protobuf message %s", len, type->name);
	return message;
}

/* Where protobuf-c puts the bytes of a message; it knows the first member. */
struct sink {
	ProtobufCBuffer base;
	struct lsec_buffer *to;
};

static void append(ProtobufCBuffer *buffer, size_t len, const uint8_t *bytes)
{
	lsec_buffer_add(((struct sink *)buffer)->to, (const char *)bytes, len);
}

void lsec_protobuf_write(const ProtobufCMessage *message, struct lsec_rpc_answer *answer)
{
	struct sink sink = {{append}, &answer->message};
	answer->code = LSEC_RPC_OK;
	protobuf_c_message_pack_to_buffer(message, &sink.base);
}

void lsec_protobuf_free(ProtobufCMessage *message)
{
	ProtobufCAllocator allocator = {allocate, release, NULL};
	if (message != NULL)
		protobuf_c_message_free_unpacked(message, &allocator);
}

ProtobufCBinaryData lsec_protobuf_bytes(const char *bytes, size_t len)
{
	return (ProtobufCBinaryData){len, lsec_unconst(bytes)};
}

ProtobufCBinaryData lsec_protobuf_text(const char *text)
{
	return lsec_protobuf_bytes(text, strlen(text));
}

bool lsec_protobuf_is(ProtobufCBinaryData field, const char *text)
{
	return field.len == strlen(text) &&
	       (field.len == 0 || memcmp(field.data, text, field.len) == 0);
}
