/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of the server: connections, events, time limits, and the end. */
#include "server.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow.h"
#include "socket.h"

/* How often times are looked at: with calls under way, and without, in ms. */
#define BUSY_TICK 100
#define IDLE_TICK 1000

/* Bytes of messages and answers that, once freed, are given back to the system. */
#define TRIM 65536U

struct lsec_listener {
	enum lsec_source source;
	struct lsec_socket socket;
};

struct lsec_server {
	struct lsec_connections all; /* and their calls */
	int signals;
	bool ending;     /* sockets are closed, clients notified */
	bool signalled;  /* by a first signal */
	bool at_once;    /* by a second */
	int64_t stop_at; /* when ending: the latest end */
	struct lsec_listener *listeners[LSEC_MAX_LISTENERS];
	size_t listener_count;
	int64_t accept_again;  /* when not 0: out of descriptors until then */
	size_t peak;           /* bytes of messages and answers, since memory was last given back */
	int64_t checked;       /* when times were last looked at */
	int64_t told_of_crowd; /* when too many connections were last logged */
	void (*report)(void *context);
	void *report_context;
	uint64_t reported;    /* answers, by the last report */
	int64_t report_again; /* not before */
};

/* The signals that end a server. */
static sigset_t ending_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

static int failed(struct lsec_problems *problems, const char *what)
{
	return lsec_problem_failed(problems, "server", "%s: %s", what, strerror(errno));
}

static int watch(struct lsec_server *server, int fd, void *source)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
	return epoll_ctl(server->all.epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Signals arrive as bytes to read, so they interrupt nothing, and one after the server's end does
 * not end the process in another way. */
static int catch_signals(struct lsec_server *server)
{
	static enum lsec_source source = LSEC_SOURCE_SIGNAL;
	const sigset_t ending = ending_signals();
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_BLOCK, &ending, NULL) < 0)
		return -1;
	server->signals = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
	return server->signals < 0 ? -1 : watch(server, server->signals, &source);
}

int lsec_server_new(const struct lsec_server_setup *setup, struct lsec_server **ret,
                    struct lsec_problems *problems)
{
	struct lsec_server *server LSEC_CLEANUP(lsec_server_put) = lsec_calloc(1, sizeof(*server));
	server->all.calls = (struct lsec_calls){
		.services = setup->services,
		.longest = setup->longest,
		.log = setup->log,
		.last_later = &server->all.calls.first_later,
	};
	server->report = setup->report;
	server->report_context = setup->report_context;
	server->signals = -1;
	server->all.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->all.epoll < 0 || catch_signals(server) < 0)
		return failed(problems, "cannot wait for events");
	*ret = server;
	server = NULL;
	return 0;
}

int lsec_server_listen(struct lsec_server *server, const char *path, struct lsec_problems *problems)
{
	struct lsec_listener *listener = NULL;
	if (server->listener_count == LSEC_MAX_LISTENERS)
		return lsec_problem_add(
			problems, lsec_quote(path).text,
			"more than " LSEC_TEXT(
				LSEC_MAX_LISTENERS) " sockets, which is the limit; remove one");
	listener = lsec_calloc(1, sizeof(*listener));
	listener->source = LSEC_SOURCE_LISTENER;
	if (lsec_socket_open(path, &listener->socket, problems) < 0) {
		free(listener);
		return -1;
	}
	server->listeners[server->listener_count++] = listener;
	if (watch(server, listener->socket.fd, listener) < 0)
		return failed(problems, "cannot wait for clients");
	return 0;
}

static void close_listeners(struct lsec_server *server)
{
	while (server->listener_count > 0) {
		struct lsec_listener *listener = server->listeners[--server->listener_count];
		lsec_socket_close(&listener->socket);
		free(listener);
	}
}

/* When a connection last moved; calls under way add the time that a new one has for its first
 * frame. */
static int64_t last_use(const struct lsec_connection *connection)
{
	return connection->moved +
	       (connection->session.call_count > 0 ? LSEC_MAX_HELLO_SECONDS * LSEC_SECOND : 0);
}

/* Makes room for one more connection. */
static bool drop_least_useful(struct lsec_server *server)
{
	struct lsec_connection *least = server->all.first;
	if (least == NULL)
		return false;
	for (struct lsec_connection *other = least->next; other != NULL; other = other->next)
		if (last_use(other) < last_use(least))
			least = other;
	if (server->all.calls.now - server->told_of_crowd >= LSEC_SECOND) {
		lsec_log_say(server->all.calls.log, LSEC_WARNING,
		             "too many connections (%zu): the least useful are closed",
		             server->all.count);
		server->told_of_crowd = server->all.calls.now;
	}
	lsec_connection_kill(least);
	return true;
}

static void accept_later(struct lsec_server *server)
{
	server->accept_again = server->all.calls.now + BUSY_TICK * (LSEC_SECOND / 1000);
}

static void pause_accepting(struct lsec_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		epoll_ctl(server->all.epoll, EPOLL_CTL_DEL, server->listeners[i]->socket.fd, NULL);
	accept_later(server);
}

static void resume_accepting(struct lsec_server *server)
{
	if (server->accept_again == 0 || server->all.calls.now < server->accept_again)
		return;
	server->accept_again = 0;
	for (size_t i = 0; i < server->listener_count; i++)
		if (watch(server, server->listeners[i]->socket.fd, server->listeners[i]) < 0 &&
		    errno != EEXIST)
			accept_later(server);
}

/* One a turn: the others are still there in the next. Whether there was one. */
static bool accept_one(struct lsec_server *server, const struct lsec_listener *listener)
{
	if (server->all.count >= LSEC_MAX_CONNECTIONS)
		drop_least_useful(server);
	int fd = accept4(listener->socket.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	bool no_descriptor = fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	                                errno == ENOBUFS);
	if (fd >= 0)
		lsec_connection_new(&server->all, fd);
	else if (no_descriptor && !drop_least_useful(server))
		pause_accepting(server);
	return fd >= 0;
}

/* Those that have connected by now have calls under way, too. */
static void accept_rest(struct lsec_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		while (server->all.count < LSEC_MAX_CONNECTIONS &&
		       accept_one(server, server->listeners[i]))
			continue;
}

static void read_signals(struct lsec_server *server)
{
	struct signalfd_siginfo info;
	while (read(server->signals, &info, sizeof(info)) == sizeof(info)) {
		lsec_log_say(server->all.calls.log, LSEC_INFO, "%s: ending",
		             info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
		server->at_once |= server->signalled;
		server->signalled = true;
		server->all.calls.stopping = true;
	}
}

/* glibc keeps the memory of large or many calls; a sidecar has 64 MB for everything. */
static void trim_memory(struct lsec_server *server, size_t memory)
{
	if (server->peak < memory)
		server->peak = memory;
	if (server->peak < TRIM || memory > server->peak / 2)
		return;
	server->peak = memory;
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

static void handle_event(struct lsec_server *server, const struct epoll_event *event)
{
	const enum lsec_source *source = event->data.ptr;
	switch (*source) {
	case LSEC_SOURCE_SIGNAL:
		read_signals(server);
		break;
	case LSEC_SOURCE_LISTENER:
		if (!server->ending)
			accept_one(server, event->data.ptr);
		break;
	case LSEC_SOURCE_CONNECTION: {
		struct lsec_connection *connection = event->data.ptr;
		bool gone = (event->events & (EPOLLHUP | EPOLLERR)) != 0;
		if (gone && (event->events & EPOLLIN) == 0)
			lsec_connection_kill(connection);
		else
			lsec_connection_ready(connection, (event->events & EPOLLIN) != 0);
		break;
	}
	}
	lsec_calls_run_later(&server->all.calls);
}

static bool is_silent(const struct lsec_server *server, const struct lsec_connection *connection)
{
	int64_t silence = server->all.calls.now - connection->moved;
	bool owes = connection->session.call_count > 0 || connection->unsent.len > 0;
	if (connection->linger_until != 0)
		return server->all.calls.now >= connection->linger_until;
	return (!connection->session.greeted && silence > LSEC_MAX_HELLO_SECONDS * LSEC_SECOND) ||
	       (owes && silence > LSEC_MAX_SILENT_SECONDS * LSEC_SECOND);
}

static void check_times(struct lsec_server *server)
{
	server->checked = server->all.calls.now;
	resume_accepting(server);
	for (struct lsec_connection *connection = server->all.first, *next = NULL;
	     connection != NULL; connection = next) {
		next = connection->next;
		for (struct lsec_call *call = connection->session.calls; call != NULL;
		     call = call->next)
			lsec_call_check_time(call);
		/* A call whose time is over gets its answer before silence ends its connection. */
		lsec_connection_pump(connection);
		if (is_silent(server, connection))
			lsec_connection_kill(connection);
	}
}

/* What has arrived of a connection, which is what a socket holds at most. */
static void read_rest(struct lsec_connection *connection)
{
	enum { TURNS = 64 };
	int left = 0;
	for (int turn = 0; turn < TURNS && !connection->dead && connection->unsent.len == 0 &&
	                   ioctl(connection->fd, FIONREAD, &left) == 0 && left > 0;
	     turn++)
		lsec_connection_ready(connection, true);
}

/* Calls whose bytes have arrived count as under way: they are read first. */
static void begin_end(struct lsec_server *server)
{
	server->ending = true;
	server->stop_at = server->all.calls.now + LSEC_MAX_GRACE_SECONDS * LSEC_SECOND;
	accept_rest(server);
	close_listeners(server);
	for (struct lsec_connection *connection = server->all.first, *next = NULL;
	     connection != NULL; connection = next) {
		next = connection->next;
		read_rest(connection);
		lsec_connection_end(connection);
	}
}

static bool owes_report(const struct lsec_server *server)
{
	return server->report != NULL && server->all.calls.answers != server->reported;
}

static void report(struct lsec_server *server)
{
	if (!owes_report(server) || server->all.calls.now < server->report_again)
		return;
	server->reported = server->all.calls.answers;
	server->report_again = server->all.calls.now + LSEC_SECOND;
	server->report(server->report_context);
}

static int tick_of(const struct lsec_server *server)
{
	if (server->all.calls.count > 0 || server->all.calls.stopping || server->accept_again != 0)
		return BUSY_TICK;
	return server->all.count > 0 || owes_report(server) ? IDLE_TICK : -1;
}

static bool is_over(const struct lsec_server *server)
{
	return server->ending && (server->at_once || server->all.count == 0 ||
	                          server->all.calls.now >= server->stop_at);
}

int lsec_server_run(struct lsec_server *server, struct lsec_problems *problems)
{
	enum { EVENTS = 64 };
	struct epoll_event events[EVENTS];
	while (!is_over(server)) {
		int tick = tick_of(server);
		int count = epoll_wait(server->all.epoll, events, EVENTS, tick);
		if (count < 0 && errno != EINTR)
			return failed(problems, "cannot wait for events");
		server->all.calls.now = lsec_clock();
		for (int i = 0; i < count; i++)
			handle_event(server, &events[i]);
		if (server->all.calls.stopping && !server->ending)
			begin_end(server);
		const size_t memory = lsec_flow_turn(&server->all);
		if (tick >= 0 &&
		    server->all.calls.now - server->checked >= tick * (LSEC_SECOND / 1000))
			check_times(server);
		lsec_connections_bury(&server->all);
		lsec_calls_run_later(&server->all.calls);
		trim_memory(server, memory);
		report(server);
	}
	server->report_again = 0;
	report(server);
	return 0;
}

void lsec_server_free(struct lsec_server *server)
{
	if (server == NULL)
		return;
	lsec_connections_close(&server->all);
	lsec_calls_run_later(&server->all.calls);
	close_listeners(server);
	if (server->signals >= 0)
		close(server->signals);
	if (server->all.epoll >= 0)
		close(server->all.epoll);
	free(server);
}
