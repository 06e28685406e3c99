/* SPDX-License-Identifier: Apache-2.0 */
/* A VM as it is going to start: from its domain, as the hook makes it, or from its manifest. */
#ifndef LAUNCHSEC_CORE_MEASURED_VM_H
#define LAUNCHSEC_CORE_MEASURED_VM_H

#include "launchsec/inputs.h"
#include "parts.h"
#include "settings.h"

struct lsec_measured_vm {
	enum lsec_tee tee;
	char *tee_from; /* who names it */
	/* The path of the firmware image inside virt-launcher; NULL: libvirt chooses, or KubeVirt
	 * does in a way that the manifest does not tell. */
	char *firmware;
	struct lsec_settings settings;
	struct lsec_parts parts;
	struct lsec_report report;
};

/*
 * Works out the VM of a request, which has one. Refuses what the hook refuses, and a VM whose TEE
 * is not known or is another than the one that is given. *ret is for lsec_measured_vm_clear() in
 * any case, and filled as far as possible.
 */
int lsec_measured_vm(const struct lsec_inputs_request *request, struct lsec_measured_vm *ret,
                     struct lsec_problems *problems);

void lsec_measured_vm_clear(struct lsec_measured_vm *vm);

#endif
