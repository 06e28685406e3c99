/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and options that there are not. */
#ifndef LAUNCHSEC_CLI_UNKNOWN_H
#define LAUNCHSEC_CLI_UNKNOWN_H

#include "options.h"

/* The command of that name; NULL, with a problem: there is none. `program`: how it was called. */
const struct lsec_command *lsec_find_command(const char *word, const char *program,
                                             struct lsec_problems *problems);

/* Adds the problem that a command has no such option: `word` as it was given. Returns -1. */
int lsec_refuse_option(const struct lsec_command *command, const char *word, const char *program,
                       struct lsec_problems *problems);

/*
 * Refuses long options with one dash, which getopt_long() would read as letters, each another
 * mistake. Returns -1 where there is one. argv ends with NULL.
 */
int lsec_refuse_one_dash(const struct lsec_command *command, char *const *argv, const char *program,
                         struct lsec_problems *problems);

#endif
