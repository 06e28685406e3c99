/* SPDX-License-Identifier: Apache-2.0 */
/* A stream as a call of gRPC: from header fields to the trailer of its answer
 * (gRPC doc/PROTOCOL-HTTP2.md). */
#include <stdio.h>
#include <string.h>

#include "parts.h"

/* What a stream may send before it is given more window (RFC 9113 6.9.2). */
#define FIRST_WINDOW 65535U

/* Calls at once whose memory, up to a window each, is worth giving back. */
#define CROWD 32

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
	call->next = connection->calls;
	if (call->next != NULL)
		call->next->previous = call;
	connection->calls = call;
	connection->call_count++;
	server->crowded |= ++server->call_count > CROWD;
	return call;
}

/* Neither has the floor nor waits for it any more. */
static void leave_floor(struct lsec_call *call)
{
	struct lsec_server *server = call->connection->server;
	if (call->turn != 0)
		server->waiting--;
	call->turn = 0;
	if (server->floor == call) {
		server->floor = NULL;
		server->trim = true;
	}
}

void lsec_call_free(struct lsec_call *call)
{
	struct lsec_connection *connection = call->connection;
	struct lsec_server *server = connection->server;
	leave_floor(call);
	if (call->next != NULL)
		call->next->previous = call->previous;
	if (call->previous != NULL)
		call->previous->next = call->next;
	else
		connection->calls = call->next;
	connection->call_count--;
	server->call_count--;
	if (server->call_count == 0 && server->crowded) {
		server->crowded = false;
		server->trim = true;
	}
	lsec_buffer_clear(&call->message.bytes);
	lsec_rpc_answer_clear(&call->answer);
	free(call);
}

void lsec_call_reset(struct lsec_call *call, uint32_t error)
{
	if (call->state == LSEC_CALL_OVER)
		return;
	call->state = LSEC_CALL_OVER;
	leave_floor(call);
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

/* Submits an answer, with a body where there is a provider of it. */
static void submit(struct lsec_call *call, const nghttp2_nv *fields, size_t count,
                   const nghttp2_data_provider *body)
{
	call->state = LSEC_CALL_ANSWER;
	call->connection->useful = call->connection->server->now;
	lsec_buffer_clear(&call->message.bytes);
	if (nghttp2_submit_response(call->connection->session, call->stream, fields, count, body) <
	    0)
		lsec_call_reset(call, NGHTTP2_INTERNAL_ERROR);
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
	(void)user;
	if (call->state != LSEC_CALL_ANSWER)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)message->len);
	for (; call->sent < LSEC_MESSAGE_PREFIX && put < room; put++)
		ret[put] = prefix[call->sent++];
	size_t done = call->sent - LSEC_MESSAGE_PREFIX;
	size_t more = put == room ? 0 : message->len - done;
	more = more < room - put ? more : room - put;
	if (more > 0)
		memcpy(ret + put, message->bytes + done, more);
	call->sent += more;
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
	submit(call, fields, 2, &body);
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
	lsec_owned_buffer encoded = {0};
	snprintf(number, sizeof(number), "%d", (int)code);
	lsec_rpc_encode_text(&encoded, text, longest_text(call));
	bool has_text = !encoded.failed && encoded.len > 0;
	const nghttp2_nv fields[] = {
		field(":status", "200"),
		field("content-type", "application/grpc"),
		field("grpc-status", number),
		field("grpc-message", has_text ? encoded.bytes : ""),
	};
	leave_floor(call);
	submit(call, fields, has_text ? 4 : 3, NULL);
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
	submit(call, fields, 1, NULL);
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
	call->state = LSEC_CALL_MESSAGE;
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
		       "found a grpc-timeout that is not 1 to 8 digits and one of H, M, S, m, u, "
		       "n");
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

/* Opens the window of the stream for what has been taken from it. */
static void give_window(struct lsec_call *call)
{
	nghttp2_session_consume_stream(call->connection->session, call->stream, call->held);
	call->held = 0;
}

static void take_floor(struct lsec_call *call)
{
	struct lsec_server *server = call->connection->server;
	leave_floor(call);
	server->floor = call;
	call->floor_since = server->now;
	give_window(call);
}

void lsec_floor_next(struct lsec_server *server)
{
	struct lsec_call *first = NULL;
	if (server->floor != NULL || server->waiting == 0)
		return;
	for (struct lsec_connection *connection = server->connections; connection != NULL;
	     connection = connection->next)
		for (struct lsec_call *call = connection->calls; call != NULL; call = call->next)
			if (call->turn != 0 && (first == NULL || call->turn < first->turn))
				first = call;
	if (first == NULL)
		return;
	take_floor(first);
	lsec_connection_pump(first->connection);
}

/* Lets the client go on; a message larger than the first window needs the floor for it. */
static void open_window(struct lsec_call *call)
{
	struct lsec_server *server = call->connection->server;
	if (!lsec_message_begun(&call->message))
		return;
	/* Padding takes window too, so a small message may need more than its bytes. */
	if (server->floor == call || call->message.want <= FIRST_WINDOW - LSEC_MESSAGE_PREFIX) {
		give_window(call);
	} else if (server->floor == NULL && server->waiting == 0) {
		take_floor(call);
	} else if (call->turn == 0) {
		call->turn = ++server->turns;
		server->waiting++;
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
	call->held += len;
	enum lsec_message_fault fault = lsec_message_add(
		&call->message, call->connection->server->setup.longest, bytes, len);
	if (fault == LSEC_MESSAGE_FINE)
		open_window(call);
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
	call->floor_since = server->now;
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

/* How long a call may have the floor while so many wait: the more, the shorter,
 * but always long enough for a client that does not mean to be slow. */
static int64_t patience(size_t waiting)
{
	int64_t share = LSEC_MAX_FLOOR_SECONDS * LSEC_SECOND / (int64_t)waiting;
	return share > 2 * LSEC_SECOND ? share : 2 * LSEC_SECOND;
}

void lsec_call_check_time(struct lsec_call *call)
{
	const struct lsec_server *server = call->connection->server;
	bool dawdles = server->floor == call && server->waiting > 0 &&
	               server->now - call->floor_since > patience(server->waiting);
	if (call->state == LSEC_CALL_MESSAGE && server->now >= call->deadline)
		refuse(call, LSEC_RPC_DEADLINE_EXCEEDED,
		       "the client's deadline, or " LSEC_TEXT(
			       LSEC_MAX_REQUEST_SECONDS) " seconds, are over before the call is "
		                                         "complete");
	else if (call->state == LSEC_CALL_MESSAGE && dawdles)
		refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED,
		       "found a large message that takes too long while others wait; send it "
		       "again");
	else if (call->state == LSEC_CALL_ANSWER && dawdles)
		lsec_call_reset(call, NGHTTP2_CANCEL);
}
