/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of what the domain's own <launchSecurity> set, and others replace. */
#ifndef LAUNCHSEC_CORE_OWN_WARNINGS_H
#define LAUNCHSEC_CORE_OWN_WARNINGS_H

#include "settings.h"

/* Warns of the domain's own values that others replace, and of which its owner may rely on. */
void lsec_own_warn(const struct lsec_request *request, const struct lsec_settings *settings,
                   const struct lsec_domain *domain, struct lsec_report *report);

#endif
