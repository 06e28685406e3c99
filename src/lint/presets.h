/* SPDX-License-Identifier: Apache-2.0 */
/* Instancetypes and preferences, which KubeVirt applies before it looks at a VM. */
#ifndef LAUNCHSEC_LINT_PRESETS_H
#define LAUNCHSEC_LINT_PRESETS_H

#include "context.h"
#include "findings.h"

/* A VM with what KubeVirt adds to it. */
struct lsec_preset_vm {
	struct json_object *document; /* owned */
	/* Place from the VMI on, or annotation: [which preset sets it, and at which of its places].
	 * Owned. */
	struct json_object *origins;
	bool open; /* an instancetype or a preference of the VM's is not known */
};

void lsec_preset_vm_clear(struct lsec_preset_vm *vm);

/* Where errors of applying go. */
struct lsec_preset_goal {
	const char *base; /* place of the instance, with a dot at its end, or "" */
	struct lsec_findings *findings;
};

/*
 * Applies the presets that a VirtualMachine names, as KubeVirt 1.`kubevirt` does, to a copy of it.
 * Adds an error for what both have and KubeVirt refuses. *ret is for lsec_preset_vm_clear().
 */
void lsec_presets_apply(const struct lsec_lint_context *context, struct json_object *document,
                        int kubevirt, struct lsec_preset_vm *ret,
                        const struct lsec_preset_goal *goal);

/* A VirtualMachineInstance with nothing in it but what a preset sets. */
void lsec_preset_alone(struct json_object *preset, int kubevirt, struct lsec_preset_vm *ret);

/*
 * Who sets what is at a place of the VMI, and where: the preset whose own place is innermost around
 * it. Borrowed. Returns the length of that place's part of `place`; 0 for the VM's own.
 */
size_t lsec_preset_origin(const struct lsec_preset_vm *vm, const char *place, const char **ret_who,
                          const char **ret_place);

#endif
