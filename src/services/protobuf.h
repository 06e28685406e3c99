/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between bytes and protobuf-c's structures. Reading uses no more memory than a message of
 * launchsec's services can need: a message of millions of empty fields would otherwise cost twenty
 * times its size.
 */
#ifndef LAUNCHSEC_SERVICES_PROTOBUF_H
#define LAUNCHSEC_SERVICES_PROTOBUF_H

#include <protobuf-c/protobuf-c.h>

#include "log/log.h"
#include "transport/rpc.h"

/*
 * Reads a message; to be freed with lsec_protobuf_put(). NULL where it is none, or would need more
 * memory than a message of launchsec's services.
 */
ProtobufCMessage *lsec_protobuf_unpack(const ProtobufCMessageDescriptor *type, const char *bytes,
                                       size_t len);

/*
 * The same for a service: where it is NULL, fills in the answer and logs it.
 */
ProtobufCMessage *lsec_protobuf_read(const ProtobufCMessageDescriptor *type, const char *bytes,
                                     size_t len, struct lsec_log *log,
                                     struct lsec_rpc_answer *answer);

/*
 * Fills in an answer that refuses the call for an invalid argument at `place`, as the command line
 * would print it, and logs it.
 */
void lsec_protobuf_refuse(struct lsec_rpc_answer *answer, struct lsec_log *log, const char *place,
                          const char *fmt, ...) LSEC_PRINTF(4, 5);

/* Adds a message to the answer, which is OK then. */
void lsec_protobuf_write(const ProtobufCMessage *message, struct lsec_rpc_answer *answer);

/* Frees a message that was read. NULL is fine. */
void lsec_protobuf_free(ProtobufCMessage *message);

static inline void lsec_protobuf_put(ProtobufCMessage **message)
{
	lsec_protobuf_free(*message);
}
#define cleanup_message LSEC_CLEANUP(lsec_protobuf_put)

/* A field over bytes, or over a text, which it borrows. */
ProtobufCBinaryData lsec_protobuf_bytes(const char *bytes, size_t len);
ProtobufCBinaryData lsec_protobuf_text(const char *text);

/* Whether a field holds just that text. */
bool lsec_protobuf_is(ProtobufCBinaryData field, const char *text);

#endif
