/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds what KubeVirt, libvirt and launchsec will refuse in a VM's manifest: facts of the manifest
 * in, findings out. Pure, as src/core is.
 */
#ifndef LAUNCHSEC_LINT_LINT_H
#define LAUNCHSEC_LINT_LINT_H

#include "context.h"
#include "findings.h"
#include "kubevirt.h"
#include "launchsec/check.h"

struct lsec_lint_request {
	struct json_object *document; /* a kind that lsec_vmi_kind() knows */
	const char *name;             /* names the document in findings */
	const struct lsec_config *config;
	int kubevirt;                            /* x of KubeVirt 1.x, or LSEC_KUBEVIRT_ANY */
	bool plugin;                             /* the cluster has launchsec as a Plugin */
	bool protected;                          /* a VM without protection is an error */
	const struct lsec_lint_context *context; /* what else is in the input */
	const char *at; /* where the document is in another object, with a dot; else "" */
	bool template;  /* of a template: parameters may be left in it */
};

/* In a mask of TEEs: `type: "none"`, with which the hook leaves the domain as it is. */
#define LSEC_ASKS_FOR_NONE (LSEC_TEE_BOTH + 1U)

/*
 * Looks at one object, and adds what it finds. Returns a mask of the TEEs that the object asks for:
 * both for `auto`, LSEC_ASKS_FOR_NONE for `none`, 0 where nothing is asked or that is not known.
 */
unsigned lsec_lint(const struct lsec_lint_request *request, struct lsec_findings *ret);

/* The same for an instancetype or a preference by itself. */
unsigned lsec_lint_preset(const struct lsec_lint_request *request, struct lsec_findings *ret);

/* What an object was. */
struct lsec_looked {
	size_t vms;    /* those that were judged; an instancetype or a preference is one */
	unsigned tees; /* that they ask for, as lsec_lint() returns them */
	bool skipped;  /* nothing of it is a VM's */
};

/* Looks at an object of any kind, and at VMs inside it. In objects.c. */
struct lsec_looked lsec_lint_object(const struct lsec_lint_request *request,
                                    struct lsec_findings *ret);

#endif
