/* SPDX-License-Identifier: Apache-2.0 */
/* The command that says what a VM's disk key needs beforehand. */
#ifndef LAUNCHSEC_CLI_PROVISION_H
#define LAUNCHSEC_CLI_PROVISION_H

#include "launchsec/problems.h"
#include "options.h"

/* Runs `provision`. Returns the exit status. */
enum lsec_exit lsec_run_provision(const struct lsec_options *options,
                                  struct lsec_problems *problems);

#endif
