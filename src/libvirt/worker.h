/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that may hang, crash, print or ask for a password, done in a process of its own: without our
 * standard streams, without a terminal, and ended when its time is over.
 */
#ifndef LAUNCHSEC_LIBVIRT_WORKER_H
#define LAUNCHSEC_LIBVIRT_WORKER_H

#include "base/text.h"

struct lsec_worker {
	const char *place; /* names the work in problems */
	void (*work)(const void *question, int answer);
	const void *question;
	unsigned seconds; /* that it may take */
};

/*
 * Calls worker->work() in a child process and gathers what it writes to the file descriptor
 * `answer`: at most LSEC_MAX_LIBVIRT_ANSWER bytes, which come from a stranger. A child that takes
 * too long, says too much or crashes is a failure. Whatever it started goes with it.
 */
int lsec_worker_run(const struct lsec_worker *worker, struct lsec_buffer *ret,
                    struct lsec_problems *problems);

#endif
