/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML document as JSON. */
#ifndef LAUNCHSEC_INPUT_YAML_CONVERT_H
#define LAUNCHSEC_INPUT_YAML_CONVERT_H

#include <yaml.h>

#include "base/json.h"
#include "yaml_json.h"

struct lsec_yaml_reading {
	const struct lsec_json_text *text;
	const char *bytes; /* what libyaml reads of it */
	size_t len;
	size_t most;                      /* values that are read at most */
	bool aliases;                     /* nodes may be needed more than once */
	yaml_document_t *document;        /* the one that is converted */
	size_t values, characters;        /* made so far, aliases followed */
	struct lsec_yaml_cursor original; /* of adapted JSON; all 0 for other texts */
	struct lsec_problems *problems;
};

/* A mark is kept in json-c's pointer for its user: the line above these bits, the column in them. A
 * document's lines and columns are at most its bytes. */
#define LSEC_MARK_BITS 32
_Static_assert(sizeof(void *) >= 8 && LSEC_MAX_DOCUMENT < UINT32_MAX, "room for a mark");

#define LSEC_YAML_TOO_DEEP                                                                         \
	"lists and mappings are nested more than " LSEC_TEXT(                                      \
		LSEC_MAX_JSON_DEPTH) " deep, which is the limit; flatten the document"

/* Refuses the text at a place. */
int lsec_yaml_refuse(const struct lsec_yaml_reading *reading, const yaml_mark_t *mark,
                     const char *what);

/* The same for more of something than is read. */
int lsec_yaml_refuse_many(const struct lsec_yaml_reading *reading, const yaml_mark_t *mark,
                          size_t limit, const char *what);

/* Converts the document. */
int lsec_yaml_convert(struct lsec_yaml_reading *reading, struct json_object **ret);

#endif
