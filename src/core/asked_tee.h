/* SPDX-License-Identifier: Apache-2.0 */
/* Which TEE a VM is measured for: what it asks for itself, and --tee where it leaves that open. */
#ifndef LAUNCHSEC_CORE_ASKED_TEE_H
#define LAUNCHSEC_CORE_ASKED_TEE_H

#include "launchsec/inputs.h"

#define LSEC_TYPE LSEC_PREFIX "type"

/* What the VM itself names, beside annotations. */
struct lsec_own_tee {
	const char *name;  /* "sev", "sev-snp", "tdx", or NULL */
	const char *place; /* where it is named, or would be */
	bool open;         /* it may be named in an object that is not here: an instancetype */
};

/* An annotation's value by its key without prefix, or NULL. */
const char *lsec_annotation_of(const struct lsec_vmi *vmi, const char *key);

/* Whether the hook leaves the VM as it is: it asks for nothing. */
bool lsec_is_untouched(const struct lsec_vmi *vmi);

/* The TEE that the VM itself names; LSEC_TEE_NONE for none, and for SEV. */
enum lsec_tee lsec_tee_of(const struct lsec_own_tee *own);

/* The TEE that replaces the annotation `type`, and who chose it (static, or borrowed from the VM's
 * own); LSEC_TEE_NONE where the VM itself sets it. */
struct lsec_filled_tee {
	enum lsec_tee tee;
	const char *from;
};

/* Fills it from --tee, or from facts of the node for `auto`. Refuses a VM that leaves its TEE open
 * if neither tells it, and a --tee that contradicts the VM. */
int lsec_fill_tee(const struct lsec_inputs_request *request, const struct lsec_own_tee *own,
                  struct lsec_filled_tee *ret, struct lsec_problems *problems);

/* Refuses a TEE that was given and is not the VM's, which is named at `from`. */
int lsec_refuse_other_tee(enum lsec_tee given, const char *name, const char *from,
                          struct lsec_problems *problems);

/* A VMI with that annotation `type`; LSEC_TEE_NONE: with the same. All but the list of annotations,
 * which is to be freed, is borrowed. */
struct lsec_vmi lsec_vmi_with_tee(const struct lsec_vmi *vmi, enum lsec_tee tee);

#endif
