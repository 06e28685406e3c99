/* SPDX-License-Identifier: Apache-2.0 */
/* The command that computes what an initdata document becomes. */
#ifndef LAUNCHSEC_CLI_INITDATA_H
#define LAUNCHSEC_CLI_INITDATA_H

#include "launchsec/problems.h"
#include "options.h"

/* Runs `initdata`. Returns the exit status. */
enum lsec_exit lsec_run_initdata(const struct lsec_options *options,
                                 struct lsec_problems *problems);

#endif
