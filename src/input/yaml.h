/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads YAML, or JSON, which is nearly a subset of it, into the JSON that Kubernetes would make of
 * it.
 */
#ifndef LAUNCHSEC_INPUT_YAML_H
#define LAUNCHSEC_INPUT_YAML_H

#include "base/json.h"

/* Whether a text is an object or list in JSON, strictly. */
bool lsec_yaml_is_json(const char *bytes, size_t len);

/* Reads all documents of a text into a list, at most so many values, after aliases are followed. An
 * object that repeats a key is refused. The text's type is not looked at. */
int lsec_yaml_read(const struct lsec_json_text *text, size_t values, struct json_object **ret,
                   struct lsec_problems *problems);

/*
 * Where a value stands, for what was read with the text's `marks`: the key of a member, the
 * beginning of anything else, each from 1 on, columns in characters. What an alias stands for is
 * where its anchor is. A JSON null has no place, nor has what was not read so: all 0.
 */
struct lsec_mark {
	size_t line, column;
};
struct lsec_mark lsec_yaml_mark(const struct json_object *value);

/* What a document is, for problems: "a list", "plain text". */
const char *lsec_yaml_kind(const struct json_object *document);

/* Reads the only document of a text, of the text's type. */
int lsec_yaml_read_one(const struct lsec_json_text *text, struct json_object **ret,
                       struct lsec_problems *problems);

#endif
