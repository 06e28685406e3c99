/* SPDX-License-Identifier: Apache-2.0 */
/* The files that `lint` reads, of the files and directories it is given. */
#ifndef LAUNCHSEC_CLI_LINT_FILES_H
#define LAUNCHSEC_CLI_LINT_FILES_H

#include "options.h"

struct lsec_lint_file {
	char *path, *name; /* as it is, or "-"; and fit to be shown */
	bool found;        /* in a directory, not given by name */
};

struct lsec_lint_files {
	struct lsec_lint_file *of;
	size_t count, room;
};

/*
 * Takes files as they are given, and of directories all *.yaml, *.yml and *.json in them, at most
 * LSEC_MAX_FILES, LSEC_MAX_DIRECTORIES deep, in the order of their names' bytes. Skipped are names
 * that begin with a dot, links to directories, and what is no file. *ret is to be cleared in any
 * case.
 */
int lsec_lint_files_find(const struct lsec_texts *given, struct lsec_lint_files *ret,
                         struct lsec_problems *problems);

void lsec_lint_files_clear(struct lsec_lint_files *files);

#endif
