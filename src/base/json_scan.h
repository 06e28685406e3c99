/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a JSON text before anything is built from it. A reader makes an object of a hundred bytes
 * and more from two brackets, so values are counted first, and unneeded parts are removed. Each
 * function reads the text once and needs no memory.
 */
#ifndef LAUNCHSEC_BASE_JSON_SCAN_H
#define LAUNCHSEC_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* What a text is. */
struct lsec_json_scan {
	const char *fault; /* why it is not accepted; NULL: it is */
	size_t at;         /* where the fault is, in bytes */
	size_t values;     /* objects, lists, and what is in them, before the fault */
};

/*
 * Looks whether a text is JSON strictly (RFC 8259), in UTF-8, with nothing but white space after
 * it. Refused too: more than LSEC_MAX_JSON_DEPTH objects and lists inside each other, halves of
 * surrogate pairs, and NULs in keys, since readers keep keys as C strings.
 */
struct lsec_json_scan lsec_json_scan(const char *bytes, size_t len);

/* The character of the escape \uXXXX at `at`, or of two such that are a surrogate pair, of which
 * half is a character here; -1 for what is none. */
int lsec_json_escaped(const char *at, const char *end);

/* Whether a text is UTF-8 all through. */
bool lsec_is_utf8(const char *bytes, size_t len);

/* Bytes of the UTF-8 character at `at` (RFC 3629), 0 for what is none. */
size_t lsec_utf8_character(const char *at, const char *end);

/* The names of members from the outermost object on; the rest NULL. */
#define LSEC_JSON_PATH 3
struct lsec_json_path {
	const char *names[LSEC_JSON_PATH];
};

/*
 * Empties objects and lists at `paths`, which a row without names ends. Blanks take the place of
 * what was in them, but for line ends, so that a problem is still reported at its place. What is
 * not well-formed stays, for the reader to refuse.
 */
void lsec_json_empty(char *bytes, size_t len, const struct lsec_json_path *paths);

#endif
