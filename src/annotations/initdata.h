/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Initdata documents of Confidential Containers (trustee kbs/docs/initdata.md): TOML or JSON with a
 * version, an algorithm and a table of texts. The digest is over the bytes of the document,
 * whatever they are.
 */
#ifndef LAUNCHSEC_ANNOTATIONS_INITDATA_H
#define LAUNCHSEC_ANNOTATIONS_INITDATA_H

#include <stdbool.h>

#include "base/digest.h"
#include "launchsec/problems.h"

/* How a value carries the document. */
enum lsec_initdata_form { LSEC_INITDATA_PLAIN, LSEC_INITDATA_BASE64, LSEC_INITDATA_GZIP };

struct lsec_initdata {
	enum lsec_initdata_form form;
	bool json;         /* else TOML */
	char *document;    /* the bytes that the digest is over */
	size_t len;        /* of the document */
	size_t data_count; /* texts in it */
	enum lsec_hash algorithm;
	struct lsec_digest digest;
};

/*
 * Reads a document from a value: the document itself, its gzip, or the base64 of either. Refuses
 * what no reader of initdata accepts, and what readers could understand differently. `place` names
 * the value in problems. On failure *ret is left alone.
 */
int lsec_initdata_read(const char *place, const char *value, size_t len, struct lsec_initdata *ret,
                       struct lsec_problems *problems);

/*
 * What makes it likely that YAML, a ConfigMap or an editor has changed, or will change, the bytes
 * of a document that is carried as it is; or NULL. A sentence's middle: "it ...".
 */
const char *lsec_initdata_doubt(const struct lsec_initdata *initdata);

/* Frees what it holds and makes it empty. NULL is fine. */
void lsec_initdata_clear(struct lsec_initdata *initdata);

#endif
