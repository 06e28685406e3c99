/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client for the server's target, which writes whatever it is told to and reads what comes back
 * with no more of nghttp2 than its header compression.
 */
#ifndef LAUNCHSEC_TESTS_FUZZ_PEER_H
#define LAUNCHSEC_TESTS_FUZZ_PEER_H

#include <nghttp2/nghttp2.h>

#include "base/text.h"
#include "fuzz.h"
#include "transport/flow.h"

#define PEER_STREAMS 48

enum peer_frame {
	PEER_DATA = 0,
	PEER_HEADERS = 1,
	PEER_PRIORITY = 2,
	PEER_RESET = 3,
	PEER_SETTINGS = 4,
	PEER_PING = 6,
	PEER_GOAWAY = 7,
	PEER_WINDOW = 8,
	PEER_CONTINUATION = 9,
};
#define PEER_END_STREAM 1U
#define PEER_ACK 1U
#define PEER_END_HEADERS 4U
#define PEER_PADDED 8U

struct peer_stream {
	uint32_t id;
	unsigned method;        /* of answers.h */
	bool good;              /* headers, framing, message as they should be */
	struct lsec_buffer out; /* the framed message */
	size_t sent;            /* of it */
	bool whole;             /* all of the request was sent */
	int64_t window;         /* how much more may be */
	/* the answer: */
	char http[4], status[4];
	struct lsec_buffer text, in;
	bool reset, ended;
};

struct peer {
	int fd;
	struct lsec_connection *connection; /* the server's side, or NULL: gone */
	nghttp2_hd_deflater *deflater;
	nghttp2_hd_inflater *inflater;
	struct lsec_buffer out, in;
	struct lsec_buffer block; /* of header fields, so far */
	struct peer_stream streams[PEER_STREAMS];
	size_t stream_count;
	int64_t window;
	bool closed;  /* the server has closed */
	bool paused;  /* nothing is read */
	bool tainted; /* raw bytes were sent: nobody knows what they mean */
	bool plain;   /* it was said nothing after which an answer may stay out */
};

/* Takes over a connected socket. */
void peer_begin(struct peer *peer, int fd);
void peer_free(struct peer *peer);

/* Puts a frame into what is to be sent. */
void peer_frame(struct peer *peer, enum peer_frame type, unsigned flags, uint32_t stream,
                const void *payload, size_t len);

/* Reads what the server has sent, and answers it with window. */
void peer_read(struct peer *peer);

#endif
