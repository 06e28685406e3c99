/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and columns of a text. */
#ifndef LAUNCHSEC_FUZZ_MARKS_H
#define LAUNCHSEC_FUZZ_MARKS_H

#include "fuzz.h"
#include "input/yaml.h"

/* Whether a text has line breaks that YAML alone knows, or a byte order mark, which it leaves out:
 * lines and columns are others then. */
static inline bool fuzz_has_foreign(struct lsec_span text)
{
	return memmem(text.bytes, text.len, "\xc2\x85", 2) != NULL ||
	       memmem(text.bytes, text.len, "\xe2\x80", 2) != NULL ||
	       memmem(text.bytes, text.len, "\xef\xbb", 2) != NULL;
}

/* The text at a mark; NULL where it is past the end. */
static inline const char *fuzz_text_at(struct lsec_span text, struct lsec_mark mark)
{
	const char *end = text.bytes + text.len;
	const char *at = text.bytes;
	for (size_t line = 1; line < mark.line && at < end; at++)
		line += *at == '\n' || (*at == '\r' && (at + 1 == end || at[1] != '\n'));
	for (size_t column = 1; column < mark.column && at < end; column++)
		for (at++; at < end && (*at & 0xc0) == 0x80;)
			at++;
	return mark.line > 0 && mark.column > 0 && at < end ? at : NULL;
}

#endif
