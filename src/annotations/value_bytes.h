/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are bytes: in base64 or hex, or as the digest of a text. */
#ifndef LAUNCHSEC_ANNOTATIONS_VALUE_BYTES_H
#define LAUNCHSEC_ANNOTATIONS_VALUE_BYTES_H

#include "values.h"

/* A value to be read, as lsec_value_parse() is given it. */
struct lsec_reading {
	const struct lsec_key *key;
	enum lsec_tee tee;
	const char *place;
	const char *text;
	struct lsec_problems *problems;
};

/* LSEC_VALUE_BYTES: exactly as many bytes as the key has. Sets value->text, their base64. */
int lsec_parse_bytes(const struct lsec_reading *c, struct lsec_value *value);

/* LSEC_VALUE_BIND: 32 or 48 bytes, fitted to the field of the TEE. Sets value->text likewise. */
int lsec_parse_bind(const struct lsec_reading *c, struct lsec_value *value);

/* Whether a value of the key says "the digest of what follows": any text may. */
bool lsec_is_digest_form(const struct lsec_key *key, const char *text);

#endif
