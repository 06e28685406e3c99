/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of OEM strings before the rule edits them. */
#ifndef LAUNCHSEC_CORE_RULE_OEM_STRINGS_H
#define LAUNCHSEC_CORE_RULE_OEM_STRINGS_H

#include "settings.h"

/*
 * Refuses OEM strings that QEMU could not be given: too many, or too long together. It is known
 * here which of them are there already.
 */
int lsec_check_oem_strings(const struct lsec_settings *settings, const struct lsec_domain *domain,
                           struct lsec_problems *problems);

/* Warns of strings that may not reach the guest or that it ignores, and of one of the domain's
 * own that guests would take for the initdata. */
void lsec_warn_oem_strings(const struct lsec_settings *settings, const struct lsec_domain *domain,
                           struct lsec_report *report);

#endif
