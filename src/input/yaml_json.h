/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as libyaml reads it: nearly all of JSON is YAML, and most texts need no change. */
#ifndef LAUNCHSEC_INPUT_YAML_JSON_H
#define LAUNCHSEC_INPUT_YAML_JSON_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Adapts strict JSON: surrogate pairs become one escape, characters that are foreign to YAML become
 * escapes, tabs between values become blanks, and long keys are announced. Lines keep their
 * numbers. Most JSON has none of these, and *ret stays empty.
 */
void lsec_yaml_adapt(const char *bytes, size_t len, struct lsec_buffer *ret);

/* A place in the original of an adapted text, which moves forward only; it begins at the start of
 * the original, all else 0. */
struct lsec_yaml_cursor {
	const char *at, *end;
	bool string;   /* in a string */
	size_t index;  /* the characters of the adapted text before it */
	size_t column; /* the characters of the original's line before it */
};

/* The column in the original, from 0 on, of the character `index` of the adapted text, which must
 * not be before that of the last call. */
size_t lsec_yaml_original_column(struct lsec_yaml_cursor *cursor, size_t index);

#endif
