/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rules, and what a rule is asked. */
#ifndef LAUNCHSEC_LINT_RULES_H
#define LAUNCHSEC_LINT_RULES_H

#include "lint.h"

#define LSEC_HOOK_KEY "hooks.kubevirt.io/hookSidecars"

/* What spec.domain.launchSecurity of the manifest names, as a mask. */
#define LSEC_NATIVE_SEV 1U
#define LSEC_NATIVE_SNP 2U
#define LSEC_NATIVE_TDX 4U

/* A manifest, taken apart. Everything is borrowed. */
struct lsec_subject {
	const json_t *document, *owner; /* whole; and the object around the template */
	const json_t *instance;         /* with metadata and spec, as the VMI will have */
	const json_t *hooks;            /* the sidecars' list; NULL where there is none */
	const struct lsec_vmi *vmi;
	bool asks;       /* it has annotations of ours, in the right place or not */
	bool presets;    /* an instancetype or a preference adds to the spec */
	unsigned native; /* mask of LSEC_NATIVE_… */
	unsigned tees;   /* mask of enum lsec_tee: what it asks for */
	int kubevirt;
	bool plugin; /* a Plugin of the cluster is the hook */
};

/* One place of a manifest that a rule looks at. */
struct lsec_spot {
	const struct lsec_subject *subject;
	const struct lsec_rule *rule;
	const char *name;     /* of the member */
	const json_t *value;  /* NULL where there is none */
	const json_t *parent; /* what has it, or would have; or NULL */
	const json_t *item;   /* the last item of a list on the way, or NULL */
	size_t index;         /* its place in the list */
};

struct lsec_rule {
	char id[18];
	unsigned char severity; /* enum lsec_severity */
	/* KubeVirt 1.x by x: from `since` on, before `before`; 0 for no bound. From
	 * `softens` on an error is a warning; 0 for never. */
	unsigned char since, before, softens;
	unsigned char tees;   /* only where all it asks for is among these; 0: whatever */
	unsigned char native; /* only with one of these in launchSecurity; 0: always */
	bool presets;         /* what is not there may come from an instancetype: a warning then */
	bool (*is_wrong)(const struct lsec_spot *spot);
	const char *texts; /* those below, one behind the other, each with its NUL */
};

enum lsec_rule_text {
	/*
	 * Where it looks: a path from the VMI, with [] for all items of a list and *
	 * for all members; the same in the hook sidecars, where it begins with [];
	 * or the key of an annotation.
	 */
	LSEC_RULE_PLACE,
	LSEC_RULE_WORDS, /* for is_wrong: words joined by blanks, or none */
	LSEC_RULE_WANT,  /* what is wanted instead, and why */
	LSEC_RULE_MEND,  /* how to mend it */
};

const char *lsec_rule_text(const struct lsec_rule *rule, enum lsec_rule_text which);

static inline const char *lsec_rule_place(const struct lsec_rule *rule)
{
	return lsec_rule_text(rule, LSEC_RULE_PLACE);
}

/* Ends with a row whose id is empty. */
const struct lsec_rule *lsec_rules(void);

#endif
