/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call by nghttp2's client session, in one loop that sends, waits and receives. nghttp2 checks
 * the answer's header fields; what is wrong with them resets the stream.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http2.h"
#include "message.h"
#include "socket.h"

#define STREAM 1 /* a client's first; others are pushed */

struct exchange {
	int fd;
	int64_t deadline; /* of lsec_clock() */
	nghttp2_session *frames;
	size_t received; /* bytes */
	struct lsec_message message;
	bool bad_message;
	char http[4], status[4]; /* :status, grpc-status; empty until they have come */
	struct lsec_quote text;  /* grpc-message, still percent-encoded, or an empty text */
	bool closed;             /* the stream, by this error */
	uint32_t error;
};

static void end(struct exchange *exchange)
{
	nghttp2_session_del(exchange->frames);
	lsec_buffer_clear(&exchange->message.bytes);
	if (exchange->fd >= 0)
		close(exchange->fd);
}

static ssize_t on_send(nghttp2_session *frames, const uint8_t *bytes, size_t len, int flags,
                       void *user)
{
	const struct exchange *exchange = user;
	ssize_t sent;
	(void)frames;
	(void)flags;
	do
		sent = send(exchange->fd, bytes, len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN ? NGHTTP2_ERR_WOULDBLOCK : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session *frames, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
	struct exchange *exchange = user;
	const char *key = (const char *)name; /* nghttp2 ends both with a NUL */
	const char *text = (const char *)value;
	(void)frames;
	(void)name_len;
	(void)flags;
	if (frame->hd.stream_id != STREAM)
		return 0;
	if (lsec_equal(key, ":status"))
		snprintf(exchange->http, sizeof(exchange->http), "%s", text);
	else if (lsec_equal(key, "grpc-status"))
		snprintf(exchange->status, sizeof(exchange->status), "%s", text);
	else if (lsec_equal(key, "grpc-message"))
		exchange->text = lsec_quote_bytes(text, value_len);
	return 0;
}

static int on_data(nghttp2_session *frames, uint8_t flags, int32_t stream, const uint8_t *bytes,
                   size_t len, void *user)
{
	struct exchange *exchange = user;
	(void)frames;
	(void)flags;
	if (stream != STREAM)
		return 0;
	exchange->bad_message = lsec_message_add(&exchange->message, LSEC_MAX_CLIENT_ANSWER, bytes,
	                                         len) != LSEC_MESSAGE_FINE;
	return exchange->bad_message ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_close(nghttp2_session *frames, int32_t stream, uint32_t error, void *user)
{
	struct exchange *exchange = user;
	(void)frames;
	if (stream != STREAM)
		return 0;
	exchange->closed = true;
	exchange->error = error;
	return 0;
}

/* An empty message is its prefix. */
static ssize_t give_message(nghttp2_session *frames, int32_t stream, uint8_t *ret, size_t room,
                            uint32_t *flags, nghttp2_data_source *source, void *user)
{
	(void)frames;
	(void)stream;
	(void)source;
	(void)user;
	(void)room; /* of a frame: 16 KiB */
	lsec_message_prefix(ret, 0);
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	return LSEC_MESSAGE_PREFIX;
}

/* Calls of nghttp2 here fail only without memory, which ends the process. */
static void submit(struct exchange *exchange, const char *method)
{
	const nghttp2_nv fields[] = {
		lsec_http2_field(":method", "POST"),
		lsec_http2_field(":scheme", "http"),
		lsec_http2_field(":path", method),
		lsec_http2_field(":authority", "localhost"),
		lsec_http2_field("content-type", "application/grpc"),
		lsec_http2_field("te", "trailers"),
	};
	const nghttp2_data_provider body = {.read_callback = give_message};
	nghttp2_session_callbacks *callbacks = NULL;
	if (nghttp2_session_callbacks_new(&callbacks) < 0)
		lsec_out_of_memory();
	nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	nghttp2_session_client_new3(&exchange->frames, callbacks, exchange, NULL,
	                            lsec_http2_memory());
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(exchange->frames, NGHTTP2_FLAG_NONE, NULL, 0);
	nghttp2_submit_request(exchange->frames, NULL, fields, sizeof(fields) / sizeof(fields[0]),
	                       &body, NULL);
}

/* Waits until something can be sent or received; false: the time is over. */
static bool wait_ready(const struct exchange *exchange)
{
	struct pollfd ready = {.fd = exchange->fd, .events = POLLIN};
	const int64_t left = exchange->deadline - lsec_clock();
	if (nghttp2_session_want_write(exchange->frames))
		ready.events |= POLLOUT;
	if (left <= 0)
		return false;
	return poll(&ready, 1, (int)(left / (LSEC_SECOND / 1000)) + 1) > 0 || errno == EINTR;
}

static const char other_peer[] = "the peer does not speak HTTP/2, or breaks its rules";
static const char too_much[] =
	"the server sends more than " LSEC_TEXT(LSEC_MAX_CLIENT_BYTES) " bytes";
static const char no_message[] =
	"the answer is not one gRPC message of at most " LSEC_TEXT(LSEC_MAX_CLIENT_ANSWER) " bytes";

/* Receives what has come. Returns what is wrong, or NULL. */
static const char *receive(struct exchange *exchange)
{
	uint8_t bytes[4096];
	const ssize_t got = recv(exchange->fd, bytes, sizeof(bytes), 0);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return NULL;
	if (got <= 0)
		return "the server closed the connection before its answer was complete";
	exchange->received += (size_t)got;
	if (exchange->received > LSEC_MAX_CLIENT_BYTES)
		return too_much;
	const ssize_t taken = nghttp2_session_mem_recv(exchange->frames, bytes, (size_t)got);
	if (taken >= 0)
		return NULL;
	if (taken == NGHTTP2_ERR_FLOODED) /* acknowledgements that it does not read */
		return too_much;
	return exchange->bad_message ? no_message : other_peer;
}

/* Until the stream is closed. Returns what is wrong, or NULL. */
static const char *run(struct exchange *exchange)
{
	while (!exchange->closed) {
		/* A server that does not read may still have said why. */
		const int sent = nghttp2_session_send(exchange->frames);
		if (exchange->closed || (!nghttp2_session_want_read(exchange->frames) &&
		                         !nghttp2_session_want_write(exchange->frames)))
			break;
		if (sent == 0 && !wait_ready(exchange))
			return "the server does not answer in time";
		const char *wrong = receive(exchange);
		if (wrong != NULL)
			return wrong;
	}
	return exchange->closed ? NULL : other_peer;
}

/* What is wrong with the answer of a stream that is closed, or NULL; *ret_value is what it says. */
static const char *judge(const struct exchange *exchange, struct lsec_quote *ret_value)
{
	if (exchange->error != NGHTTP2_NO_ERROR) {
		*ret_value = lsec_quote(nghttp2_http2_strerror(exchange->error));
		return "the call was reset with HTTP/2 error ";
	}
	*ret_value = lsec_quote(exchange->http);
	if (!lsec_equal(exchange->http, "200"))
		return "HTTP status is not 200 but ";
	*ret_value = lsec_quote(exchange->status);
	if (!lsec_equal(exchange->status, "0"))
		return "gRPC status is not 0 but ";
	*ret_value = (struct lsec_quote){0};
	return lsec_message_whole(&exchange->message) ? NULL : no_message;
}

int lsec_client_call(const struct lsec_client_call *call, struct lsec_buffer *ret,
                     struct lsec_problems *problems)
{
	struct exchange exchange LSEC_CLEANUP(end) = {
		.fd = -1,
		.deadline = lsec_clock() + call->timeout * LSEC_SECOND,
	};
	struct lsec_quote value = {0};
	if (lsec_socket_connect(call->socket, &exchange.fd, problems) < 0)
		return -1;
	submit(&exchange, call->method);
	const char *wrong = run(&exchange);
	if (wrong == NULL)
		wrong = judge(&exchange, &value);
	if (wrong != NULL)
		return lsec_problem_failed(
			problems, call->place,
			"%s%s%s%s; see the server's log, or name the socket of launchsec serve",
			wrong, value.text, exchange.text.text[0] == '\0' ? "" : ": ",
			exchange.text.text);
	lsec_buffer_add(ret, exchange.message.bytes.bytes, exchange.message.bytes.len);
	return 0;
}
