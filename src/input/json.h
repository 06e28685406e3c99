/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON from outside, by json-c. */
#ifndef LAUNCHSEC_INPUT_JSON_H
#define LAUNCHSEC_INPUT_JSON_H

#include <json-c/json.h>
#include <stddef.h>

#include "launchsec/problems.h"

static inline void lsec_json_put(json_object **object)
{
	json_object_put(*object);
}
#define lsec_owned_json LSEC_CLEANUP(lsec_json_put) json_object *

/*
 * Reads an object of `len` bytes, at most `longest`. Refused are, with a
 * sentence: what is not JSON by the letter, invalid UTF-8, anything behind the
 * document, an object that has a key twice, deeper nesting than
 * LSEC_MAX_JSON_DEPTH. `name` names the document, `what` says what is wanted.
 */
int lsec_json_read(const char *bytes, size_t len, size_t longest, const char *name,
                   const char *what, json_object **ret, struct lsec_problems *problems);

/* The member of that name; NULL where there is none, it is null, or `object`
 * is no object. Borrowed. */
json_object *lsec_json_member(const json_object *object, const char *name);

/* "an object", "a number", … for messages. */
const char *lsec_json_kind(const json_object *value);

/* Copies a string without a NUL in it; refuses one with, at `place`. */
int lsec_json_string(json_object *value, const char *place, char **ret,
                     struct lsec_problems *problems);

#endif
