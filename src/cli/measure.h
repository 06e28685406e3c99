/* SPDX-License-Identifier: Apache-2.0 */
/* The command that measures a VM before it starts. */
#ifndef LAUNCHSEC_CLI_MEASURE_H
#define LAUNCHSEC_CLI_MEASURE_H

#include "options.h"

/* Runs `measure`. Prints its result, but not its problems; returns the exit status. */
enum lsec_exit lsec_run_measure(const struct lsec_options *options, struct lsec_problems *problems);

#endif
