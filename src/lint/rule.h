/* SPDX-License-Identifier: Apache-2.0 */
/* A rule, and a place of a manifest to which it applies. */
#ifndef LAUNCHSEC_LINT_RULE_H
#define LAUNCHSEC_LINT_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "launchsec/config.h"
#include "launchsec/keys.h"
#include "launchsec/vmi.h"

#define LSEC_HOOK_KEY "hooks.kubevirt.io/hookSidecars"
/* Its value for launchsec in a ConfigMap, as in docs/deploy.md. */
#define LSEC_HOOK_CONFIGMAP                                                                        \
	"[{\"args\": [\"--version\", \"v1alpha3\"], \"configMap\": {\"name\": \"launchsec\", \"key\": \"onDefineDomain\", \"hookPath\": \"/usr/bin/onDefineDomain\"}}]"

/* In a problem: what the manifest has, at the @. Left out where a rule is described in general. Of
 * an absent member, the problem begins with "missing" instead of what is before. */
#define LSEC_RULE_GOT ", got @"

/* What spec.domain.launchSecurity of the manifest names, as a mask. */
#define LSEC_NATIVE_SEV 1U
#define LSEC_NATIVE_SNP 2U
#define LSEC_NATIVE_TDX 4U

/* A manifest, taken apart. Everything is borrowed. */
struct lsec_subject {
	const struct json_object *document, *owner; /* whole; and the object around the template */
	const struct json_object *instance; /* with metadata and spec, as the VMI will have */
	const struct json_object *hooks;    /* the sidecars' list; NULL where there is none */
	const char *at;   /* of the document in another object, with a dot; else "" */
	const char *base; /* of the instance in the outermost object, likewise */
	bool template;    /* parameters may be left in it */
	const struct lsec_vmi *vmi;
	const struct lsec_config *config; /* of the cluster */
	/* The spec of a KubeVirt object of the same input; or NULL. */
	const struct json_object *cluster;
	bool asks;       /* it has annotations of launchsec, in the right place or not */
	bool lost;       /* it has some where they have no effect, which is reported */
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
	const char *name;                 /* of the member */
	const struct json_object *value;  /* NULL where there is none */
	const struct json_object *parent; /* what has it, or would have; or NULL */
	const struct json_object *item;   /* the last item of a list on the way, or NULL */
	size_t index;                     /* its place in the list */
};

struct lsec_rule {
	char id[18];
	unsigned char severity; /* enum lsec_severity */
	/* KubeVirt 1.x by x: from `since` on, before `before`; 0 for no bound. From `softens` on
	 * an error is a warning; 0 for never. */
	unsigned char since, before, softens;
	unsigned char tees;   /* only where all it asks for is among these; 0: whatever */
	unsigned char native; /* only with one of these in launchSecurity; 0: always */
	bool presets;         /* what is not there may come from an instancetype: a warning then */
	bool (*is_wrong)(const struct lsec_spot *spot);
	/*
	 * Where it looks: a path from the VMI, with [] for all items of a list and * for all
	 * members; the same in the hook sidecars, where it begins with []; or the key of an
	 * annotation.
	 */
	const char *place;
	const char *words; /* for is_wrong: words joined by blanks, or none */
	/* What is wrong, and why it matters; NULL for fields, src/lint/schema.h. */
	const char *problem; /* may have one LSEC_RULE_GOT */
	const char *fix;     /* an instruction */
	/* In place of `fix`, where no version is given and the problem names those that it is of;
	 * or NULL. */
	const char *fix_any;
};

#endif
