/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware in a virt-launcher image. */
#ifndef LAUNCHSEC_CLI_LAUNCHER_LIST_H
#define LAUNCHSEC_CLI_LAUNCHER_LIST_H

#include "options.h"

/* Runs `measure --list`. Prints its result, but not its problems; returns the exit status. */
enum lsec_exit lsec_list_launcher(const struct lsec_options *options,
                                  struct lsec_problems *problems);

#endif
