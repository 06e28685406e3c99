/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's byte stream. Most inputs would not get past the preface, so an input is a program
 * for up to three clients: a byte for what to do, then its operands. Calls are written as they
 * should be, or with some fault, in pieces, between other frames; raw bytes may be sent, too. The
 * server has its own parts but the loop (server.c), and no time passes unless the program says so.
 *
 * Every call that was sent as it should be is answered: with what the core says of the same
 * request, or the refusal. Whatever else is answered with OK is right as well.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answers.h"
#include "base/clock.h"
#include "messages.h"
#include "services/services.h"

#define PEERS 3

/* The server takes the time from here (linked with --wrap). */
int64_t __wrap_lsec_clock(void);
static int64_t now;
int64_t __wrap_lsec_clock(void)
{
	return now;
}

static struct lsec_config config;
static struct lsec_host host;
static struct lsec_log no_log = {.fd = -1, .json = true, .least = LSEC_DEBUG};
static struct lsec_services services = {
	.config = &config,
	.host = &host,
	.name = "launchsec",
	.versions = LSEC_HOOK_ALL_VERSIONS,
	.log = &no_log,
};

struct scene {
	struct lsec_connections server;
	struct peer peers[PEERS];
	size_t peer_count;
	struct peer *peer; /* that is spoken of */
};

static void open_server(struct lsec_connections *all)
{
	static struct lsec_rpc_service table[LSEC_SERVICES + 1];
	host = fuzz_host(0);
	lsec_services_table(&services, table);
	*all = (struct lsec_connections){
		.calls = {.services = table, .longest = LSEC_MAX_MESSAGE, .log = &no_log},
		.epoll = epoll_create1(EPOLL_CLOEXEC),
	};
	all->calls.last_later = &all->calls.first_later;
	all->calls.now = now;
	HOLDS(all->epoll >= 0, "no server");
}

static void new_peer(struct scene *scene)
{
	int fds[2];
	int room = 16384;
	struct peer *peer = &scene->peers[scene->peer_count++];
	HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0,
	      "no sockets");
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	peer_begin(peer, fds[1]);
	scene->peer = peer;
	lsec_connection_new(&scene->server, fds[0]);
	peer->connection = scene->server.first;
}

/* One turn of the server's loop, and of the clients'. */
static void turn(struct scene *scene)
{
	struct lsec_connections *server = &scene->server;
	server->calls.now = now;
	for (size_t i = 0; i < scene->peer_count; i++)
		if (scene->peers[i].connection != NULL)
			lsec_connection_ready(scene->peers[i].connection, true);
	lsec_flow_turn(server);
	lsec_calls_run_later(&server->calls);
	for (size_t i = 0; i < scene->peer_count; i++) {
		struct peer *peer = &scene->peers[i];
		if (peer->connection != NULL && peer->connection->dead)
			peer->connection = NULL;
		peer_read(peer);
	}
	lsec_connections_bury(server);
	HOLDS(server->calls.count <= LSEC_MAX_CALLS, "%zu calls", server->calls.count);
}

/* Sends what a client has to send, as fast as the server takes it. */
static void flush(struct scene *scene, struct peer *peer)
{
	enum { PATIENCE = 200 };
	size_t sent = 0;
	int turns = 0;
	bool over = false;
	while (sent < peer->out.len && !over) {
		ssize_t took =
			send(peer->fd, peer->out.bytes + sent, peer->out.len - sent, MSG_NOSIGNAL);
		if (took > 0)
			sent += (size_t)took;
		over = took < 0 && errno != EAGAIN;
		if (took < 0 && !over) {
			HOLDS(peer->paused || ++turns < PATIENCE, "the server reads no more");
			peer->paused = false;
			turn(scene);
		}
	}
	peer->out.len = 0;
	for (int i = 0; i < 4; i++)
		turn(scene);
}

/* Whether there is anything left to be sent or read, by either side. */
static bool is_moving(const struct peer *peer)
{
	const struct lsec_connection *connection = peer->connection;
	int unread = 0;
	if (connection == NULL)
		return false;
	HOLDS(ioctl(connection->fd, FIONREAD, &unread) == 0, "no socket");
	return peer->out.len > 0 || connection->unsent.len > 0 ||
	       (unread > 0 && !connection->read_ended);
}

/* Until nothing moves any more: the server reads some of many calls in a turn, and a long answer
 * takes window some more times. */
static void drain(struct scene *scene, struct peer *peer)
{
	enum { MOST = 10000 };
	int rounds = 0;
	do {
		flush(scene, peer);
		HOLDS(++rounds < MOST, "the server never comes to an end");
	} while (is_moving(peer));
}

static nghttp2_nv field(const char *name, const char *value)
{
	return (nghttp2_nv){lsec_unconst(name), lsec_unconst(value), strlen(name), strlen(value),
	                    NGHTTP2_NV_FLAG_NONE};
}

/* Header fields, the first few ways good, the others with a fault. */
#define GOOD_WAYS 5
static void send_headers(struct peer *peer, struct peer_stream *stream, unsigned way, bool split)
{
	static const struct {
		const char *name, *value;
	} more[] = {
		{NULL, NULL},
		{"grpc-timeout", "59S"},
		{"x-some-bin", "AAAA"},
		{":authority", "/var/run/kubevirt-hooks/x.sock"},
		{"user-agent", "grpc-go/1.60"},
		/* From here on with a fault. */
		{"grpc-timeout", "1x"},
		{"content-length", "3"},
		{"Upper", "case"},
		{"connection", "close"},
		{":path", "/again"},
		{"grpc-encoding", "gzip"},
		{"grpc-timeout", "1n"},
		{"content-type", "text/plain"},
	};
	way %= COUNT(more);
	nghttp2_nv fields[8] = {
		field(":method", way == 9 ? "GET" : "POST"),
		field(":scheme", "http"),
		field(":path", answer_methods[stream->method].path),
	};
	size_t count = 3;
	if (more[way].name != NULL)
		fields[count++] = field(more[way].name, more[way].value);
	fields[count++] = field("te", "trailers");
	if (way != COUNT(more) - 1)
		fields[count++] = field("content-type", "application/grpc");
	uint8_t block[4096];
	ssize_t len = nghttp2_hd_deflate_hd(peer->deflater, block, sizeof(block), fields, count);
	HOLDS(len > 0, "header fields of %zd bytes", len);
	stream->good &= way < GOOD_WAYS;
	size_t first = split ? 3 : (size_t)len;
	peer_frame(peer, PEER_HEADERS, split ? 0 : PEER_END_HEADERS, stream->id, block, first);
	if (split)
		peer_frame(peer, PEER_CONTINUATION, PEER_END_HEADERS, stream->id, block + first,
		           (size_t)len - first);
}

/* A stream with its header fields, of which the message is to follow; NULL: too many. */
static struct peer_stream *begin_call(struct peer *peer, struct fuzz_input *program, bool raw)
{
	if (peer->stream_count == PEER_STREAMS)
		return NULL;
	struct peer_stream *stream = &peer->streams[peer->stream_count];
	*stream = (struct peer_stream){
		.id = (uint32_t)(2 * peer->stream_count++ + 1),
		.method = fuzz_byte(program) % ANSWER_METHODS,
		.good = true,
		.window = 65535,
	};
	unsigned way = fuzz_byte(program);
	struct lsec_buffer message LSEC_CLEANUP(lsec_buffer_clear) = {0};
	if (raw) {
		struct fuzz_input piece = fuzz_piece(program);
		lsec_buffer_add(&message, (const char *)piece.data, piece.size);
	} else {
		message_put(&message, answer_methods[stream->method].is, program);
	}
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)message.len);
	prefix[0] = (way & 0x40) != 0;
	stream->good &= prefix[0] == 0;
	lsec_buffer_add(&stream->out, (const char *)prefix, sizeof(prefix));
	lsec_buffer_add(&stream->out, message.bytes, message.len);
	send_headers(peer, stream, way & 0x3f, (way & 0x80) != 0);
	return stream;
}

/* Sends a piece of a call's body; whether there was window for any. */
static bool send_piece(struct peer *peer, struct peer_stream *stream, size_t len, bool padded)
{
	uint8_t payload[16384];
	size_t left = stream->out.len - stream->sent;
	size_t spare = padded ? 9 : 0;
	size_t most = sizeof(payload) - spare;
	len = len < left ? len : left;
	len = len < most ? len : most;
	if (stream->whole || stream->reset || stream->window < (int64_t)(len + spare) ||
	    peer->window < (int64_t)(len + spare))
		return false;
	memset(payload, 0, sizeof(payload));
	payload[0] = 8;
	memcpy(payload + padded, stream->out.bytes + stream->sent, len);
	stream->sent += len;
	stream->whole = stream->sent == stream->out.len;
	stream->window -= (int64_t)(len + spare);
	peer->window -= (int64_t)(len + spare);
	peer_frame(peer, PEER_DATA,
	           (padded ? PEER_PADDED : 0) | (stream->whole ? PEER_END_STREAM : 0), stream->id,
	           payload, len + spare);
	return true;
}

static void whole_call(struct scene *scene, struct fuzz_input *program, bool raw)
{
	struct peer *peer = scene->peer;
	struct peer_stream *stream = begin_call(peer, program, raw);
	unsigned cut = fuzz_byte(program);
	size_t piece = cut < 0x40 ? 16000 : (size_t)(cut & 0x3f) * 64 + 1;
	if (stream == NULL)
		return;
	while (send_piece(peer, stream, piece, (cut & 0x80) != 0))
		if (peer->out.len > 32768)
			flush(scene, peer);
}

static struct peer_stream *chosen(struct peer *peer, struct fuzz_input *program)
{
	unsigned choice = fuzz_byte(program);
	return peer->stream_count == 0
	               ? NULL
	               : &peer->streams[peer->stream_count - 1 - choice % peer->stream_count];
}

static void send_number(struct peer *peer, enum peer_frame type, uint32_t stream, uint32_t number)
{
	const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	                         (uint8_t)(number >> 8), (uint8_t)number};
	peer_frame(peer, type, 0, stream, bytes, sizeof(bytes));
}

/* SETTINGS but for the table of header fields, for which both sides would have to agree. */
static void send_settings(struct peer *peer, struct fuzz_input *program)
{
	static const uint32_t values[] = {0, 1, 100, 16384, 65535, 1 << 20, 0x7fffffff, 0x80000000};
	uint8_t entry[6] = {0, (uint8_t)(2 + fuzz_byte(program) % 6)};
	uint32_t value = values[fuzz_byte(program) % COUNT(values)];
	for (int i = 0; i < 4; i++)
		entry[2 + i] = (uint8_t)(value >> (24 - 8 * i));
	peer->plain = false;
	peer_frame(peer, PEER_SETTINGS, 0, 0, entry, sizeof(entry));
}

static void send_other(struct peer *peer, struct fuzz_input *program)
{
	static const uint8_t zeros[16];
	unsigned choice = fuzz_byte(program);
	struct peer_stream *stream = chosen(peer, program);
	uint32_t id = stream == NULL ? 1 : stream->id;
	switch (choice % 6) {
	case 0:
		peer_frame(peer, PEER_PING, choice & PEER_ACK, 0, zeros, 8);
		return;
	case 1:
		peer_frame(peer, PEER_PRIORITY, 0, id, zeros, 5);
		return;
	case 2: /* of a type that nobody knows */
		peer_frame(peer, (enum peer_frame)0x33, choice, id, zeros, 16);
		return;
	case 3:
		peer->plain = false;
		send_number(peer, PEER_WINDOW, (choice & 0x80) != 0 ? id : 0,
		            (choice & 0x7fU) << 24);
		return;
	case 4:
		peer->plain = false;
		peer_frame(peer, PEER_GOAWAY, 0, 0, zeros, 8);
		return;
	default:
		if (stream != NULL) {
			stream->reset = true;
			send_number(peer, PEER_RESET, id, choice);
		}
		return;
	}
}

static void send_raw(struct peer *peer, struct fuzz_input *program)
{
	struct fuzz_input bytes = fuzz_piece(program);
	peer->tainted = true;
	lsec_buffer_add(&peer->out, (const char *)bytes.data, bytes.size);
}

static void pass_time(struct scene *scene, unsigned seconds)
{
	now += seconds * LSEC_SECOND;
	scene->server.calls.now = now;
	for (size_t i = 0; i < scene->peer_count; i++) {
		struct lsec_connection *connection = scene->peers[i].connection;
		struct lsec_call *call = connection == NULL ? NULL : connection->session.calls;
		for (; call != NULL; call = call->next)
			lsec_call_check_time(call);
		scene->peers[i].plain = false;
		if (connection != NULL)
			lsec_connection_pump(connection);
	}
}

static void act(struct scene *scene, struct fuzz_input *program)
{
	struct peer *peer = scene->peer;
	struct peer_stream *stream = NULL;
	unsigned choice = 0;
	switch (fuzz_byte(program) % 10) {
	case 0:
	case 1:
		whole_call(scene, program, false);
		return;
	case 2:
		whole_call(scene, program, true);
		return;
	case 3:
		begin_call(peer, program, false);
		return;
	case 4:
		stream = chosen(peer, program);
		choice = fuzz_byte(program);
		if (stream != NULL)
			send_piece(peer, stream, (size_t)choice * 64, (choice & 1) != 0);
		return;
	case 5:
		send_settings(peer, program);
		return;
	case 6:
		send_other(peer, program);
		return;
	case 7:
		send_raw(peer, program);
		return;
	case 8:
		pass_time(scene, fuzz_byte(program));
		return;
	default:
		choice = fuzz_byte(program);
		peer->paused = (choice & 0x40) != 0;
		if ((choice & 0x80) != 0) {
			peer->plain = false;
			shutdown(peer->fd, SHUT_WR);
		}
		if (choice % (PEERS + 1) < scene->peer_count)
			scene->peer = &scene->peers[choice % (PEERS + 1)];
		else if (scene->peer_count < PEERS)
			new_peer(scene);
		return;
	}
}

/* Clients end their side, and have all answers by then. */
static void finish(struct scene *scene)
{
	const struct lsec_connections *server = &scene->server;
	for (size_t i = 0; i < scene->peer_count; i++) {
		scene->peers[i].paused = false;
		drain(scene, &scene->peers[i]);
		if (server->calls.stopping && scene->peers[i].connection != NULL)
			lsec_connection_end(scene->peers[i].connection);
	}
	for (size_t i = 0; i < scene->peer_count; i++) {
		shutdown(scene->peers[i].fd, SHUT_WR);
		turn(scene);
	}
	for (size_t i = 0; i < scene->peer_count; i++) {
		struct peer *peer = &scene->peers[i];
		for (size_t j = 0; j < peer->stream_count && !peer->tainted; j++)
			answer_check(peer, &peer->streams[j], &host, &config);
		if (peer->connection != NULL)
			lsec_connection_kill(peer->connection);
		peer_free(peer);
	}
	HOLDS(server->calls.count == 0 && server->count == 0, "calls are left over");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { MOST_ACTS = 40 };
	struct fuzz_input program = {data, size};
	struct scene scene = {.peer_count = 0};
	now = LSEC_SECOND;
	open_server(&scene.server);
	new_peer(&scene);
	for (int acts = 0; program.size > 0 && acts < MOST_ACTS && !scene.server.calls.stopping;
	     acts++) {
		act(&scene, &program);
		/* Some go together in what the server reads at once. */
		if (acts % 2 == 1 || scene.peer->out.len > 8192)
			flush(&scene, scene.peer);
	}
	finish(&scene);
	lsec_connections_close(&scene.server);
	lsec_calls_run_later(&scene.server.calls);
	close(scene.server.epoll);
	return 0;
}
