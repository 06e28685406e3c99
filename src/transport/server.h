/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gRPC server for unary calls, on UNIX sockets, in one thread.
 *
 * Theory of operation. One epoll loop reads and writes connections; nghttp2 makes frames of their
 * bytes (session.c). Streams become calls (call.c): header fields are checked, the message is put
 * together, and once the client has ended its side the method's function is called and runs to its
 * end; the answer leaves as fast as the client reads it.
 *
 * Nothing that a peer does may cost without limit. Connections and calls are counted; a new
 * connection beyond the limit replaces the one that has been silent for longest. Messages and
 * answers in memory are bounded by flow control, and at last by ending the call that does not move
 * (flow.c). Every call has a deadline, every silence a limit.
 */
#ifndef LAUNCHSEC_TRANSPORT_SERVER_H
#define LAUNCHSEC_TRANSPORT_SERVER_H

#include "launchsec/problems.h"
#include "log/log.h"
#include "rpc.h"

struct lsec_server;

struct lsec_server_setup {
	const struct lsec_rpc_service *services; /* ends with one without methods */
	size_t longest;                          /* message, in bytes */
	struct lsec_log *log;
	/* Where not NULL: called a second at most after an answer, once a second at most, and at
	 * the end, if there were answers since. */
	void (*report)(void *context);
	void *report_context;
};

/*
 * Makes a server. From here on SIGTERM and SIGINT are blocked, and end lsec_server_run(); SIGPIPE
 * is ignored. All of `setup` has to outlive it.
 */
int lsec_server_new(const struct lsec_server_setup *setup, struct lsec_server **ret,
                    struct lsec_problems *problems);

/* Listens on one more path; see lsec_socket_open(). */
int lsec_server_listen(struct lsec_server *server, const char *path,
                       struct lsec_problems *problems);

/*
 * Serves until a signal or an answer with `stop`. Then sockets are removed, clients notified
 * (GOAWAY), calls under way answered within LSEC_MAX_GRACE_SECONDS seconds. A second signal ends it
 * at once. Returns -1 only where it cannot serve at all.
 */
int lsec_server_run(struct lsec_server *server, struct lsec_problems *problems);

/* Closes everything. NULL is fine. */
void lsec_server_free(struct lsec_server *server);

static inline void lsec_server_put(struct lsec_server **server)
{
	lsec_server_free(*server);
}

#endif
