/* SPDX-License-Identifier: Apache-2.0 */
/* The command `bind`. */
#ifndef LAUNCHSEC_CLI_BIND_H
#define LAUNCHSEC_CLI_BIND_H

#include "launchsec/problems.h"
#include "options.h"

/* Prints the annotation that binds a file, and what a verifier must expect; or compares that with
 * --verify. Returns the exit status. */
enum lsec_exit lsec_run_bind(const struct lsec_options *options, struct lsec_problems *problems);

#endif
