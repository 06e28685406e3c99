/* SPDX-License-Identifier: Apache-2.0 */
/* What wish.c and wish_fields.c share. */
#ifndef LAUNCHSEC_TESTS_FUZZ_WISH_H
#define LAUNCHSEC_TESTS_FUZZ_WISH_H

#include "fuzz.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX

extern const struct wish_key {
	const char *name;
	unsigned tees;
	const char *xml; /* FUZZ_BYTES and FUZZ_ATTRIBUTE */
	size_t bytes;    /* FUZZ_BYTES */
	bool digest;     /* may be sha256-of: */
} wish_keys[LSEC_KEYS];

struct wish_asker {
	const struct lsec_request *request;
	const xmlNode *root, *security;
	enum lsec_tee tee;
};

/* The value of an annotation, of the cluster's default, of either, the annotation's first; NULL for
 * none. */
const char *wish_annotation(const struct lsec_request *request, size_t key);
const char *wish_cluster(const struct wish_asker *asker, size_t key);
const char *wish_value(const struct wish_asker *asker, size_t key);

/* All fields but those of bind and of a document. */
void wish_fields(const struct wish_asker *asker, struct fuzz_wish *wish);

/* `bind` goes into the field of either TEE, cut or filled up, and agrees with what is asked for
 * that. */
void wish_bind(const struct wish_asker *asker, struct fuzz_wish *wish);

/* A digest of the document is in its field, asked for as well or not. */
void wish_digest(const struct wish_asker *asker, struct fuzz_wish *wish);

#endif
