/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a VMI's annotations before there is a domain: the same checks and warnings as
 * lsec_apply(), against the domain that KubeVirt is going to make. Pure like it.
 */
#ifndef LAUNCHSEC_CHECK_H
#define LAUNCHSEC_CHECK_H

#include "launchsec/config.h"
#include "launchsec/keys.h"
#include "launchsec/problems.h"
#include "launchsec/report.h"
#include "launchsec/vmi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The expected domain, as far as the manifest determines it. */
struct lsec_expected {
	const struct lsec_config *config; /* of the cluster; required */
	bool security_open; /* where the VMI has no launchSecurity, something may still add it */
	bool efi;           /* it has a firmware image */
	bool kernel;        /* direct kernel boot */
	/* spec.domain.cpu.model, or what KubeVirt makes of none; NULL where that is unknown. */
	const char *cpu_model;
	int kubevirt; /* x of the KubeVirt 1.x that runs the VM, for warnings; 0: not known */
};

/*
 * Checks the annotations: keys, values, contradictions, also with the cluster's config. The host is
 * assumed to be suitable. Returns 0 with *ret set to a mask of the possible TEEs (both for `auto`;
 * 0 where none is requested or the TEE is set elsewhere), and warnings in *report; or -1 with every
 * refusal in `problems`, and *ret set as far as it is known.
 */
int lsec_check_vmi(const struct lsec_vmi *vmi, const struct lsec_expected *expected, unsigned *ret,
                   struct lsec_report *report, struct lsec_problems *problems);

#ifdef __cplusplus
}
#endif

#endif
