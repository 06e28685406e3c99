/* SPDX-License-Identifier: Apache-2.0 */
/* Sets a value in YAML that people wrote, and leaves everything else as it is: comments, order,
 * blanks. */
#ifndef LAUNCHSEC_INPUT_YAML_EDIT_H
#define LAUNCHSEC_INPUT_YAML_EDIT_H

#include "base/text.h"

/* A place below the root of a document: keys of mappings, joined by '|'. */
struct lsec_yaml_edit {
	size_t document; /* 0 is the first */
	const char *path;
	const char *value; /* YAML for one line */
};

/*
 * Adds the text with that value to *ret: a value that is there is replaced, what lacks of the path
 * is put in as the first below what is there. Returns -1, and adds nothing, where that cannot be
 * done by lines: in flow style, or where a value is in the way. The text has been read before, so
 * its cost is known. The caller reads the result and compares: anchors and unusual line breaks are
 * not looked for.
 */
int lsec_yaml_set(const struct lsec_buffer *text, const struct lsec_yaml_edit *edit,
                  struct lsec_buffer *ret);

#endif
