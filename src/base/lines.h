/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Problems, warnings and changes as lines, "PLACE: WHAT", for standard error, a log or a gRPC
 * status.
 */
#ifndef LAUNCHSEC_BASE_LINES_H
#define LAUNCHSEC_BASE_LINES_H

#include "launchsec/report.h"
#include "text.h"

/* What stands before a problem, and before a warning. */
#define LSEC_ERROR_LINE "launchsec: error: "
#define LSEC_WARNING_LINE "launchsec: warning: "

struct lsec_lines {
	char **of;
	size_t count, room;
};

/* All problems, and how many are not shown. */
void lsec_lines_of_problems(struct lsec_lines *ret, const struct lsec_problems *problems);

/* All warnings. */
void lsec_lines_of_warnings(struct lsec_lines *ret, const struct lsec_report *report);

/* "set PLACE: REASON"; no values. */
void lsec_lines_of_changes(struct lsec_lines *ret, const struct lsec_report *report);

/* Adds the lines, each after `prefix`, with '\n' between them. */
void lsec_lines_join(struct lsec_buffer *ret, const struct lsec_lines *lines, const char *prefix);

/* Frees the lines and makes the list empty. */
void lsec_lines_clear(struct lsec_lines *lines);

#endif
