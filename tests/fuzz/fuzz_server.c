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
#include "requests.h"
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

static void whole_call(struct scene *scene, struct fuzz_input *program, bool raw)
{
	struct peer *peer = scene->peer;
	struct peer_stream *stream = request_begin(peer, program, raw);
	unsigned cut = fuzz_byte(program);
	size_t piece = cut < 0x40 ? 16000 : (size_t)(cut & 0x3f) * 64 + 1;
	if (stream == NULL)
		return;
	while (request_piece(peer, stream, piece, (cut & 0x80) != 0))
		if (peer->out.len > 32768)
			flush(scene, peer);
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
		request_begin(peer, program, false);
		return;
	case 4:
		stream = request_chosen(peer, program);
		choice = fuzz_byte(program);
		if (stream != NULL)
			request_piece(peer, stream, (size_t)choice * 64, (choice & 1) != 0);
		return;
	case 5:
		request_settings(peer, program);
		return;
	case 6:
		request_other(peer, program);
		return;
	case 7:
		request_raw(peer, program);
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
