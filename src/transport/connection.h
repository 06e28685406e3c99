/* SPDX-License-Identifier: Apache-2.0 */
/* One client, and all of them; for the server's own files. */
#ifndef LAUNCHSEC_TRANSPORT_CONNECTION_H
#define LAUNCHSEC_TRANSPORT_CONNECTION_H

#include "session.h"

/* What an event of epoll is about; the first member of its structure. */
enum lsec_source { LSEC_SOURCE_SIGNAL, LSEC_SOURCE_LISTENER, LSEC_SOURCE_CONNECTION };

struct lsec_connection {
	enum lsec_source source;
	struct lsec_connections *all;
	struct lsec_connection *previous, *next;
	int fd;
	bool read_ended;      /* the peer has shut its side */
	bool dead;            /* to be freed at the end of the turn */
	bool told;            /* GOAWAY was submitted */
	uint32_t events;      /* that epoll waits for */
	int64_t linger_until; /* when not 0: the server's side is shut, the client's may follow */
	struct lsec_session session;
	struct lsec_buffer unsent; /* what the socket did not accept */
	int64_t moved;             /* when bytes last went in or out */
};

/* All connections of a server, and what they share. */
struct lsec_connections {
	struct lsec_calls calls;
	int epoll;
	struct lsec_connection *first, *graveyard; /* the newest first */
	size_t count;
	char scratch[32768]; /* bytes read, or about to be written */
};

/* Frees what lies in the graveyard. */
void lsec_connections_bury(struct lsec_connections *all);
/* Closes and frees all. */
void lsec_connections_close(struct lsec_connections *all);

/* Takes over `fd`, a connected socket; closes it on failure. */
void lsec_connection_new(struct lsec_connections *all, int fd);
/* Reads and writes what is possible now. */
void lsec_connection_ready(struct lsec_connection *connection, bool readable);
/* Writes what there is to write; the connection may be dead then. */
void lsec_connection_pump(struct lsec_connection *connection);
/* Tells the client that no more calls are accepted. */
void lsec_connection_end(struct lsec_connection *connection);
/* Closes it now and moves it to the graveyard. */
void lsec_connection_kill(struct lsec_connection *connection);

#endif
