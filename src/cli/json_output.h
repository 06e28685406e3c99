/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building JSON to print. Each function takes over the value that it is given, and notes in *failed
 * that memory ran out; so callers need to look once, at the end. NULL objects and values count as
 * that.
 */
#ifndef LAUNCHSEC_CLI_JSON_OUTPUT_H
#define LAUNCHSEC_CLI_JSON_OUTPUT_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

void lsec_put(json_t *object, const char *name, json_t *value, bool *failed);

/* A text, or null for NULL. */
void lsec_put_text(json_t *object, const char *name, const char *text, bool *failed);

void lsec_append(json_t *list, json_t *item, bool *failed);

/* Adds the document, indented, with a line end; ret->failed when `failed`. */
void lsec_write_json(struct lsec_buffer *ret, const json_t *root, bool failed);

#endif
