/* SPDX-License-Identifier: Apache-2.0 */
/* Small text helpers: owned strings, growing buffers, safe quotes. */
#ifndef LAUNCHSEC_BASE_TEXT_H
#define LAUNCHSEC_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "launchsec/problems.h"

/* Before a pointer's declaration: what it points to is freed when it leaves scope. */
static inline void lsec_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}
#define cleanup_free LSEC_CLEANUP(lsec_free_pointer)

/* Hands an owned string over and forgets it. */
static inline char *lsec_steal(char **text)
{
	char *stolen = *text;
	*text = NULL;
	return stolen;
}

/* Borrowed bytes, not NUL-terminated. */
struct lsec_span {
	const char *bytes;
	size_t len;
};

/* For libraries whose structures have no const although they only read. */
static inline void *lsec_unconst(const void *constant)
{
	union {
		const void *in;
		void *out;
	} both = {.in = constant};
	return both.out;
}

/* Bytes that grow; always NUL-terminated once anything was added. */
struct lsec_buffer {
	char *bytes;
	size_t len, room;
};

void lsec_buffer_add(struct lsec_buffer *buffer, const char *bytes, size_t len);
void lsec_buffer_text(struct lsec_buffer *buffer, const char *text);
void lsec_buffer_format(struct lsec_buffer *buffer, const char *fmt, ...) LSEC_PRINTF(2, 3);
void lsec_buffer_clear(struct lsec_buffer *buffer);
/* Hands the bytes over; NULL where nothing was added. */
char *lsec_buffer_take(struct lsec_buffer *buffer);
#define cleanup_buffer LSEC_CLEANUP(lsec_buffer_clear)

/* Concatenated texts, allocated. Much cheaper than a format. */
#define lsec_concat(...) lsec_concat_all(__VA_ARGS__, (const char *)NULL)
char *lsec_concat_all(const char *first, ...) __attribute__((sentinel));

/* An allocated, formatted string. */
char *lsec_format(const char *fmt, ...) LSEC_PRINTF(1, 2);
char *lsec_format_args(const char *fmt, va_list args) LSEC_PRINTF(1, 0);

/* Room for a quoted, shortened value. */
struct lsec_quote {
	char text[96];
};

/*
 * A value from outside, fit for one line of a message: in double quotes, with a backslash before
 * quotes and backslashes, everything but printable ASCII written \xNN, shortened with "..." past
 * some 60 characters. Returned by value, so it lives as long as the statement.
 */
struct lsec_quote lsec_quote(const char *value);
struct lsec_quote lsec_quote_bytes(const char *value, size_t len);

/* A value as it is where it is short and printable, else as of lsec_quote(); "" for NULL. */
struct lsec_quote lsec_plain_or_quote(const char *value);

/* A copy of a place for a message: of one that is longer than LSEC_MAX_PLACE only the end. */
char *lsec_copy_place(const char *place);

/* Puts a question mark for everything in a text that is not printable ASCII: the last resort for
 * messages, against forged lines and terminal escapes. */
void lsec_make_printable(char *text);

/* Whether a text is that word; NULL is none. */
static inline bool lsec_equal(const char *text, const char *word)
{
	return text != NULL && text[0] == word[0] && strcmp(text, word) == 0;
}

/* Whether a text is printable ASCII all through. */
bool lsec_printable(const char *text);

/* The number of single-character edits between two short words. */
size_t lsec_edit_distance(const char *a, const char *b);

/* Copies a name without capitals, separators and blanks, to be compared with others; "" for one of
 * more than LSEC_SIMPLE_ROOM - 1 such characters. */
#define LSEC_SIMPLE_ROOM 41
void lsec_simplify(const char *name, char ret[LSEC_SIMPLE_ROOM]);

/* The number of letters by which a name differs from one that it may have been meant to be, without
 * capitals, separators and blanks; two that changed places count as one. SIZE_MAX for more than one
 * in four letters, two in a longer name, or LSEC_SIMPLE_ROOM - 1 letters in all. */
size_t lsec_name_distance(const char *written, const char *name);

/*
 * Strict numbers: decimal, or hexadecimal after 0x; no sign, no blanks, no more than 64 bits. A
 * leading zero is refused, since some would read it as octal.
 */
bool lsec_number(const char *text, uint64_t *ret);

/* How many bytes of white space a text begins with, as XML, JSON and YAML have it. */
size_t lsec_blanks(const char *bytes, size_t len);

/* A decimal number of at most `most`, as libvirt reads it: zeros in front mean nothing. */
bool lsec_decimal(const char *text, uint64_t most, uint64_t *ret);

#endif
