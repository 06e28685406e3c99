/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that are generated from the tables, and their shared functions. */
#ifndef LAUNCHSEC_TOOLS_DOCS_H
#define LAUNCHSEC_TOOLS_DOCS_H

#include "base/text.h"
#include "cli/options.h"
#include "launchsec/keys.h"

#ifndef LAUNCHSEC_VERSION
#error "the Makefile defines LAUNCHSEC_VERSION"
#endif

/* What a template's @name@ stands for: `write` adds it. */
struct lsec_doc_mark {
	const char *name;
	void (*write)(struct lsec_buffer *ret);
};

/* The marks of docs/annotations.md.in, docs/lint.md.in, docs/qemu-arguments.md.in,
 * docs/launchsec.1.in, docs/onDefineDomain.1.in and deploy/policies/annotations/policy.yaml.in;
 * each list ends in a row whose name is NULL. */
extern const struct lsec_doc_mark lsec_doc_annotations[];
extern const struct lsec_doc_mark lsec_doc_lint[];
extern const struct lsec_doc_mark lsec_doc_qemu[];
extern const struct lsec_doc_mark lsec_doc_man[];
extern const struct lsec_doc_mark lsec_doc_policy[];

/* A mark of several documents: the config file's path. */
void lsec_doc_config_file(struct lsec_buffer *ret);

/* What abi=MAJOR.MINOR, the one part of a policy that is no flag, means. */
#define LSEC_DOC_ABI "the oldest firmware ABI that may run the guest"

/* "SEV-SNP and TDX", or one of them. */
const char *lsec_doc_tees_of(const struct lsec_key *key);

/* Adds the variable of a cluster default, LAUNCHSEC_TDX_ALLOW_DEBUG. */
void lsec_doc_variable(struct lsec_buffer *ret, enum lsec_tee tee, const char *key);

/* A text of the tables as a sentence: a capital at its start, unless that is a name or one of
 * `names` (words joined by blanks, or NULL), and a full stop at its end. Allocated. */
char *lsec_doc_sentence(const char *text, const char *names);

#endif
