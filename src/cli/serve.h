/* SPDX-License-Identifier: Apache-2.0 */
/* The server: what the options say, put together and run. */
#ifndef LAUNCHSEC_CLI_SERVE_H
#define LAUNCHSEC_CLI_SERVE_H

#include "launchsec/problems.h"
#include "options.h"

/* Runs `serve` to its end. Returns the exit status. */
enum lsec_exit lsec_run_serve(const struct lsec_options *options, struct lsec_problems *problems);

#endif
