/* SPDX-License-Identifier: Apache-2.0 */
/* The command that writes what a verifier must be told of a VM. */
#ifndef LAUNCHSEC_CLI_EXPECT_H
#define LAUNCHSEC_CLI_EXPECT_H

#include "options.h"

/* The names of the files that it writes, up to NULL. */
const char *lsec_expect_file(size_t index);

/* Runs `expect`. Prints its result, but not its problems; returns the exit status. */
enum lsec_exit lsec_run_expect(const struct lsec_options *options, struct lsec_problems *problems);

#endif
