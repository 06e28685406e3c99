/* SPDX-License-Identifier: Apache-2.0 */
/* The command `init`. */
#ifndef LAUNCHSEC_CLI_INIT_H
#define LAUNCHSEC_CLI_INIT_H

#include "launchsec/problems.h"
#include "options.h"

/* Prints a VM's manifest with what it lacks to be confidential, or a sample. Returns the exit
 * status. */
enum lsec_exit lsec_run_init(const struct lsec_options *options, struct lsec_problems *problems);

#endif
