/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a server, for its own files: server.c, connection.c, call.c. */
#ifndef LAUNCHSEC_TRANSPORT_PARTS_H
#define LAUNCHSEC_TRANSPORT_PARTS_H

#include <nghttp2/nghttp2.h>
#include <signal.h>
#include <stdint.h>

#include "message.h"
#include "request.h"
#include "server.h"
#include "socket.h"

#define LSEC_SECOND INT64_C(1000000000) /* in ns, the unit of all times here */

/* What a stream may send before it is given more window (RFC 9113 6.9.2). */
#define LSEC_FIRST_WINDOW 65535U

/* What an event of epoll is about; the first member of its structure. */
enum lsec_source { LSEC_SOURCE_SIGNAL, LSEC_SOURCE_LISTENER, LSEC_SOURCE_CONNECTION };

struct lsec_listener {
	enum lsec_source source;
	struct lsec_socket socket;
};

/* call.c begins with what each allows. */
enum lsec_call_state {
	LSEC_CALL_HEADERS, /* the header fields have not ended */
	LSEC_CALL_MESSAGE, /* the client's side is open */
	LSEC_CALL_ANSWER,  /* the answer is on its way */
	LSEC_CALL_OVER,    /* reset, or about to be: nothing counts any more */
};

struct lsec_call {
	struct lsec_connection *connection;
	struct lsec_call *previous, *next; /* in the connection */
	int32_t stream;
	enum lsec_call_state state;
	bool request_ended; /* the client has ended its side */
	struct lsec_rpc_request request;
	const struct lsec_rpc_method *method; /* NULL: refused */
	void *context;                        /* of the method */
	struct lsec_message message;
	uint64_t received; /* bytes of the body */
	size_t held;       /* of these, not given back to the flow-control window */
	int64_t deadline;  /* for the message to be whole */
	size_t sent;       /* bytes of the answer, prefix included */
	size_t queued;     /* bytes of the answer, while it is under way */
	int64_t moved;     /* when it last got further; see flow.c */
	struct lsec_rpc_answer answer;
};

struct lsec_connection {
	enum lsec_source source;
	struct lsec_server *server;
	struct lsec_connection *previous, *next; /* in the server */
	int fd;
	bool read_ended;      /* the peer has shut its side */
	bool broken;          /* no memory for a frame: its peer would wait for ever */
	bool dead;            /* to be freed at the end of the turn */
	bool told;            /* GOAWAY was submitted */
	bool greeted;         /* the peer has sent a whole frame */
	uint32_t events;      /* that epoll waits for */
	int64_t linger_until; /* when not 0: our side is shut, the client's may follow */
	nghttp2_session *session;
	struct lsec_call *calls;
	size_t call_count;
	struct lsec_buffer unsent; /* what the socket did not take */
	int64_t moved;             /* when bytes last went in or out */
};

struct lsec_server {
	struct lsec_server_setup setup;
	int epoll, signals;
	bool stopping;   /* the end was asked for */
	bool ending;     /* sockets are closed, clients told */
	bool signalled;  /* by a first signal */
	bool at_once;    /* by a second */
	int64_t stop_at; /* when stopping: the end of patience */
	struct lsec_listener *listeners[LSEC_MAX_LISTENERS];
	size_t listener_count;
	int64_t accept_again; /* when not 0: out of descriptors until then */
	struct lsec_connection *connections, *graveyard;
	size_t connection_count, call_count;
	struct lsec_rpc_later *first_later, **last_later; /* to be run in this order */
	size_t memory; /* bytes of all messages and answers, at the end of the last turn */
	size_t peak;   /* of it, since freed memory was last given back */
	int64_t now;
	int64_t checked;       /* when times were last looked at */
	int64_t told_of_crowd; /* when the log was last told of too many connections */
	nghttp2_option *option;
	nghttp2_session_callbacks *callbacks;
	char scratch[32768]; /* bytes read, or about to be written */
};

/* connection.c */

/* Sets up what all sessions share. -1: no memory. */
int lsec_connection_setup(struct lsec_server *server);
/* Takes over `fd`, a connected socket; closes it on failure. */
int lsec_connection_new(struct lsec_server *server, int fd);
/* Reads and writes what is possible now. */
void lsec_connection_ready(struct lsec_connection *connection, bool readable);
/* Writes what there is to write; the connection may be dead then. */
void lsec_connection_pump(struct lsec_connection *connection);
/* Tells the client that no more calls are taken. */
void lsec_connection_end(struct lsec_connection *connection);
/* Closes it now and moves it to the server's graveyard. */
void lsec_connection_kill(struct lsec_connection *connection);
/* Frees what lies in the graveyard. */
void lsec_connection_bury(struct lsec_server *server);

/* call.c */

/* A new call on a stream; NULL when there are too many, or no memory. */
struct lsec_call *lsec_call_new(struct lsec_connection *connection, int32_t stream);
void lsec_call_free(struct lsec_call *call);
/* The header fields, or the trailer, have ended. */
void lsec_call_headers(struct lsec_call *call);
/* A piece of the body. */
void lsec_call_data(struct lsec_call *call, const uint8_t *bytes, size_t len);
/* The client has ended its side. */
void lsec_call_end(struct lsec_call *call);
/* Resets the stream. */
void lsec_call_reset(struct lsec_call *call, uint32_t error);
/* Ends the call if its time is over. */
void lsec_call_check_time(struct lsec_call *call);
/* A frame that ended our side has left. */
void lsec_call_sent(struct lsec_call *call);
/* Ends the call, since its memory is needed; or its connection, where the answer is under way. */
void lsec_call_give_up(struct lsec_call *call);

/* flow.c */

/* So many bytes of the body were added to the message. */
void lsec_flow_took(struct lsec_call *call, size_t len);
/* So many bytes of the answer were sent. */
void lsec_flow_sent(struct lsec_call *call, size_t len);
/* Once a turn: ends calls that are too much, and lets those go on that may. */
void lsec_flow_turn(struct lsec_server *server);

/* server.c */

/* The time now, in ns. */
int64_t lsec_clock(void);

#endif
