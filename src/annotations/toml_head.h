/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TOML of initdata documents: two strings at the top, then one table of strings.
 *
 * Debian has no maintained TOML library for C, so this is a strict reader of the part that is
 * needed. It accepts a subset of TOML 1.0 that every reader of TOML understands alike, and refuses
 * everything else. Text inside a value, a comment or a multi-line string is never mistaken for
 * anything else, quoted and bare keys are the same, and duplicate keys are refused.
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
