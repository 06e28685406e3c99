/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client: bytes between its socket and nghttp2, frames between nghttp2 and its calls.
 *
 * What a connection does depends on:
 *
 * unsent      the socket is full. Nothing is read, and no frame is made, until it takes the rest.
 * read_ended  the client has shut its side. Calls that are not complete were reset; answers leave.
 * told        GOAWAY was sent: nghttp2 ignores new streams, calls under way go on.
 * lingering   (linger_until) it has no calls, our side is shut. What comes is thrown away, until
 * the client closes its side or the time is over. broken      a frame is lost: it is killed as soon
 * as no callback of nghttp2 is under way. dead        closed and in the graveyard: it has no calls,
 * and is freed at the end of the turn.
 *
 * One that has nothing left to do (is_done()) lingers; one whose socket fails is dead at once.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parts.h"

/* What all streams of a connection together may send ahead. */
#define CONNECTION_WINDOW (1 << 20)

/* Bytes read of a connection in a turn: some calls, not hundreds, so that other connections have
 * theirs soon. */
#define SHARE 8192

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct lsec_call *call = lsec_call_new(user, frame->hd.stream_id);
	if (call == NULL)
		return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
		                                 NGHTTP2_REFUSED_STREAM);
	return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
}

static struct lsec_call *call_of(nghttp2_session *session, int32_t stream)
{
	return nghttp2_session_get_stream_user_data(session, stream);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
	struct lsec_call *call = call_of(session, frame->hd.stream_id);
	(void)flags;
	(void)user;
	if (call != NULL)
		lsec_rpc_request_field(&call->request, call->state != LSEC_CALL_HEADERS,
		                       (const char *)name, name_len, (const char *)value,
		                       value_len);
	return 0;
}

static void end_headers(struct lsec_call *call, const nghttp2_frame *frame, bool ends_stream)
{
	/* Behind the message, header fields can only be the trailer. */
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST && !ends_stream)
		call->request.malformed = true;
	lsec_call_headers(call);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct lsec_connection *connection = user;
	struct lsec_call *call = call_of(session, frame->hd.stream_id);
	bool ends_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	connection->greeted = true;
	if (call == NULL)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		end_headers(call, frame, ends_stream);
	if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && ends_stream)
		lsec_call_end(call);
	return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream,
                         const uint8_t *bytes, size_t len, void *user)
{
	struct lsec_call *call = call_of(session, stream);
	(void)flags;
	(void)user;
	if (call != NULL)
		lsec_call_data(call, bytes, len);
	else
		nghttp2_session_consume(session, stream, len);
	return 0;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	bool ends_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	bool carries_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
	struct lsec_call *call = NULL;
	(void)user;
	if (carries_end && ends_stream)
		call = call_of(session, frame->hd.stream_id);
	if (call != NULL)
		lsec_call_sent(call);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user)
{
	struct lsec_call *call = call_of(session, stream);
	(void)error;
	(void)user;
	if (call == NULL)
		return 0;
	lsec_call_free(call);
	return nghttp2_session_set_stream_user_data(session, stream, NULL);
}

int lsec_connection_setup(struct lsec_server *server)
{
	if (nghttp2_option_new(&server->option) < 0 ||
	    nghttp2_session_callbacks_new(&server->callbacks) < 0)
		return -1;
	/* Header fields are checked in request.c, which says why; windows are opened in call.c. */
	nghttp2_option_set_no_http_messaging(server->option, 1);
	nghttp2_option_set_no_auto_window_update(server->option, 1);
	nghttp2_session_callbacks *callbacks = server->callbacks;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	return 0;
}

static int start_session(struct lsec_connection *connection)
{
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, LSEC_MAX_CALLS_PER_CONNECTION},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, LSEC_MAX_HEADER_LIST},
	};
	const struct lsec_server *server = connection->server;
	if (nghttp2_session_server_new2(&connection->session, server->callbacks, connection,
	                                server->option) < 0 ||
	    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 2) < 0 ||
	    nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0,
	                                          CONNECTION_WINDOW) < 0)
		return -1;
	return 0;
}

static void unlink_connection(struct lsec_connection *connection)
{
	struct lsec_server *server = connection->server;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		server->connections = connection->next;
	server->connection_count--;
}

int lsec_connection_new(struct lsec_server *server, int fd)
{
	struct lsec_connection *connection = calloc(1, sizeof(*connection));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	if (connection == NULL) {
		close(fd);
		return -1;
	}
	connection->source = LSEC_SOURCE_CONNECTION;
	connection->server = server;
	connection->fd = fd;
	connection->events = event.events;
	connection->moved = server->now;
	connection->next = server->connections;
	if (connection->next != NULL)
		connection->next->previous = connection;
	server->connections = connection;
	server->connection_count++;
	if (start_session(connection) < 0 ||
	    epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		lsec_connection_kill(connection);
		return -1;
	}
	/* What it has sent already, so that a call takes one turn of the loop less. */
	lsec_connection_ready(connection, true);
	return 0;
}

void lsec_connection_kill(struct lsec_connection *connection)
{
	struct lsec_server *server = connection->server;
	if (connection->dead)
		return;
	connection->dead = true;
	unlink_connection(connection);
	connection->previous = NULL;
	connection->next = server->graveyard;
	server->graveyard = connection;
	close(connection->fd);
	while (connection->calls != NULL)
		lsec_call_free(connection->calls);
	assert(connection->call_count == 0);
}

void lsec_connection_bury(struct lsec_server *server)
{
	while (server->graveyard != NULL) {
		struct lsec_connection *connection = server->graveyard;
		assert(connection->dead && connection->calls == NULL);
		server->graveyard = connection->next;
		nghttp2_session_del(connection->session);
		lsec_buffer_clear(&connection->unsent);
		free(connection);
	}
}

/* Sends bytes; keeps what the socket does not take. */
static int put(struct lsec_connection *connection, const char *bytes, size_t len)
{
	while (len > 0 && connection->unsent.len == 0) {
		ssize_t sent = send(connection->fd, bytes, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN)
			return -1;
		if (sent < 0)
			break;
		connection->moved = connection->server->now;
		bytes += sent;
		len -= (size_t)sent;
	}
	if (len > 0)
		lsec_buffer_add(&connection->unsent, bytes, len);
	return connection->unsent.failed ? -1 : 0;
}

static int put_unsent(struct lsec_connection *connection)
{
	struct lsec_buffer rest LSEC_CLEANUP(lsec_buffer_clear) = connection->unsent;
	connection->unsent = (struct lsec_buffer){0};
	return rest.len == 0 ? 0 : put(connection, rest.bytes, rest.len);
}

/* Frames, as many at a time as the scratch holds. */
static int put_frames(struct lsec_connection *connection)
{
	char *scratch = connection->server->scratch;
	const size_t room = sizeof(connection->server->scratch);
	size_t filled = 0;
	while (connection->unsent.len == 0) {
		const uint8_t *frame = NULL;
		ssize_t len = nghttp2_session_mem_send(connection->session, &frame);
		if (len < 0)
			return -1;
		if ((len == 0 || (size_t)len > room - filled) && filled > 0) {
			if (put(connection, scratch, filled) < 0)
				return -1;
			filled = 0;
		}
		if (len == 0)
			break;
		if ((size_t)len > room - filled) {
			if (put(connection, (const char *)frame, (size_t)len) < 0)
				return -1;
			continue;
		}
		memcpy(scratch + filled, frame, (size_t)len);
		filled += (size_t)len;
	}
	return filled == 0 ? 0 : put(connection, scratch, filled);
}

/* While the client does not read, nothing more is read of it either. */
static void watch(struct lsec_connection *connection)
{
	struct epoll_event event = {.data.ptr = connection};
	if (connection->unsent.len > 0)
		event.events = EPOLLOUT;
	else if (!connection->read_ended)
		event.events = EPOLLIN;
	if (event.events == connection->events)
		return;
	connection->events = event.events;
	if (epoll_ctl(connection->server->epoll, EPOLL_CTL_MOD, connection->fd, &event) < 0)
		lsec_connection_kill(connection);
}

/* Whether there is nothing left to do for it. */
static bool is_done(const struct lsec_connection *connection)
{
	if (connection->unsent.len > 0)
		return false;
	if (connection->read_ended || connection->told)
		return connection->call_count == 0;
	return !nghttp2_session_want_read(connection->session) &&
	       !nghttp2_session_want_write(connection->session);
}

/*
 * Shuts our side and leaves it to the client to close. Closed at once, what it is just writing, if
 * only an acknowledgement, would fail, and some clients fail calls then whose answers they have not
 * read yet.
 */
static void linger(struct lsec_connection *connection)
{
	if (connection->read_ended || shutdown(connection->fd, SHUT_WR) < 0) {
		lsec_connection_kill(connection);
		return;
	}
	while (connection->calls != NULL) /* of a session that ended by a fault */
		lsec_call_free(connection->calls);
	connection->linger_until = connection->server->now + LSEC_MAX_LINGER_SECONDS * LSEC_SECOND;
	watch(connection);
}

void lsec_connection_pump(struct lsec_connection *connection)
{
	if (connection->dead || connection->linger_until != 0)
		return;
	if (connection->broken || put_unsent(connection) < 0 || put_frames(connection) < 0)
		lsec_connection_kill(connection);
	else if (is_done(connection))
		linger(connection);
	else
		watch(connection);
}

/* What has not arrived by now never will. */
static void end_reading(struct lsec_connection *connection)
{
	connection->read_ended = true;
	for (struct lsec_call *call = connection->calls; call != NULL; call = call->next)
		if (call->state == LSEC_CALL_HEADERS || call->state == LSEC_CALL_MESSAGE)
			lsec_call_reset(call, NGHTTP2_CANCEL);
}

static void take(struct lsec_connection *connection)
{
	struct lsec_server *server = connection->server;
	ssize_t got;
	do
		got = recv(connection->fd, server->scratch, SHARE, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got < 0) {
		lsec_connection_kill(connection);
		return;
	}
	connection->moved = server->now;
	if (connection->linger_until != 0) {
		if (got == 0)
			lsec_connection_kill(connection);
		return;
	}
	if (got == 0)
		end_reading(connection);
	if (got > 0 &&
	    nghttp2_session_mem_recv(connection->session, (const uint8_t *)server->scratch,
	                             (size_t)got) < 0) {
		lsec_log_say(server->setup.log, LSEC_DEBUG,
		             "a client that does not speak HTTP/2 was disconnected");
		lsec_connection_kill(connection);
	}
}

void lsec_connection_ready(struct lsec_connection *connection, bool readable)
{
	if (readable && !connection->dead && !connection->read_ended && connection->unsent.len == 0)
		take(connection);
	lsec_connection_pump(connection);
}

void lsec_connection_end(struct lsec_connection *connection)
{
	if (connection->dead || connection->told || connection->linger_until != 0)
		return;
	connection->told = true;
	nghttp2_submit_goaway(connection->session, NGHTTP2_FLAG_NONE,
	                      nghttp2_session_get_last_proc_stream_id(connection->session),
	                      NGHTTP2_NO_ERROR, NULL, 0);
	lsec_connection_pump(connection);
}
