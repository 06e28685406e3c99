/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON from outside, by jansson. (json-c, the other library for it in Debian, keeps the last
 * of two equal keys, takes single quotes even when it is told to be strict, and in 0.16 crashes
 * when memory runs out.)
 */
#ifndef LAUNCHSEC_BASE_JSON_H
#define LAUNCHSEC_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "launchsec/problems.h"
#include "text.h"

static inline void lsec_json_put(json_t **value)
{
	json_decref(*value);
}
#define cleanup_json LSEC_CLEANUP(lsec_json_put)

/*
 * Reads an object of `len` bytes, at most `longest`. Refused are, with a sentence: what is not JSON
 * by the letter, invalid UTF-8, NULs in keys, anything behind the document, an object that has a
 * key twice; and, before anything is built of it, deeper nesting than LSEC_MAX_JSON_DEPTH and more
 * values than LSEC_MAX_JSON_VALUES. `name` names the document, `what` says what is wanted.
 */
int lsec_json_read(const char *bytes, size_t len, size_t longest, const char *name,
                   const char *what, json_t **ret, struct lsec_problems *problems);

/* The same with limits of its own. */
struct lsec_json_limits {
	size_t bytes, values;
};
int lsec_json_read_within(const char *bytes, size_t len, const struct lsec_json_limits *limits,
                          const char *name, const char *what, json_t **ret,
                          struct lsec_problems *problems);

/* The same for an array. */
int lsec_json_read_list(const char *bytes, size_t len, size_t longest, const char *name,
                        const char *what, json_t **ret, struct lsec_problems *problems);

/* The member of that name; NULL where there is none, it is null, or `object` is NULL or no
 * object. Borrowed. */
json_t *lsec_json_member(const json_t *object, const char *name);

/* "an object", "a number", ... for messages. NULL counts as null. */
const char *lsec_json_kind(const json_t *value);

/* Writes a value behind what a buffer holds, with jansson's flags; -1 when memory ran out, which
 * lsec_memory_ran_out() may tell, too. */
int lsec_json_write(struct lsec_buffer *ret, const json_t *value, size_t flags);

/* Copies a string without a NUL in it; refuses one with, at `place`. */
int lsec_json_string(const json_t *value, const char *place, char **ret,
                     struct lsec_problems *problems);

#endif
