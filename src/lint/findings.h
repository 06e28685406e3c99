/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in a manifest. */
#ifndef LAUNCHSEC_LINT_FINDINGS_H
#define LAUNCHSEC_LINT_FINDINGS_H

#include <stddef.h>

#include "launchsec/problems.h"

enum lsec_severity {
	LSEC_SEVERITY_WARNING, /* it works, but not as one might think */
	LSEC_SEVERITY_ERROR,   /* refused by KubeVirt, libvirt or launchsec; or unprotected */
};

struct lsec_finding {
	enum lsec_severity severity;
	const char *rule; /* its id; static */
	char *place;      /* full annotation key, path in the manifest, or a file's place */
	char *what;       /* what was found and what is wanted, and why */
	const char *mend; /* how to mend it; static; NULL where `what` says it */
};

struct lsec_findings {
	struct lsec_finding *of; /* at most LSEC_MAX_PROBLEMS */
	size_t count, room;
	size_t omitted;          /* those past the limit are only counted */
	size_t errors, warnings; /* with those */
};

/* Adds a finding; takes over its place and `what`. A warning at a place that already has an error
 * is left out. */
void lsec_findings_add(struct lsec_findings *findings, struct lsec_finding finding);

/* Adds problems as findings of a rule. */
void lsec_findings_take(struct lsec_findings *findings, const char *rule,
                        const struct lsec_problems *from);

/* "error", "warning". */
const char *lsec_severity_name(enum lsec_severity severity);

void lsec_findings_clear(struct lsec_findings *findings);

#endif
