/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TOML of initdata documents: two strings at the top, then one table of strings.
 *
 * Debian has no kept TOML library for C, and this is all of TOML that is needed, so this is a
 * strict reader of just that. It takes a part of TOML 1.0: what it takes, every reader of TOML
 * reads alike; what it does not understand, it refuses. Text inside a value, a comment or a
 * multi-line string is never taken for anything else; quoted keys count as what they say, and keys
 * given twice are refused.
 */
#ifndef LAUNCHSEC_ANNOTATIONS_TOML_HEAD_H
#define LAUNCHSEC_ANNOTATIONS_TOML_HEAD_H

#include <stddef.h>

#include "launchsec/problems.h"

struct lsec_toml_head {
	char *version, *algorithm; /* NULL where they are not there */
	bool has_data;             /* there is a [data] table */
	size_t data_count;         /* keys in it */
};

/*
 * Reads `len` bytes, UTF-8 without a byte order mark in front. `place` names the document in
 * problems. On failure *ret is left alone.
 */
int lsec_toml_head_read(const char *place, const char *bytes, size_t len,
                        struct lsec_toml_head *ret, struct lsec_problems *problems);

void lsec_toml_head_clear(struct lsec_toml_head *head);

#endif
