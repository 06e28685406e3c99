/* SPDX-License-Identifier: Apache-2.0 */
/* What a server gives up before its first call, by --sandbox; src/sandbox does it. */
#ifndef LAUNCHSEC_CLI_CONFINE_H
#define LAUNCHSEC_CLI_CONFINE_H

#include "launchsec/problems.h"
#include "log/log.h"
#include "options.h"
#include "sandbox/sandbox.h"

/*
 * Shuts the process in, which has its sockets open and one thread, and logs what is in force. Does
 * nothing with --sandbox off. Fails only with --sandbox on, where the system does not permit all;
 * what was put up by then stays. The options say which directories sockets are in, and whether the
 * host's facts are read anew at each call of the node hook.
 */
int lsec_confine(const struct lsec_options *options, struct lsec_log *log,
                 struct lsec_problems *problems);

/* For tests: logs what is in force, or, with `all`, adds a problem for each layer that is not. */
int lsec_confine_tell(const struct lsec_sandbox *sandbox, bool all, struct lsec_log *log,
                      struct lsec_problems *problems);

#endif
