/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between settings, and what an owner should be warned of. */
#ifndef LAUNCHSEC_CORE_CHECKS_H
#define LAUNCHSEC_CORE_CHECKS_H

#include "settings.h"

/* Refuses settings that contradict each other, the TEE or the domain. */
int lsec_check_settings(const struct lsec_request *request, const struct lsec_asked *asked,
                        const struct lsec_settings *settings, const struct lsec_domain *domain,
                        struct lsec_problems *problems);

/* Records the warnings. To be called before the domain is edited. */
int lsec_check_warnings(const struct lsec_request *request, const struct lsec_settings *settings,
                        const struct lsec_domain *domain, struct lsec_report *report,
                        struct lsec_problems *problems);

/*
 * Refuses OEM strings that QEMU could not be given: too many, or too long
 * together. In rule_oem_strings.c, which knows which of them are there already.
 */
int lsec_check_oem_strings(const struct lsec_settings *settings, const struct lsec_domain *domain,
                           struct lsec_problems *problems);

/* Warns of strings that may not reach the guest or that it ignores, and of one of the domain's
 * own that guests would take for the initdata. */
int lsec_warn_oem_strings(const struct lsec_settings *settings, const struct lsec_domain *domain,
                          struct lsec_report *report, struct lsec_problems *problems);

#endif
