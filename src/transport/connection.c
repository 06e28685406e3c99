/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client: bytes between its socket and its session.
 *
 * What a connection does depends on:
 *
 * - unsent: the socket is full. Nothing is read, and no frame is made, until the rest is sent.
 * - read_ended: the client has shut its side. Calls not complete were reset; answers leave.
 * - told: GOAWAY was sent. nghttp2 ignores new streams, calls under way go on.
 * - lingering (linger_until): it has no calls, the server's side is shut. What arrives is discarded
 *   until the client closes its side or the time is over.
 * - dead: closed and in the graveyard. It has no calls, and is freed at the end of the turn.
 *
 * One that has nothing left to do (is_done()) lingers; one whose socket fails is dead at once.
 */
#include "connection.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "launchsec/limits.h"

/* Bytes read of a connection in a turn: some calls, not hundreds, so that other connections are not
 * delayed. */
#define SHARE 8192

static void unlink_connection(struct lsec_connection *connection)
{
	struct lsec_connections *all = connection->all;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		all->first = connection->next;
	all->count--;
}

void lsec_connection_new(struct lsec_connections *all, int fd)
{
	struct lsec_connection *connection = lsec_calloc(1, sizeof(*connection));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	connection->source = LSEC_SOURCE_CONNECTION;
	connection->all = all;
	connection->fd = fd;
	connection->events = event.events;
	connection->moved = all->calls.now;
	connection->next = all->first;
	if (connection->next != NULL)
		connection->next->previous = connection;
	all->first = connection;
	all->count++;
	lsec_session_open(&connection->session, &all->calls);
	if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		lsec_connection_kill(connection);
	else /* what it has sent already, so that a call takes one turn of the loop less */
		lsec_connection_ready(connection, true);
}

void lsec_connection_kill(struct lsec_connection *connection)
{
	struct lsec_connections *all = connection->all;
	if (connection->dead)
		return;
	connection->dead = true;
	unlink_connection(connection);
	connection->previous = NULL;
	connection->next = all->graveyard;
	all->graveyard = connection;
	close(connection->fd);
	lsec_session_drop_calls(&connection->session);
}

void lsec_connections_bury(struct lsec_connections *all)
{
	while (all->graveyard != NULL) {
		struct lsec_connection *connection = all->graveyard;
		assert(connection->dead);
		all->graveyard = connection->next;
		lsec_session_close(&connection->session);
		lsec_buffer_clear(&connection->unsent);
		free(connection);
	}
}

void lsec_connections_close(struct lsec_connections *all)
{
	while (all->first != NULL)
		lsec_connection_kill(all->first);
	lsec_connections_bury(all);
}

/* Sends bytes; keeps what the socket does not accept. */
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
		connection->moved = connection->all->calls.now;
		bytes += sent;
		len -= (size_t)sent;
	}
	if (len > 0)
		lsec_buffer_add(&connection->unsent, bytes, len);
	return 0;
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
	char *scratch = connection->all->scratch;
	const size_t room = sizeof(connection->all->scratch);
	size_t filled = 0;
	while (connection->unsent.len == 0) {
		const uint8_t *frame = NULL;
		ssize_t len = nghttp2_session_mem_send(connection->session.frames, &frame);
		assert(len >= 0 && (size_t)len <= room); /* of nghttp2's frames: 16 KiB */
		if (len == 0)
			break;
		if ((size_t)len > room - filled) {
			if (put(connection, scratch, filled) < 0)
				return -1;
			filled = 0;
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
	if (epoll_ctl(connection->all->epoll, EPOLL_CTL_MOD, connection->fd, &event) < 0)
		lsec_connection_kill(connection);
}

/* Whether there is nothing left to do for it. */
static bool is_done(const struct lsec_connection *connection)
{
	if (connection->unsent.len > 0)
		return false;
	if (connection->read_ended || connection->told)
		return connection->session.call_count == 0;
	return !nghttp2_session_want_read(connection->session.frames) &&
	       !nghttp2_session_want_write(connection->session.frames);
}

/*
 * Shuts the server's side and lets the client close. If the socket were closed at once, the
 * client's next write, perhaps only an acknowledgement, would fail, and some clients then fail
 * calls whose answers they have not read yet.
 */
static void linger(struct lsec_connection *connection)
{
	if (connection->read_ended || shutdown(connection->fd, SHUT_WR) < 0) {
		lsec_connection_kill(connection);
		return;
	}
	lsec_session_drop_calls(&connection->session); /* of a session that ended by a fault */
	connection->linger_until =
		connection->all->calls.now + LSEC_MAX_LINGER_SECONDS * LSEC_SECOND;
	watch(connection);
}

void lsec_connection_pump(struct lsec_connection *connection)
{
	if (connection->dead || connection->linger_until != 0)
		return;
	if (put_unsent(connection) < 0 || put_frames(connection) < 0)
		lsec_connection_kill(connection);
	else if (is_done(connection))
		linger(connection);
	else
		watch(connection);
}

static void take(struct lsec_connection *connection)
{
	struct lsec_connections *all = connection->all;
	ssize_t got;
	do
		got = recv(connection->fd, all->scratch, SHARE, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got < 0) {
		lsec_connection_kill(connection);
		return;
	}
	connection->moved = all->calls.now;
	if (connection->linger_until != 0) {
		if (got == 0)
			lsec_connection_kill(connection);
		return;
	}
	if (got == 0) { /* nothing more will arrive */
		connection->read_ended = true;
		lsec_session_end_reading(&connection->session);
	}
	if (got > 0 && nghttp2_session_mem_recv(connection->session.frames,
	                                        (const uint8_t *)all->scratch, (size_t)got) < 0) {
		lsec_log_say(all->calls.log, LSEC_DEBUG,
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
	nghttp2_session *frames = connection->session.frames;
	if (connection->dead || connection->told || connection->linger_until != 0)
		return;
	connection->told = true;
	nghttp2_submit_goaway(frames, NGHTTP2_FLAG_NONE,
	                      nghttp2_session_get_last_proc_stream_id(frames), NGHTTP2_NO_ERROR,
	                      NULL, 0);
	lsec_connection_pump(connection);
}
