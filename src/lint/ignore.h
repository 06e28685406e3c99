/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by name, and those that a manifest ignores. */
#ifndef LAUNCHSEC_LINT_IGNORE_H
#define LAUNCHSEC_LINT_IGNORE_H

#include "findings.h"

/*
 * The annotation by which a manifest ignores a rule, which follows; its value is the reason.
 * Neither the hook nor the policies in deploy/ treat it as one that was meant to be launchsec's
 * (src/annotations/prefix.c), and KubeVirt carries it along like any other.
 */
#define LSEC_IGNORE_PREFIX "lint.launchsec/ignore."

/* A rule's id, the severity that its findings have at most, its problem, which may have a
 * LSEC_RULE_GOT, and its fix. All static. */
struct lsec_rule_name {
	const char *id, *place, *problem; /* no place where `problem` has it */
	const char *fix;                  /* NULL where only a finding has it */
	enum lsec_severity severity;
};

/* Adds a rule's problem without what a manifest has. */
void lsec_rule_tell(struct lsec_buffer *ret, const char *problem);

/* Each rule once, those without a row in the table first. Returns how many. */
#define LSEC_MOST_RULES 128
size_t lsec_rule_names(struct lsec_rule_name ret[LSEC_MOST_RULES]);

/* The id of a rule, which is static; else NULL, and a problem at `place`. */
const char *lsec_rule_find(const char *id, const char *place, struct lsec_problems *problems);

/* Takes the ignored rules from a document's annotations and those of its template. What is wrong
 * there is added as findings of the rule `ignore`, which itself cannot be ignored in a manifest. */
void lsec_ignores_read(const struct json_object *document, struct lsec_findings *ret);

#endif
