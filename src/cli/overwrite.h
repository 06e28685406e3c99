/* SPDX-License-Identifier: Apache-2.0 */
/* -o must not take the place of what is read. */
#ifndef LAUNCHSEC_CLI_OVERWRITE_H
#define LAUNCHSEC_CLI_OVERWRITE_H

#include "options.h"

/*
 * Refuses an --output that would overwrite a file which an option of the command names, or which is
 * read without one, under whatever name: files are told apart by device and inode. Looks only at
 * files that are there; pipes and devices are never lost.
 */
int lsec_refuse_overwriting(const struct lsec_options *given, struct lsec_problems *problems);

#endif
