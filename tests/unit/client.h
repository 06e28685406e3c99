/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gRPC client for tests of the server, on nghttp2. It does what it is told and no more: messages
 * leave in parts, header fields may be wrong.
 */
#ifndef LAUNCHSEC_TESTS_CLIENT_H
#define LAUNCHSEC_TESTS_CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

/* Seconds until a test is given up. */
#define PATIENCE 30

struct client {
	int fd;
	nghttp2_session *session;
	bool ended; /* the server has closed, or cannot be understood */
	bool deaf;  /* it reads no more than `hears` bytes */
	size_t hears;
	bool told;         /* GOAWAY has come, with this error */
	uint32_t told_why; /* of it */
	size_t pongs;
	size_t padding; /* bytes that each DATA frame is padded with */
	size_t given;   /* bytes of calls that have left */
};

/* A call: what is to be sent, and what came back. */
struct call {
	struct client *client;
	int32_t stream;
	struct lsec_buffer out;
	size_t ready; /* bytes of it that may leave */
	size_t left;  /* bytes that have left */
	bool open;    /* the call is not ended behind them */
	const char *trailer;

	bool closed;
	uint32_t error; /* why; 0 for no error */
	char http[8];   /* :status */
	char status[8]; /* grpc-status */
	bool behind;    /* that came behind a body, not with the first header fields */
	char *text;     /* grpc-message, as it came; NULL without */
	struct lsec_buffer in;
};

static inline void call_clear(struct call *call)
{
	lsec_buffer_clear(&call->out);
	lsec_buffer_clear(&call->in);
	free(call->text);
	call->text = NULL;
}
#define CALL LSEC_CLEANUP(call_clear) struct call

static inline void client_close(struct client *client)
{
	nghttp2_session_del(client->session);
	if (client->fd >= 0)
		close(client->fd);
	client->session = NULL;
	client->fd = -1;
}
#define CLIENT LSEC_CLEANUP(client_close) struct client

static inline ssize_t client_send(nghttp2_session *session, const uint8_t *bytes, size_t len,
                                  int flags, void *user)
{
	const struct client *client = user;
	(void)session;
	(void)flags;
	ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN ? NGHTTP2_ERR_WOULDBLOCK : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static inline ssize_t client_recv(nghttp2_session *session, uint8_t *ret, size_t room, int flags,
                                  void *user)
{
	struct client *client = user;
	(void)session;
	(void)flags;
	if (client->deaf && client->hears < room)
		room = client->hears;
	if (room == 0)
		return NGHTTP2_ERR_WOULDBLOCK;
	ssize_t got = recv(client->fd, ret, room, 0);
	if (got > 0) {
		client->hears -= client->deaf ? (size_t)got : 0;
		return got;
	}
	return got < 0 && errno == EAGAIN ? NGHTTP2_ERR_WOULDBLOCK : NGHTTP2_ERR_EOF;
}

static inline int client_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                                   const uint8_t *name, size_t name_len, const uint8_t *value,
                                   size_t value_len, uint8_t flags, void *user)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	const char *key = (const char *)name;
	(void)name_len;
	(void)flags;
	(void)user;
	if (call == NULL)
		return 0;
	if (strcmp(key, ":status") == 0)
		snprintf(call->http, sizeof(call->http), "%.*s", (int)value_len, value);
	if (strcmp(key, "grpc-status") == 0) {
		snprintf(call->status, sizeof(call->status), "%.*s", (int)value_len, value);
		call->behind = frame->headers.cat != NGHTTP2_HCAT_RESPONSE;
	}
	if (strcmp(key, "grpc-message") == 0) {
		free(call->text);
		call->text = strndup((const char *)value, value_len);
	}
	return 0;
}

static inline int client_on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
                                 const uint8_t *bytes, size_t len, void *user)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, stream);
	(void)flags;
	(void)user;
	if (call != NULL)
		lsec_buffer_add(&call->in, (const char *)bytes, len);
	return 0;
}

static inline int client_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct client *client = user;
	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY) {
		client->told = true;
		client->told_why = frame->goaway.error_code;
	}
	if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
		client->pongs++;
	return 0;
}

static inline int client_on_close(nghttp2_session *session, int32_t stream, uint32_t error,
                                  void *user)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, stream);
	(void)user;
	if (call != NULL) {
		call->closed = true;
		call->error = error;
	}
	return 0;
}

static inline ssize_t client_padding(nghttp2_session *session, const nghttp2_frame *frame,
                                     size_t room, void *user)
{
	const struct client *client = user;
	(void)session;
	size_t padded = frame->hd.length + client->padding;
	bool pads = frame->hd.type == NGHTTP2_DATA && client->padding > 0;
	return (ssize_t)(!pads ? frame->hd.length : padded < room ? padded : room);
}

static inline void client_begin(struct client *client)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
	assert_int_equal(nghttp2_option_new(&option), 0);
	/* More calls than the server takes, before it has said how many that are. */
	nghttp2_option_set_peer_max_concurrent_streams(option, 10000);
	nghttp2_option_set_no_http_messaging(option, 1);
	nghttp2_session_callbacks_set_send_callback(callbacks, client_send);
	nghttp2_session_callbacks_set_recv_callback(callbacks, client_recv);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, client_on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, client_on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, client_on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, client_on_close);
	nghttp2_session_callbacks_set_select_padding_callback(callbacks, client_padding);
	assert_int_equal(nghttp2_session_client_new2(&client->session, callbacks, client, option),
	                 0);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
}

/* A connected socket, or -1. */
static inline int connect_raw(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Connects, with settings of the client (`count` may be 0). */
static inline void client_open_with(struct client *client, const char *path,
                                    const nghttp2_settings_entry *settings, size_t count)
{
	*client = (struct client){.fd = connect_raw(path)};
	assert_true(client->fd >= 0);
	assert_int_equal(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
	client_begin(client);
	assert_int_equal(
		nghttp2_submit_settings(client->session, NGHTTP2_FLAG_NONE, settings, count), 0);
}

static inline void client_open(struct client *client, const char *path)
{
	client_open_with(client, path, NULL, 0);
}

/* Sends and receives what is possible, waiting `ms` for it at most. */
static inline void client_turn(struct client *client, int ms)
{
	struct pollfd ready = {.fd = client->fd, .events = POLLIN};
	if (client->ended)
		return;
	if (nghttp2_session_want_write(client->session))
		ready.events |= POLLOUT;
	poll(&ready, 1, ms);
	/* What a server that refuses to read has said is read all the same. */
	int sent = nghttp2_session_send(client->session);
	int got = nghttp2_session_recv(client->session);
	client->ended = got != 0 || (sent != 0 && sent != NGHTTP2_ERR_CALLBACK_FAILURE);
}

static inline double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Until the call is over or the server has closed. */
static inline void call_wait(struct call *call)
{
	double end = seconds_now() + PATIENCE;
	while (!call->closed && !call->client->ended) {
		assert_true(seconds_now() < end);
		client_turn(call->client, 100);
	}
}

/* Until the server has closed. */
static inline void client_wait_end(struct client *client)
{
	double end = seconds_now() + PATIENCE;
	while (!client->ended) {
		assert_true(seconds_now() < end);
		client_turn(client, 100);
	}
}

/* Until the server has taken all that can be sent, and that allows no more to be sent. It gives
 * more window at the end of a turn, so the answer to one PING may come before. */
static inline void client_sync(struct client *client)
{
	double end = seconds_now() + PATIENCE;
	for (int quiet = 0; quiet < 2 && !client->ended;) {
		size_t pongs = client->pongs;
		size_t given = client->given;
		while (nghttp2_session_want_write(client->session) && !client->ended) {
			assert_true(seconds_now() < end);
			client_turn(client, 1);
		}
		nghttp2_submit_ping(client->session, NGHTTP2_FLAG_NONE, NULL);
		while (client->pongs == pongs && !client->ended) {
			assert_true(seconds_now() < end);
			client_turn(client, 100);
		}
		quiet = client->given == given ? quiet + 1 : 0;
	}
}

#endif
