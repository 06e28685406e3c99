/* SPDX-License-Identifier: Apache-2.0 */
/* The command that checks manifests. */
#ifndef LAUNCHSEC_CLI_LINT_H
#define LAUNCHSEC_CLI_LINT_H

#include "options.h"

/* Runs `lint`. Prints its findings; returns the exit status. */
enum lsec_exit lsec_run_lint(const struct lsec_options *options, struct lsec_problems *problems);

#endif
