/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at a JSON text before anything is built of it. A reader makes an object of a hundred and
 * more bytes of two brackets, so what it may build is counted here first; and what nobody reads is
 * taken out. Each goes through the text once, and needs no memory.
 */
#ifndef LAUNCHSEC_BASE_JSON_SCAN_H
#define LAUNCHSEC_BASE_JSON_SCAN_H

#include <stddef.h>

/* What a reader would build of a text. */
struct lsec_json_size {
	size_t values;  /* objects, lists, and what is in them */
	unsigned depth; /* of lists and objects inside each other */
};

/* The size of what a reader builds of a text: exact where it is well-formed, else no less than
 * what it has built when it finds the fault. */
struct lsec_json_size lsec_json_scan(const char *bytes, size_t len);

/*
 * Empties what is nobody's business in a Kubernetes object, and most of it: `status` and
 * `metadata.managedFields`, where they are objects or lists. Blanks take the place of what was in
 * them, but for line ends, so that a problem is still told at its place. What is not well-formed
 * stays, for the reader to refuse; only that an object in there has a key twice goes unnoticed.
 */
void lsec_json_empty(char *bytes, size_t len);

#endif
