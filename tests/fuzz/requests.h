/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client of the server's target sends: calls as they should be, or with some fault, in
 * pieces, and other frames. All of it is put into peer->out; operands are taken from the program.
 */
#ifndef LAUNCHSEC_TESTS_FUZZ_REQUESTS_H
#define LAUNCHSEC_TESTS_FUZZ_REQUESTS_H

#include "peer.h"

/* A stream with its header fields, of which the message is to follow, raw bytes or one that is
 * made; NULL: too many. */
struct peer_stream *request_begin(struct peer *peer, struct fuzz_input *program, bool raw);

/* Sends a piece of a call's body; whether there was window for any. */
bool request_piece(struct peer *peer, struct peer_stream *stream, size_t len, bool padded);

/* A stream that has begun; NULL where none has. */
struct peer_stream *request_chosen(struct peer *peer, struct fuzz_input *program);

/* SETTINGS but for the table of header fields, for which both sides would have to agree. */
void request_settings(struct peer *peer, struct fuzz_input *program);

/* Another frame: PING, PRIORITY, one of an unknown type, WINDOW_UPDATE, GOAWAY, RST_STREAM. */
void request_other(struct peer *peer, struct fuzz_input *program);

/* Bytes as they are: the peer is tainted then. */
void request_raw(struct peer *peer, struct fuzz_input *program);

#endif
