/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream as a call of gRPC: from header fields to the trailer of its answer
 * (gRPC doc/PROTOCOL-HTTP2.md).
 *
 * A call goes through its states in this order and never back, but may leave some out:
 *
 * - HEADERS: header fields are added. At their end: MESSAGE, or OVER if they are malformed.
 * - MESSAGE: bytes of the body are added to the message; it may be given window; its deadline
 *   counts. At the client's end the method is run. Errors are refused as soon as they are known.
 *   Both make an answer: ANSWER. A body that is not as announced: OVER.
 * - ANSWER: the message is freed. nghttp2 reads the answer as the client gives window for it. What
 *   the client still sends is ignored; it is asked to stop once the answer has left: OVER.
 * - OVER: the stream is reset. Nothing is kept of message and answer.
 *
 * In each of them nghttp2 may close the stream, or the connection may end: the call is freed. A
 * call knows its session, to submit frames to, and what all calls share; nothing of the connection.
 */
#include "call.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http2.h"
#include "launchsec/limits.h"

/* Bytes of a list of header fields for those beside grpc-message. */
#define OTHER_FIELDS 256U
#define LONGEST_TEXT 60000U

struct lsec_call *lsec_call_new(struct lsec_calls *all, nghttp2_session *session, int32_t stream)
{
	struct lsec_call *call = lsec_calloc(1, sizeof(*call));
	call->all = all;
	call->session = session;
	call->stream = stream;
	call->request = (struct lsec_rpc_request)LSEC_RPC_REQUEST_INIT;
	call->deadline = all->now + LSEC_MAX_REQUEST_SECONDS * LSEC_SECOND;
	call->moved = all->now;
	all->count++;
	return call;
}

static void go_to(struct lsec_call *call, enum lsec_call_state state)
{
	assert(state > call->state);
	call->state = state;
}

static void drop_bytes(struct lsec_call *call)
{
	call->queued = 0;
	lsec_buffer_clear(&call->message.bytes);
	lsec_rpc_answer_clear(&call->answer);
}

void lsec_call_free(struct lsec_call *call)
{
	assert(call->all->count > 0);
	call->all->count--;
	drop_bytes(call);
	free(call);
}

void lsec_call_reset(struct lsec_call *call, uint32_t error)
{
	if (call->state == LSEC_CALL_OVER)
		return;
	go_to(call, LSEC_CALL_OVER);
	drop_bytes(call); /* the stream may stay for a while, if the client does not read */
	nghttp2_submit_rst_stream(call->session, NGHTTP2_FLAG_NONE, call->stream, error);
}

bool lsec_call_is_large(const struct lsec_call *call)
{
	return call->message.want > LSEC_FIRST_WINDOW - LSEC_MESSAGE_PREFIX ||
	       call->queued > LSEC_FIRST_WINDOW;
}

static void give_window(struct lsec_call *call)
{
	nghttp2_session_consume_stream(call->session, call->stream, call->held);
	call->held = 0;
}

void lsec_call_go_on(struct lsec_call *call)
{
	assert(call->state == LSEC_CALL_MESSAGE);
	call->moved = call->all->now;
	give_window(call);
}

/* Submits an answer that takes so many bytes, with a body where there is a provider of it. */
static void submit(struct lsec_call *call, const nghttp2_nv *fields, size_t count,
                   const nghttp2_data_provider *body, size_t bytes)
{
	go_to(call, LSEC_CALL_ANSWER);
	call->queued = bytes;
	lsec_buffer_clear(&call->message.bytes);
	nghttp2_submit_response(call->session, call->stream, fields, count, body);
	lsec_buffer_clear(&call->answer.text);
}

static void end_body(nghttp2_session *session, int32_t stream, uint32_t *flags)
{
	const nghttp2_nv trailer[] = {lsec_http2_field("grpc-status", "0")};
	*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
	nghttp2_submit_trailer(session, stream, trailer, 1);
}

/* nghttp2 takes the next bytes of an answer: the prefix, then the message. */
static ssize_t give_body(nghttp2_session *session, int32_t stream, uint8_t *ret, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct lsec_call *call = source->ptr;
	const struct lsec_buffer *message = &call->answer.message;
	const size_t before = call->sent;
	size_t at = before;
	size_t put = 0;
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
	call->sent += put + more;
	if (call->sent / LSEC_FLOW_STEP > before / LSEC_FLOW_STEP)
		call->moved = call->all->now;
	if (call->sent == LSEC_MESSAGE_PREFIX + message->len)
		end_body(session, stream, flags);
	return (ssize_t)(put + more);
}

static void count_answer(struct lsec_call *call, enum lsec_rpc_code code)
{
	call->all->answers++;
	if (call->answered != NULL)
		call->answered->of[code]++;
}

static void answer_ok(struct lsec_call *call)
{
	const nghttp2_nv fields[] = {
		lsec_http2_field(":status", "200"),
		lsec_http2_field("content-type", "application/grpc"),
	};
	const nghttp2_data_provider body = {.source.ptr = call, .read_callback = give_body};
	submit(call, fields, 2, &body, call->answer.message.len);
	count_answer(call, LSEC_RPC_OK);
}

/* The longest status text that the client accepts, by its SETTINGS_MAX_HEADER_LIST_SIZE. */
static size_t longest_text(const struct lsec_call *call)
{
	uint32_t list = nghttp2_session_get_remote_settings(call->session,
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
	bool has_text = encoded.len > 0;
	const nghttp2_nv fields[] = {
		lsec_http2_field(":status", "200"),
		lsec_http2_field("content-type", "application/grpc"),
		lsec_http2_field("grpc-status", number),
		lsec_http2_field("grpc-message", has_text ? encoded.bytes : ""),
	};
	submit(call, fields, has_text ? 4 : 3, NULL, encoded.len);
	count_answer(call, code);
}

/* What no service gets to see is refused, and logged, here. */
static void refuse(struct lsec_call *call, enum lsec_rpc_code code, const char *text)
{
	const struct lsec_quote path = lsec_quote(call->request.path);
	const struct lsec_log_field fields[] = {
		{.name = "method", .text = path.text},
		{.name = "code", .text = lsec_rpc_code_name(code)},
	};
	lsec_log_line(call->all->log, LSEC_WARNING, fields, 2, text);
	answer_status(call, code, text);
}

/* Not gRPC at all: an answer of HTTP, without a body. */
static void answer_http(struct lsec_call *call, const char *status)
{
	const nghttp2_nv fields[] = {lsec_http2_field(":status", status)};
	submit(call, fields, 1, NULL, 0);
}

static void find_method(struct lsec_call *call)
{
	const struct lsec_rpc_service *service = call->all->services;
	for (; service->methods != NULL; service++)
		for (size_t i = 0; service->methods[i].path != NULL; i++) {
			if (strcmp(service->methods[i].path, call->request.path) != 0)
				continue;
			call->method = &service->methods[i];
			call->context = service->context;
			call->answered = service->counts == NULL ? NULL : &service->counts[i];
			return;
		}
	call->answered = service->counts;
}

static void begin(struct lsec_call *call)
{
	const struct lsec_rpc_request *request = &call->request;
	find_method(call);
	go_to(call, LSEC_CALL_MESSAGE);
	if (request->timeout >= 0 && request->timeout < call->deadline - call->all->now)
		call->deadline = call->all->now + request->timeout;
	if (!request->post)
		answer_http(call, "405");
	else if (!request->grpc)
		answer_http(call, "415");
	else if (request->bytes > LSEC_MAX_HEADER_LIST)
		refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED,
		       "the header fields have more than " LSEC_TEXT(
			       LSEC_MAX_HEADER_LIST) " bytes, which is the limit");
	else if (request->bad_timeout)
		refuse(call, LSEC_RPC_INTERNAL,
		       "grpc-timeout must be 1 to 8 digits and one of H, M, S, m, u, n");
	else if (call->method == NULL)
		refuse(call, LSEC_RPC_UNIMPLEMENTED, "this server has no such method");
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
	char text[128];
	switch (fault) {
	case LSEC_MESSAGE_FINE:
		return;
	case LSEC_MESSAGE_COMPRESSED:
		refuse(call, LSEC_RPC_UNIMPLEMENTED,
		       "compressed messages are not supported; send it uncompressed");
		return;
	case LSEC_MESSAGE_BAD_FLAG:
		refuse(call, LSEC_RPC_INTERNAL,
		       "the message must begin with 0 or 1 (gRPC's framing)");
		return;
	case LSEC_MESSAGE_TOO_LARGE:
		snprintf(text, sizeof(text), "the message has %u bytes, but the limit is %zu",
		         call->message.want, call->all->longest);
		refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED, text);
		return;
	case LSEC_MESSAGE_SECOND:
		refuse(call, LSEC_RPC_INTERNAL, "more than one message; send one for this method");
		return;
	}
}

void lsec_call_data(struct lsec_call *call, const uint8_t *bytes, size_t len)
{
	call->received += len;
	if (call->request.has_length && call->received > call->request.length)
		lsec_call_reset(call, NGHTTP2_PROTOCOL_ERROR);
	if (call->state != LSEC_CALL_MESSAGE) {
		nghttp2_session_consume(call->session, call->stream, len);
		return;
	}
	nghttp2_session_consume_connection(call->session, len);
	enum lsec_message_fault fault =
		lsec_message_add(&call->message, call->all->longest, bytes, len);
	if (fault != LSEC_MESSAGE_FINE) {
		refuse_fault(call, fault);
		return;
	}
	call->held += len;
	if (!lsec_call_is_large(call))
		give_window(call);
}

static void add_later(struct lsec_calls *all, struct lsec_rpc_later *later)
{
	later->next = NULL;
	*all->last_later = later;
	all->last_later = &later->next;
}

void lsec_calls_run_later(struct lsec_calls *all)
{
	while (all->first_later != NULL) {
		struct lsec_rpc_later *later = all->first_later;
		all->first_later = later->next;
		if (all->first_later == NULL)
			all->last_later = &all->first_later;
		later->run(later);
	}
}

static void dispatch(struct lsec_call *call)
{
	struct lsec_calls *all = call->all;
	struct lsec_rpc_answer *answer = &call->answer;
	const struct lsec_buffer *message = &call->message.bytes;
	call->method->handle(call->context, message->bytes == NULL ? "" : message->bytes,
	                     message->len, answer);
	/* The server's own time is not the client's delay. */
	all->now = lsec_clock();
	call->moved = all->now;
	all->stopping |= answer->stop;
	if (answer->later != NULL)
		add_later(all, answer->later);
	answer->later = NULL;
	if (answer->code != LSEC_RPC_OK)
		answer_status(call, answer->code,
		              answer->text.bytes == NULL ? "" : answer->text.bytes);
	else
		answer_ok(call);
}

void lsec_call_end(struct lsec_call *call)
{
	call->request_ended = true;
	call->all->now = lsec_clock(); /* calls before this one may have taken long */
	if (call->request.has_length && call->received != call->request.length)
		lsec_call_reset(call, NGHTTP2_PROTOCOL_ERROR);
	if (call->state != LSEC_CALL_MESSAGE)
		return;
	if (!lsec_message_whole(&call->message))
		refuse(call, LSEC_RPC_INTERNAL,
		       call->message.prefix_len == 0
		               ? "no message; send one for this method"
		               : "the call ended in the middle of its message");
	else if (call->all->now >= call->deadline)
		refuse(call, LSEC_RPC_DEADLINE_EXCEEDED, "the client's deadline has passed");
	else
		dispatch(call);
}

/* A client that is still sending is asked to stop (RFC 9113 8.1). */
void lsec_call_sent(struct lsec_call *call)
{
	if (!call->request_ended && call->state == LSEC_CALL_ANSWER)
		lsec_call_reset(call, NGHTTP2_NO_ERROR);
}

void lsec_call_check_time(struct lsec_call *call)
{
	if (call->state == LSEC_CALL_MESSAGE && call->all->now >= call->deadline)
		refuse(call, LSEC_RPC_DEADLINE_EXCEEDED,
		       "the client's deadline, or " LSEC_TEXT(
			       LSEC_MAX_REQUEST_SECONDS) " seconds, passed before the call was complete");
}

void lsec_call_give_up(struct lsec_call *call)
{
	assert(call->state == LSEC_CALL_MESSAGE);
	refuse(call, LSEC_RPC_RESOURCE_EXHAUSTED,
	       "the message arrives too slowly while others wait; send it again");
}
