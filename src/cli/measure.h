/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that measure a VM before it starts. */
#ifndef LAUNCHSEC_CLI_MEASURE_H
#define LAUNCHSEC_CLI_MEASURE_H

#include "measured.h"
#include "options.h"

/*
 * Reads the VM and the files that the options name, and measures it. *ret is for
 * lsec_measured_clear(), also on failure. Returns the exit status.
 */
enum lsec_exit lsec_measure_vm(const struct lsec_options *options, struct lsec_measured *ret,
                               struct lsec_problems *problems);

/* Runs `measure`. Prints its result, but not its problems; returns the exit status. */
enum lsec_exit lsec_run_measure(const struct lsec_options *options, struct lsec_problems *problems);

#endif
