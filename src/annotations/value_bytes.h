/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are bytes: in base64 or hex, or as the digest of a text. */
#ifndef LAUNCHSEC_ANNOTATIONS_VALUE_BYTES_H
#define LAUNCHSEC_ANNOTATIONS_VALUE_BYTES_H

#include "value.h"

/* LSEC_VALUE_BYTES: exactly as many bytes as the key has. Sets value->text, their base64. */
int lsec_parse_bytes(const struct lsec_reading *c, struct lsec_value *value);

/* LSEC_VALUE_BIND: 32 or 48 bytes, fitted to the field of the TEE. Sets value->text likewise. */
int lsec_parse_bind(const struct lsec_reading *c, struct lsec_value *value);

/* Whether a value of the key means "the digest of what follows": that may be any text. */
bool lsec_is_digest_form(const struct lsec_key *key, const char *text);

/* Writes a digest into a field of `size` bytes, at most LSEC_LONGEST_DIGEST: base64 of it. */
char *lsec_value_of_digest(const struct lsec_digest *digest, size_t size);

#endif
