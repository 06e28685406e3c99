/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of calls, as protobuf. */
#ifndef LAUNCHSEC_TESTS_FUZZ_MESSAGES_H
#define LAUNCHSEC_TESTS_FUZZ_MESSAGES_H

#include "answers.h"

/* A message for a method, out of captured and other domains and VMIs, or bytes of the input: as the
 * input says. */
void message_put(struct lsec_buffer *message, enum answer_method method, struct fuzz_input *input);

#endif
