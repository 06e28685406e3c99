/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that rewrite a domain. */
#ifndef LAUNCHSEC_CLI_RUN_H
#define LAUNCHSEC_CLI_RUN_H

#include "launchsec/problems.h"
#include "options.h"

/* Runs `apply` or the exec hook. Prints its result, but not its problems; returns the exit
 * status. */
enum lsec_exit lsec_run_apply(const struct lsec_options *options, struct lsec_problems *problems);
enum lsec_exit lsec_run_hook(const struct lsec_options *options, struct lsec_problems *problems);

#endif
