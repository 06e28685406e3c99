/* SPDX-License-Identifier: Apache-2.0 */
/* A client's frames, and the calls that they make; for the server's own files. */
#ifndef LAUNCHSEC_TRANSPORT_SESSION_H
#define LAUNCHSEC_TRANSPORT_SESSION_H

#include "call.h"

struct lsec_session {
	struct lsec_calls *all;
	nghttp2_session *frames;
	struct lsec_call *calls; /* the newest first */
	size_t call_count;
	bool greeted; /* the peer has sent a whole frame */
};

/* It must not move from here on. */
void lsec_session_open(struct lsec_session *session, struct lsec_calls *all);
/* Frees all calls. nghttp2 still points to them, so nothing may run it from here on. */
void lsec_session_drop_calls(struct lsec_session *session);
/* Resets the calls whose messages are not complete. */
void lsec_session_end_reading(struct lsec_session *session);
/* Not from one of nghttp2's callbacks. */
void lsec_session_close(struct lsec_session *session);

#endif
