/* SPDX-License-Identifier: Apache-2.0 */
/* The command `health`. */
#ifndef LAUNCHSEC_CLI_HEALTH_H
#define LAUNCHSEC_CLI_HEALTH_H

#include "options.h"

/* Asks the server on a socket whether it serves. Prints nothing where it does; adds a problem that
 * says why not, where it does not. */
enum lsec_exit lsec_run_health(const struct lsec_options *options, struct lsec_problems *problems);

#endif
