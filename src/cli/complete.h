/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell may offer at the end of an unfinished command line. */
#ifndef LAUNCHSEC_CLI_COMPLETE_H
#define LAUNCHSEC_CLI_COMPLETE_H

#include "base/text.h"

/* The hidden command, under the name that cobra (github.com/spf13/cobra, completions.go) gave it,
 * which kubectl's plugins follow. */
#define LSEC_COMPLETE "__complete"

/*
 * Adds what the last of `words`, which follow the program's name, could become, in cobra's
 * protocol: lines "WORD TAB HELP", then ":N", where N is a sum of 2 (no blank after the word) and 4
 * (no names of files). An unknown command has none.
 */
void lsec_complete(size_t count, char *const *words, struct lsec_buffer *ret);

/* Adds the script by which a shell asks it; -1 for an unknown shell. */
int lsec_completion_script(const char *shell, struct lsec_buffer *ret);

#endif
