/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a VirtualMachineInstance that launchsec needs, and their readers for JSON and YAML.
 */
#ifndef LAUNCHSEC_VMI_H
#define LAUNCHSEC_VMI_H

#include <stdbool.h>
#include <stddef.h>

#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lsec_annotation {
	char *key; /* without LSEC_PREFIX; the whole key where that is mistyped */
	char *value;
	bool mistyped; /* a mistyped key, to be refused */
};

struct lsec_vmi {
	char *name, *name_space, *uid; /* NULL where the VMI has none */
	bool names_several;            /* of a template for several VMs, whose names are others */
	struct lsec_annotation *annotations; /* those under LSEC_PREFIX, and mistyped ones */
	size_t annotation_count, annotation_room;
	char *qgs_socket_path;   /* kubevirt.io/qgs-socket-path, or NULL */
	char *eviction_strategy; /* spec.evictionStrategy, or NULL */
	int kubevirt;            /* x of the KubeVirt 1.x that runs it; 0: not known */
	bool read;               /* a VMI was read: the facts below are known */
	/* What KubeVirt will name in the domain for spec.domain.launchSecurity: "sev",
	 * "sev-snp", "tdx" (static); or NULL. */
	const char *launch_security;
	bool quotes_enforced;      /* launchSecurity.tdx.attestation.enforced: not without quotes */
	bool secure_boot;          /* EFI Secure Boot is asked for */
	bool persistent_variables; /* EFI variables are asked to persist */
};

/*
 * Reads a VirtualMachineInstance, or what holds the template of one (VirtualMachine,
 * VirtualMachineInstanceReplicaSet, VirtualMachinePool), from `len` bytes of strict JSON as
 * KubeVirt sends it: valid UTF-8, nothing after the document; of a repeated key the last value
 * counts. `name` names the document in problems. On failure *ret stays as it was and -1 is
 * returned.
 */
int lsec_vmi_read_json(const char *bytes, size_t len, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems);

/*
 * The same from YAML or JSON that people write, in which a repeated key is refused. Of several
 * documents, exactly one must be of these kinds.
 */
int lsec_vmi_read_yaml(const char *bytes, size_t len, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems);

/* Adds an annotation, or replaces the one of that key (given without prefix). */
void lsec_vmi_set(struct lsec_vmi *vmi, const char *key, const char *value);

/* Frees what the VMI holds and makes it empty. NULL is fine. */
void lsec_vmi_clear(struct lsec_vmi *vmi);

#ifdef __cplusplus
}
#endif

#endif
