/* SPDX-License-Identifier: Apache-2.0 */
/* What the server may answer. */
#ifndef LAUNCHSEC_TESTS_FUZZ_ANSWERS_H
#define LAUNCHSEC_TESTS_FUZZ_ANSWERS_H

#include "peer.h"

enum answer_method { DEFINE, MUTATE, ISO, INFO, HEALTH, NODE, SHUTDOWN, UNKNOWN };

/* The methods that are called, which peer_stream.method counts; one of them nobody has. */
#define ANSWER_METHODS 12
extern const struct answer_to {
	const char *path;
	enum answer_method is;
} answer_methods[ANSWER_METHODS];

/* Whether a call was answered as it must be by a server with this host and config, when all is
 * over. */
void answer_check(const struct peer *peer, const struct peer_stream *stream,
                  const struct lsec_host *host, const struct lsec_config *config);

#endif
