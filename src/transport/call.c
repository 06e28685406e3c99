/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream as a call of gRPC: from header fields to the trailer of its answer
 * (gRPC doc/PROTOCOL-HTTP2.md).
 *
 * A call goes through its states in this order and never back, but may leave some out:
 *
 * HEADERS  header fields are added. At their end: MESSAGE, or OVER if they are malformed.
 * MESSAGE  bytes of the body are added to the message; it may be given window (flow.c); its
 * deadline counts. At the client's end the method is run. What is wrong is refused as soon as it is
 *          known. Both make an answer: ANSWER.
 * ANSWER   the message is freed. nghttp2 takes the answer as the client gives window for it. What
 * the client still sends is not looked at; it is told to stop once the answer has left: OVER. OVER
 * the stream is reset. Nothing is kept of message and answer.
 *
 * In each of them nghttp2 may close the stream, or the connection may end: the call is freed.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

/* Bytes of a list of header fields for those beside grpc-message. */
#define OTHER_FIELDS 256U
#define LONGEST_TEXT 60000U

struct lsec_call *lsec_call_new(struct lsec_connection *connection, int32_t stream)
{
	struct lsec_server *server = connection->server;
	/* Room for one call of each connection is kept free. */
	if (connection->call_count > 0 &&
	    server->call_count >= LSEC_MAX_CALLS - LSEC_MAX_CONNECTIONS)
		return NULL;
	struct lsec_call *call = calloc(1, sizeof(*call));
	if (call == NULL)
		return NULL;
	call->connection = connection;
	call->stream = stream;
	call->request = (struct lsec_rpc_request)LSEC_RPC_REQUEST_INIT;
	call->deadline = server->now + LSEC_MAX_REQUEST_SECONDS * LSEC_SECOND;
	call->moved = server->now;
	call->next = connection->calls;
	if (call->next != NULL)
		call->next->previous = call;
	connection->calls = call;
	connection->call_count++;
	server->call_count++;
	return call;
}

static void go_to(struct lsec_call *call, enum lsec_call_state state)
{
	assert(state > call->state);
	call->state = state;
}

void lsec_call_free(struct lsec_call *call)
{
	struct lsec_connection *connection = call->connection;
	assert(connection->call_count > 0 && connection->server->call_count > 0);
	if (call->next != NULL)
		call->next->previous = call->previous;
	if (call->previous != NULL)
		call->previous->next = call->next;
	else
		connection->calls = call->next;
	connection->call_count--;
	connection->server->call_count--;
	lsec_buffer_clear(&call->message.bytes);
	lsec_rpc_answer_clear(&call->answer);
	free(call);
}

void lsec_call_reset(struct lsec_call *call, uint32_t error)
{
	if (call->state == LSEC_CALL_OVER)
		return;
	go_to(call, LSEC_CALL_OVER);
	call->queued = 0;
	/* The stream may stay for a while, if the client does not read. */
	lsec_buffer_clear(&call->message.bytes);
	lsec_rpc_answer_clear(&call->answer);
	if (nghttp2_submit_rst_stream(call->connection->session, NGHTTP2_FLAG_NONE, call->stream,
	                              error) < 0)
		call->connection->broken = true;
}

static nghttp2_nv field(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = lsec_unconst(name),
		.value = lsec_unconst(value),
		.namelen = strlen(name),
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NONE,
	};
}

/* Submits an answer that takes so many bytes, with a body where there is a provider of it. */
static void submit(struct lsec_call *call, const nghttp2_nv *fields, size_t count,
                   const nghttp2_data_provider *body, size_t bytes)
{
	go_to(call, LSEC_CALL_ANSWER);
	call->queued = bytes;
	lsec_buffer_clear(&call->message.bytes);
	if (nghttp2_submit_response(call->connection->session, call->stream, fields, count, body) <
	    0)
		lsec_call_reset(call, NGHTTP2_INTERNAL_ERROR);
	lsec_buffer_clear(&call->answer.text);
}

static void end_body(nghttp2_session *session, int32_t stream, uint32_t *flags)
{
	const nghttp2_nv trailer[] = {field("grpc-status", "0")};
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (nghttp2_submit_trailer(session, stream, trailer, 1) == 0)
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
}

/* nghttp2 takes the next bytes of an answer: the prefix, then the message. */
static ssize_t give_body(nghttp2_session *session, int32_t stream, uint8_t *ret, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct lsec_call *call = source->ptr;
	const struct lsec_buffer *message = &call->answer.message;
	size_t put = 0;
	size_t at = call->sent;
	(void)user;
	if (call->state != LSEC_CALL_ANSWER)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)message->len);
	for (; at < LSEC_MESSAGE_PREFIX && put < room; put++)
		ret[put] = prefix[at++];
	size_t more = put == room ? 0 : message->len - (at - LSEC_MESSAGE_PREFIX);
	more = more < room - put ? more : room - put;
	if (more > 0)
		memcpy(ret + put, message->bytes + (at - LSEC_MESSAGE_PREFIX), more);
	lsec_flow_sent(call, put + more);
	if (call->sent == LSEC_MESSAGE_PREFIX + message->len)
		end_body(session, stream, flags);
	return (ssize_t)(put + more);
}

static void answer_ok(struct lsec_call *call)
{
	const nghttp2_nv fields[] = {
		field(":status", "200"),
		field("content-type", "application/grpc"),
	};
	const nghttp2_data_provider body = {.source.ptr = call, .read_callback = give_body};
	submit(call, fields, 2, &body, call->answer.message.len);
}

/* How long a status text the client takes, by its SETTINGS_MAX_HEADER_LIST_SIZE. */
static size_t longest_text(const struct lsec_call *call)
{
	uint32_t list = nghttp2_session_get_remote_settings(call->connection->session,
	                                                    NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
	size_t longest = list < OTHER_FIELDS ? 0 : list - OTHER_FIELDS;
	return longest < LONGEST_TEXT ? longest : LONGEST_TEXT;
}

/* A status other than OK, in a header block that is all of the answer. */
static void answer_status(struct lsec_call *call, enum lsec_rpc_code code, const char *text)
{
	char number[12];
	cleanup_buffer struct lsec_buffer encoded = {0};
	snprintf(number, sizeof(number), "%d", (int)code);
	lsec_rpc_encode_text(&encoded, text, longest_text(call));
	bool has_text = !encoded.failed && encoded.len > 0;
	const nghttp2_nv fields[] = {
		field(":status", "200"),
		field("content-type", "application/grpc"),
		field("grpc-status", number),
		field("grpc-message", has_text ? encoded.bytes : ""),
	};
	submit(call, fields, has_text ? 4 : 3, NULL, encoded.len);
}

/* What no service gets to see is refused, and logged, here. */
static void refuse(struct lsec_call *call, enum lsec_rpc_code code, const char *text)
{
	struct lsec_log *log = call->connection->server->setup.log;
	const struct lsec_quote path = lsec_quote(call->request.path);
	const struct lsec_log_field fields[] = {
		{.name = "method", .text = path.text},
		{.name = "code", .text = lsec_rpc_code_name(code)},
	};
	lsec_log_line(log, LSEC_WARNING, fields, 2, text);
	answer_status(call, code, text);
}

/* Not gRPC at all: an answer of HTTP, without a body. */
static void answer_http(struct lsec_call *call, const char *status)
{
	const nghttp2_nv fields[] = {field(":status", status)};
	submit(call, fields, 1, NULL, 0);
}

static const struct lsec_rpc_method *find_method(const struct lsec_server *server, const char *path,
                                                 void **ret_context)
{
	for (const struct lsec_rpc_service *service = server->setup.services;
	     service->methods != NULL; service++)
		for (const struct lsec_rpc_method *method = service->methods; method->path != NULL;
		     method++)
			if (strcmp(method->path, path) == 0) {
				*ret_context = service->context;
				return method;
			}
	return NULL;
}

static void begin(struct lsec_call *call)
{
	const struct lsec_rpc_request *request = &call->request;
	const struct lsec_server *server = call->connection->server;
	call->method = find_method(server, request->path, &call->context);
	go_to(call, LSEC_CALL_MESSAGE);
	if (request->timeout >= 0 && request->timeout < call->deadline - server->now)
		call->deadline = server->now + request->timeout;
	if (!request->post)
		answer_http(call, "405");
	else if (!request->grpc)
		answer_http(call, "415");
	else if (request->bytes > LSEC_MAX_HEADER_LIST)
		refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED,
		       "found more header fields than " LSEC_TEXT(LSEC_MAX_HEADER_LIST) " bytes");
	else if (request->bad_timeout)
		refuse(call, LSEC_RPC_INTERNAL,
		       "found a grpc-timeout that is not 1 to 8 digits and one of H, M, S, m, u, n");
	else if (call->method == NULL)
		refuse(call, LSEC_RPC_UNIMPLEMENTED,
		       "found a method that this server does not have");
}

void lsec_call_headers(struct lsec_call *call)
{
	bool trailer = call->state != LSEC_CALL_HEADERS;
	if (!trailer)
		lsec_rpc_request_end(&call->request);
	if (call->request.malformed)
		lsec_call_reset(call, NGHTTP2_PROTOCOL_ERROR);
	else if (!trailer)
		begin(call);
}

static void refuse_fault(struct lsec_call *call, enum lsec_message_fault fault)
{
	const size_t longest = call->connection->server->setup.longest;
	char text[128];
	switch (fault) {
	case LSEC_MESSAGE_FINE:
		return;
	case LSEC_MESSAGE_COMPRESSED:
		refuse(call, LSEC_RPC_UNIMPLEMENTED,
		       "found a compressed message; want it uncompressed");
		return;
	case LSEC_MESSAGE_BAD_FLAG:
		refuse(call, LSEC_RPC_INTERNAL,
		       "found a message that does not begin with 0 or 1; want gRPC's framing");
		return;
	case LSEC_MESSAGE_TOO_LARGE:
		snprintf(text, sizeof(text), "found a message of %u bytes; want %zu at most",
		         call->message.want, longest);
		refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED, text);
		return;
	case LSEC_MESSAGE_SECOND:
		refuse(call, LSEC_RPC_INTERNAL,
		       "found more than one message; want one for this method");
		return;
	case LSEC_MESSAGE_NO_MEMORY:
		refuse(call, LSEC_RPC_INTERNAL, "out of memory");
		return;
	}
}

void lsec_call_data(struct lsec_call *call, const uint8_t *bytes, size_t len)
{
	nghttp2_session *session = call->connection->session;
	call->received += len;
	if (call->request.has_length && call->received > call->request.length)
		lsec_call_reset(call, NGHTTP2_PROTOCOL_ERROR);
	if (call->state != LSEC_CALL_MESSAGE) {
		nghttp2_session_consume(session, call->stream, len);
		return;
	}
	nghttp2_session_consume_connection(session, len);
	enum lsec_message_fault fault = lsec_message_add(
		&call->message, call->connection->server->setup.longest, bytes, len);
	if (fault == LSEC_MESSAGE_FINE)
		lsec_flow_took(call, len);
	else
		refuse_fault(call, fault);
}

static void dispatch(struct lsec_call *call)
{
	struct lsec_server *server = call->connection->server;
	struct lsec_rpc_answer *answer = &call->answer;
	const struct lsec_buffer *message = &call->message.bytes;
	call->method->handle(call->context, message->bytes == NULL ? "" : message->bytes,
	                     message->len, answer);
	/* What the server took for it is not the client's delay. */
	server->now = lsec_clock();
	call->moved = server->now;
	server->stopping |= answer->stop;
	bool failed = answer->message.failed || answer->text.failed;
	struct lsec_rpc_later *later = answer->later;
	answer->later = NULL;
	if (later != NULL) {
		later->next = NULL;
		later->failed = failed;
		*server->last_later = later;
		server->last_later = &later->next;
	}
	if (failed && later == NULL)
		refuse(call, LSEC_RPC_INTERNAL, "out of memory");
	else if (failed)
		answer_status(call, LSEC_RPC_INTERNAL, "out of memory");
	else if (answer->code != LSEC_RPC_OK)
		answer_status(call, answer->code,
		              answer->text.bytes == NULL ? "" : answer->text.bytes);
	else
		answer_ok(call);
}

void lsec_call_end(struct lsec_call *call)
{
	struct lsec_server *server = call->connection->server;
	call->request_ended = true;
	server->now = lsec_clock(); /* calls before this one may have taken long */
	if (call->request.has_length && call->received != call->request.length)
		lsec_call_reset(call, NGHTTP2_PROTOCOL_ERROR);
	if (call->state != LSEC_CALL_MESSAGE)
		return;
	if (!lsec_message_whole(&call->message))
		refuse(call, LSEC_RPC_INTERNAL,
		       call->message.prefix_len == 0
		               ? "found no message; want one for this method"
		               : "found the end of the call in the middle of its message");
	else if (server->now >= call->deadline)
		refuse(call, LSEC_RPC_DEADLINE_EXCEEDED, "the client's deadline is over");
	else
		dispatch(call);
}

/* A client that is still sending is told to stop (RFC 9113 8.1). */
void lsec_call_sent(struct lsec_call *call)
{
	if (!call->request_ended && call->state == LSEC_CALL_ANSWER)
		lsec_call_reset(call, NGHTTP2_NO_ERROR);
}

void lsec_call_check_time(struct lsec_call *call)
{
	if (call->state == LSEC_CALL_MESSAGE && call->connection->server->now >= call->deadline)
		refuse(call, LSEC_RPC_DEADLINE_EXCEEDED,
		       "the client's deadline, or " LSEC_TEXT(
			       LSEC_MAX_REQUEST_SECONDS) " seconds, are over before the call is complete");
}

void lsec_call_give_up(struct lsec_call *call)
{
	struct lsec_connection *connection = call->connection;
	assert(call->state == LSEC_CALL_MESSAGE || call->state == LSEC_CALL_ANSWER);
	if (call->state == LSEC_CALL_MESSAGE)
		refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED,
		       "the message arrives too slowly while others wait; send it again");
	else
		lsec_connection_kill(connection); /* with what nghttp2 has of the answer */
	lsec_connection_pump(connection);
}
