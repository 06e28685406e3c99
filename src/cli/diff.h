/* SPDX-License-Identifier: Apache-2.0 */
/* Unified diffs of two texts. */
#ifndef LAUNCHSEC_CLI_DIFF_H
#define LAUNCHSEC_CLI_DIFF_H

#include "base/text.h"

/* One side of a diff. */
struct lsec_diff_side {
	const char *name, *text;
	size_t len;
};

/*
 * Adds a unified diff with three lines of context, as diff(1) and patch(1) understand it. Adds
 * nothing for equal texts. Linear in the texts' size: it looks for the next place where they agree,
 * not for the shortest diff.
 */
void lsec_diff(struct lsec_buffer *ret, const struct lsec_diff_side *before,
               const struct lsec_diff_side *after);

#endif
