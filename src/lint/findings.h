/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in a manifest. */
#ifndef LAUNCHSEC_LINT_FINDINGS_H
#define LAUNCHSEC_LINT_FINDINGS_H

#include <stddef.h>

#include "input/yaml.h"
#include "launchsec/problems.h"

enum lsec_severity {
	LSEC_SEVERITY_WARNING, /* it works, but not as one might think */
	LSEC_SEVERITY_ERROR,   /* refused by KubeVirt, libvirt or launchsec; or unprotected */
};

struct lsec_finding {
	enum lsec_severity severity;
	const char *rule; /* its id; static */
	char *place;      /* full annotation key, path in the manifest, or a file's place */
	char *what;       /* what is wrong, and why it matters */
	const char *fix;  /* what to do about it; static; NULL where `what` has it */
	/* Set here, not by who adds it: where that is in the file, 0 where it is not known; why it
	 * does not count, NULL where it does. */
	struct lsec_mark mark;
	const char *ignored;
};

/* A rule whose findings do not count. */
struct lsec_ignore {
	const char *rule; /* static */
	char *reason;     /* from the manifest; "" where an option ignores it */
};

struct lsec_findings {
	struct lsec_finding *of; /* LSEC_MAX_PROBLEMS that count, and as many that do not */
	size_t count, room;
	size_t omitted;          /* those past the limit that count are only counted */
	size_t errors, warnings; /* with those */
	size_t ignored;          /* that do not count */
	struct lsec_ignore *ignores;
	size_t ignore_count, ignore_room;
};

/* Adds a finding; takes over its place and `what`. A warning at a place that already has an error
 * that counts is left out. */
void lsec_findings_add(struct lsec_findings *findings, struct lsec_finding finding);

/* Adds problems as findings of a rule. */
void lsec_findings_take(struct lsec_findings *findings, const char *rule,
                        const struct lsec_problems *from);

/* Lets findings of a rule, which are added from now on, not count; copies the reason. */
void lsec_findings_ignore(struct lsec_findings *findings, const char *rule, const char *reason);

/*
 * Sets where each finding is in a document that lsec_objects_read() has read; `name` names the
 * document in places. Where what is named is absent or null, that is its nearest parent. In
 * place.c.
 */
void lsec_findings_locate(struct lsec_findings *findings, const struct json_object *document,
                          const char *name);

/* "error", "warning". */
const char *lsec_severity_name(enum lsec_severity severity);

void lsec_findings_clear(struct lsec_findings *findings);

#endif
