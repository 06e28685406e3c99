/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's manifest against what KubeVirt, libvirt and launchsec are going to
 * say to it: facts of the manifest in, findings out. Pure, as src/core is.
 */
#ifndef LAUNCHSEC_LINT_LINT_H
#define LAUNCHSEC_LINT_LINT_H

#include <jansson.h>

#include "launchsec/check.h"

/* The newest KubeVirt whose rules are known: 1.9; and the oldest on which a
 * VM can be protected: 1.5. Without a version all in between count. */
#define LSEC_KUBEVIRT_NEWEST 9
#define LSEC_KUBEVIRT_OLDEST 5

/* KubeVirt 1.x by its x; or the version is not known. */
#define LSEC_KUBEVIRT_ANY (-1)

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
	size_t count;
	size_t omitted;          /* those past the limit are only counted */
	size_t errors, warnings; /* with those */
};

struct lsec_lint_request {
	const json_t *document; /* a kind that lsec_vmi_kind() knows */
	const char *name;       /* names the document in findings */
	const struct lsec_config *config;
	int kubevirt; /* x of KubeVirt 1.x, or LSEC_KUBEVIRT_ANY */
	bool plugin;  /* the cluster has launchsec as a Plugin */
};

/*
 * Looks at one object. Returns 0 with the findings and a mask of the TEEs that
 * it asks for, both for `auto`, 0 where it asks for none or that is not known; -1 only when
 * we failed. *ret is for lsec_findings_clear() in any case.
 */
int lsec_lint(const struct lsec_lint_request *request, unsigned *ret_tees,
              struct lsec_findings *ret, struct lsec_problems *problems);

/*
 * Adds a finding; takes over its place and `what`, NULL for which memory ran out. A warning at
 * a place that already has an error is left out.
 */
int lsec_findings_add(struct lsec_findings *findings, struct lsec_finding finding,
                      struct lsec_problems *problems);

/* Adds problems as findings of a rule; failures go over to `problems`. */
int lsec_findings_take(struct lsec_findings *findings, const char *rule,
                       const struct lsec_problems *from, struct lsec_problems *problems);

/* Reads "1.6", "v1.6.2": *ret is 6. Later major versions are newer than all. */
int lsec_kubevirt_version(const char *text, int *ret, struct lsec_problems *problems);

/* "error", "warning". */
const char *lsec_severity_name(enum lsec_severity severity);

void lsec_findings_clear(struct lsec_findings *findings);

#endif
