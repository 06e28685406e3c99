/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs work that may hang, crash, print or ask for a password in a process of its own, without the
 * standard streams and a terminal, and with a time limit.
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
 * `answer`: at most LSEC_MAX_LIBVIRT_ANSWER bytes, which are untrusted. A child that takes too
 * long, writes too much or crashes is a failure. All that it started ends with it.
 */
int lsec_worker_run(const struct lsec_worker *worker, struct lsec_buffer *ret,
                    struct lsec_problems *problems);

#endif
