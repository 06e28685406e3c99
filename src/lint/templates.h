/* SPDX-License-Identifier: Apache-2.0 */
/* VMs inside objects of other kinds. */
#ifndef LAUNCHSEC_LINT_TEMPLATES_H
#define LAUNCHSEC_LINT_TEMPLATES_H

#include "base/json.h"
#include "findings.h"

/* A VM, and where it was. */
struct lsec_inner_vm {
	struct json_object *document; /* of a kind that lsec_vmi_kind() knows; owned */
	char *at;                     /* its place in the object, with a dot at its end; owned */
};

void lsec_inner_vm_clear(struct lsec_inner_vm *vm);

/*
 * Takes the next VM, from *cursor on, which begins at 0, out of an object that has some to make
 * others from: KubeVirt's VirtualMachineTemplate, OpenShift's Template, and Cluster API's
 * KubevirtMachineTemplate and KubevirtMachine. A parameter with a value is replaced by it; ${NAME}
 * stays for others. Returns false past the last one. *ret is for lsec_inner_vm_clear().
 */
bool lsec_inner_vm(const struct json_object *object, size_t *cursor, struct lsec_inner_vm *ret);

/*
 * Removes launchsec's annotations with a parameter that has no value from such a VM, and adds a
 * warning for each; `type` becomes auto. Returns whether there were any.
 */
bool lsec_drop_parameters(struct json_object *document, struct lsec_findings *findings);

/* A copy of a value whose objects and lists are its own. Owned. */
struct json_object *lsec_copy_objects(struct json_object *value);

/* Whether a text has a parameter in it that has no value: ${NAME} or ${{NAME}}. */
bool lsec_has_parameter(const char *text);

/* The place of a VM, or of annotations of launchsec's, that is in an object of another kind and is
 * not looked at. Owned; NULL where there is none. */
char *lsec_find_hidden(const struct json_object *object);

#endif
