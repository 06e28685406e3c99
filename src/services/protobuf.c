/* SPDX-License-Identifier: Apache-2.0 */
#include "protobuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

/* For the structure itself, and what protobuf-c needs to find a few fields. */
#define SPARE_MEMORY 65536U

struct budget {
	size_t left;
	bool ran_out; /* malloc() failed, rather than the budget */
};

static void *allocate(void *context, size_t size)
{
	struct budget *budget = context;
	if (size > budget->left)
		return NULL;
	budget->left -= size;
	void *memory = malloc(size);
	budget->ran_out |= memory == NULL;
	return memory;
}

static void release(void *context, void *memory)
{
	(void)context;
	free(memory);
}

void lsec_protobuf_refuse(struct lsec_rpc_answer *answer, struct lsec_log *log,
                          enum lsec_rpc_code code, const char *place, const char *fmt, ...)
{
	const struct lsec_log_field fields[] = {
		{.name = "code", .text = lsec_rpc_code_name(code)},
	};
	va_list args;
	va_start(args, fmt);
	cleanup_free char *what = lsec_format_args(fmt, args);
	va_end(args);
	cleanup_free char *line = what == NULL ? NULL : lsec_format("%s: %s", place, what);
	answer->code = code;
	answer->text.failed |= line == NULL;
	if (line != NULL)
		lsec_buffer_format(&answer->text, LSEC_ERROR_LINE "%s", line);
	if (!answer->text.failed) /* else the transport logs that */
		lsec_log_line(log, LSEC_ERROR, fields, 1, line);
}

ProtobufCMessage *lsec_protobuf_read(const ProtobufCMessageDescriptor *type, const char *bytes,
                                     size_t len, struct lsec_log *log,
                                     struct lsec_rpc_answer *answer)
{
	struct budget budget = {.left = len + SPARE_MEMORY};
	ProtobufCAllocator allocator = {allocate, release, &budget};
	ProtobufCMessage *message =
		protobuf_c_message_unpack(type, &allocator, len, (const uint8_t *)bytes);
	if (message != NULL)
		return message;
	if (budget.ran_out)
		lsec_protobuf_refuse(answer, log, LSEC_RPC_INTERNAL, "launchsec", "out of memory");
	else
		lsec_protobuf_refuse(answer, log, LSEC_RPC_INVALID_ARGUMENT, "request",
		                     "found %zu bytes that are no protobuf message %s", len,
		                     type->name);
	return NULL;
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
