/* SPDX-License-Identifier: Apache-2.0 */
/* A document's digest, and the value that it becomes in each TEE's report, for people and JSON. */
#ifndef LAUNCHSEC_CLI_SHOWN_H
#define LAUNCHSEC_CLI_SHOWN_H

#include "base/digest.h"
#include "base/json.h"
#include "launchsec/problems.h"

/* A value as reports and verifiers show it. */
struct lsec_shown {
	const char *name;  /* for people */
	const char *title; /* in JSON */
	size_t size;       /* bytes */
	char *base64, *hex;
	uint8_t bytes[LSEC_LONGEST_DIGEST];
};

/* The digest; then for each TEE, as lsec_tee_at() has them, its field. */
#define LSEC_SHOWN 3
struct lsec_shown_all {
	struct lsec_shown of[LSEC_SHOWN];
};

void lsec_shown_of(const struct lsec_digest *digest, struct lsec_shown_all *ret);
void lsec_shown_clear(struct lsec_shown_all *shown);

/* Refuses a value that is none of them; `what` says of what they are. */
int lsec_shown_verify(const struct lsec_shown_all *shown, const char *what, const char *value,
                      struct lsec_problems *problems);

/* Three lines: what it is, its hex, its base64. `value` is compared with it, and that it matches is
 * told; NULL: none. */
void lsec_shown_text(struct lsec_buffer *ret, const struct lsec_shown *shown, const char *value);

/* An object with the same. */
struct json_object *lsec_shown_json(const struct lsec_shown *shown, const char *value);

#endif
