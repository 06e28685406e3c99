/* SPDX-License-Identifier: Apache-2.0 */
/* The command `init`. */
#ifndef LAUNCHSEC_CLI_INIT_H
#define LAUNCHSEC_CLI_INIT_H

#include "launchsec/problems.h"
#include "lint/lint.h"
#include "options.h"

/* Prints a VM's manifest with what it lacks to be confidential, or a sample. Returns the exit
 * status. */
enum lsec_exit lsec_run_init(const struct lsec_options *options, struct lsec_problems *problems);

/* Adds a problem for each error that lint finds in a manifest that all was set in; `objects` is all
 * of it, the request's document the VM, its config and context are set here. Returns -1 where there
 * is one. In init_check.c. */
int lsec_init_check(const struct lsec_lint_request *request, const struct json_object *objects,
                    struct lsec_problems *problems);

#endif
