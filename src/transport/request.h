/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header fields of a call, checked as RFC 9113 section 8 requires.
 *
 * nghttp2 has such checks, but only together with one of :authority that refuses slashes, and
 * grpc-go clients without a name for their server (KubeVirt before 1.1) send the path of the socket
 * there. So the checks are here, with nghttp2's own functions for single names and values, and only
 * :authority may be any text.
 */
#ifndef LAUNCHSEC_TRANSPORT_REQUEST_H
#define LAUNCHSEC_TRANSPORT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest :path that is kept; no method's is a third of it. */
#define LSEC_MAX_RPC_PATH 255

struct lsec_rpc_request {
	unsigned seen;    /* pseudo header fields so far, a bit each */
	bool regular;     /* other fields began, so pseudo fields are over */
	bool malformed;   /* against RFC 9113: a stream error */
	bool post;        /* :method is POST */
	bool grpc;        /* content-type is application/grpc, +proto, ;... */
	bool bad_timeout; /* grpc-timeout is not 1 to 8 digits and a unit */
	bool has_length;
	uint64_t length; /* content-length, bytes */
	int64_t timeout; /* grpc-timeout in ns; negative: none */
	size_t bytes;    /* of all fields, as SETTINGS_MAX_HEADER_LIST_SIZE counts */
	char path[LSEC_MAX_RPC_PATH + 1]; /* shortened if longer */
};

#define LSEC_RPC_REQUEST_INIT                                                                      \
	{                                                                                          \
		.timeout = -1                                                                      \
	}

/* Bytes from a client. */
struct lsec_rpc_bytes {
	const char *bytes;
	size_t len;
};

/* Adds one header field, or with `trailer` one after the body. */
void lsec_rpc_request_field(struct lsec_rpc_request *request, bool trailer,
                            struct lsec_rpc_bytes name, struct lsec_rpc_bytes value);

/* The header block is over: sets `malformed` if a required field is missing. */
void lsec_rpc_request_end(struct lsec_rpc_request *request);

/*
 * Reads a grpc-timeout ("1 to 8 digits, then H, M, S, m, u or n") into ns, which saturate. Returns
 * -1 where it is none.
 */
int lsec_rpc_timeout(const char *value, size_t len, int64_t *ret);

#endif
