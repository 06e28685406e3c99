/* SPDX-License-Identifier: Apache-2.0 */
/* The command that makes and verifies ID blocks. */
#ifndef LAUNCHSEC_CLI_ID_BLOCK_H
#define LAUNCHSEC_CLI_ID_BLOCK_H

#include "launchsec/problems.h"
#include "options.h"

/* Runs `id-block`. Returns the exit status. */
enum lsec_exit lsec_run_id_block(const struct lsec_options *options,
                                 struct lsec_problems *problems);

#endif
