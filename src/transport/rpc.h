/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service is to the transport: a table of methods, each a function from one message to one
 * answer (a unary call of gRPC).
 */
#ifndef LAUNCHSEC_TRANSPORT_RPC_H
#define LAUNCHSEC_TRANSPORT_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Status codes (gRPC doc/statuscodes.md) that launchsec sends. */
enum lsec_rpc_code {
	LSEC_RPC_OK = 0,
	LSEC_RPC_INVALID_ARGUMENT = 3,
	LSEC_RPC_DEADLINE_EXCEEDED = 4,
	LSEC_RPC_NOT_FOUND = 5,
	LSEC_RPC_RESOURCE_EXHAUSTED = 8,
	LSEC_RPC_UNIMPLEMENTED = 12,
	LSEC_RPC_INTERNAL = 13,
};
#define LSEC_RPC_CODES 14 /* and those between, which nobody sends */

/* How often a method was answered, by status code. */
struct lsec_rpc_count {
	uint64_t of[LSEC_RPC_CODES];
};

/* Work to do after an answer has been sent, so that its client does not wait for it. Begins the
 * structure that `run` is given and frees. */
struct lsec_rpc_later {
	struct lsec_rpc_later *next; /* the transport's */
	void (*run)(struct lsec_rpc_later *later);
};

struct lsec_rpc_answer {
	enum lsec_rpc_code code;
	struct lsec_buffer message;   /* for LSEC_RPC_OK: the message, maybe empty */
	struct lsec_buffer text;      /* else: why not; UTF-8, lines joined by '\n' */
	bool stop;                    /* end the server after this answer */
	struct lsec_rpc_later *later; /* or NULL; always run once */
};

/* Handles a call. `message` has `len` bytes and lives until the return; *ret is zeroed before. */
typedef void (*lsec_rpc_handler)(void *context, const char *message, size_t len,
                                 struct lsec_rpc_answer *ret);

struct lsec_rpc_method {
	const char *path; /* "/package.Service/Method" */
	lsec_rpc_handler handle;
};

/* Tables of methods end with a row whose path is NULL; tables of services with one whose methods
 * are NULL, which counts calls of methods that there are not. */
struct lsec_rpc_service {
	const struct lsec_rpc_method *methods;
	void *context;
	struct lsec_rpc_count *counts; /* one for each method; NULL: nothing is counted */
};

/* "OK", "INVALID_ARGUMENT", ... */
const char *lsec_rpc_code_name(enum lsec_rpc_code code);

/*
 * The text of a status as gRPC puts it into the header grpc-message: percent signs and everything
 * but printable ASCII as %XX (gRPC PROTOCOL-HTTP2.md, "Status-Message"). At most `longest` bytes
 * come out; a text that needs more is cut after the last whole line that fits, with a line that
 * reports it. Bytes that are not UTF-8 are encoded as they are.
 */
void lsec_rpc_encode_text(struct lsec_buffer *ret, const char *text, size_t longest);

static inline void lsec_rpc_answer_clear(struct lsec_rpc_answer *answer)
{
	if (answer->later != NULL)
		answer->later->run(answer->later);
	answer->later = NULL;
	lsec_buffer_clear(&answer->message);
	lsec_buffer_clear(&answer->text);
}

#endif
