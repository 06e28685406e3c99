/* SPDX-License-Identifier: Apache-2.0 */
/* A gRPC client for one call without arguments, on a UNIX socket. */
#ifndef LAUNCHSEC_TRANSPORT_CLIENT_H
#define LAUNCHSEC_TRANSPORT_CLIENT_H

#include <stdint.h>

#include "base/text.h"

/* Bytes of an answer, and of all that a server may send with it: SETTINGS, header fields, PINGs. */
#define LSEC_MAX_CLIENT_ANSWER 1024
#define LSEC_MAX_CLIENT_BYTES 65536

struct lsec_client_call {
	const char *socket; /* path */
	const char *place;  /* what it is called in problems */
	const char *method; /* "/package.Service/Method" */
	int32_t timeout;    /* seconds for all of it */
};

/*
 * Makes the call, with an empty message, and adds the bytes of the answer's message to *ret. The
 * server is not trusted: what it sends is bounded by the limits above, and the time by `timeout`,
 * whatever it sends. The problem says why there is no answer; only with a path that no socket can
 * have it is one of usage.
 */
int lsec_client_call(const struct lsec_client_call *call, struct lsec_buffer *ret,
                     struct lsec_problems *problems);

#endif
