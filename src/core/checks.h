/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of settings, and warnings for the VM's owner. */
#ifndef LAUNCHSEC_CORE_CHECKS_H
#define LAUNCHSEC_CORE_CHECKS_H

#include "settings.h"

/*
 * lsec_settings_resolve(), then refuses settings that contradict each other, the TEE or the domain.
 * Where `domain` is NULL, nothing is refused for what an unknown domain might lack.
 */
int lsec_settle(const struct lsec_asked *asked, enum lsec_tee tee, const struct lsec_domain *domain,
                struct lsec_settings *ret, struct lsec_problems *problems);

/* Refuses kernel hashes without a kernel, with which QEMU aborts. Returns -1. */
int lsec_refuse_hashes(const struct lsec_value *hashes, struct lsec_problems *problems);

/* Records the warnings. To be called before the domain is edited; may also refuse what it reads for
 * the first time. */
void lsec_check_warnings(const struct lsec_request *request, const struct lsec_settings *settings,
                         const struct lsec_domain *domain, struct lsec_report *report,
                         struct lsec_problems *problems);

/* Warns, for SEV-SNP, of a direct kernel boot that is not measured. */
void lsec_warn_unhashed(const char *place, struct lsec_report *report);

/* Where a warning is that a VM has no launchSecurity. */
#define LSEC_SECURITY_PLACE "spec.domain.launchSecurity"

/* Records that a VM has no launchSecurity. `tees`: a mask of those that it may get; `automatic`: by
 * type auto; `kubevirt`: x of KubeVirt 1.x, 0 where that is not known. */
void lsec_warn_missing_security(unsigned tees, bool automatic, int kubevirt,
                                struct lsec_report *report);

#endif
