/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of HTTP/2 as a call of gRPC; for the server's own files. */
#ifndef LAUNCHSEC_TRANSPORT_CALL_H
#define LAUNCHSEC_TRANSPORT_CALL_H

#include <nghttp2/nghttp2.h>

#include "log/log.h"
#include "message.h"
#include "request.h"
#include "rpc.h"

/* What a stream may send before it is given more window (RFC 9113 6.9.2). */
#define LSEC_FIRST_WINDOW 65535U

/* Bytes that a large call must send or receive to count as moving; see flow.c. */
#define LSEC_FLOW_STEP 16384U

/* call.c begins with what each allows. */
enum lsec_call_state {
	LSEC_CALL_HEADERS, /* the header fields have not ended */
	LSEC_CALL_MESSAGE, /* the client's side is open */
	LSEC_CALL_ANSWER,  /* the answer is on its way */
	LSEC_CALL_OVER,    /* reset, or about to be: everything is ignored */
};

/* What the calls of a server share. */
struct lsec_calls {
	const struct lsec_rpc_service *services;
	size_t longest; /* message, in bytes */
	struct lsec_log *log;
	size_t count;
	uint64_t answers;                                 /* since the start */
	int64_t now;                                      /* in this turn of the server's loop */
	bool stopping;                                    /* the server is to end */
	struct lsec_rpc_later *first_later, **last_later; /* to be run in this order */
};

struct lsec_call {
	struct lsec_calls *all;
	nghttp2_session *session;
	struct lsec_call *previous, *next; /* in the connection, which links them */
	int32_t stream;
	enum lsec_call_state state;
	bool request_ended; /* the client has ended its side */
	struct lsec_rpc_request request;
	const struct lsec_rpc_method *method; /* NULL: refused */
	void *context;                        /* of the method */
	struct lsec_rpc_count *answered;      /* counts its answers; may be NULL */
	struct lsec_message message;
	uint64_t received; /* bytes of the body */
	size_t held;       /* of these, not given back to the flow-control window */
	int64_t deadline;  /* for the message to be whole */
	size_t sent;       /* bytes of the answer, prefix included */
	size_t queued;     /* bytes of the answer, while it is under way */
	int64_t moved;     /* when it last got further; see flow.c */
	struct lsec_rpc_answer answer;
};

struct lsec_call *lsec_call_new(struct lsec_calls *all, nghttp2_session *session, int32_t stream);
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
/* A frame that ended the server's side has left. */
void lsec_call_sent(struct lsec_call *call);

/* For flow.c. */

/* Whether message or answer are larger than what every stream may send or receive at once. */
bool lsec_call_is_large(const struct lsec_call *call);
/* Gives back the window that the message has used up. */
void lsec_call_go_on(struct lsec_call *call);
/* Ends a call whose message arrives, since its memory is needed. */
void lsec_call_give_up(struct lsec_call *call);

/* Runs the work that is left for after answers. */
void lsec_calls_run_later(struct lsec_calls *all);

#endif
