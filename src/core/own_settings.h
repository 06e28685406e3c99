/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a domain that launchsec does not change. */
#ifndef LAUNCHSEC_CORE_OWN_SETTINGS_H
#define LAUNCHSEC_CORE_OWN_SETTINGS_H

#include "settings.h"

/* Reads them from its <launchSecurity>, or from launchsec's own arguments, which stand for it; what
 * is not there is QEMU's default. `domain` may be NULL: all is. *ret is empty before, and for
 * lsec_settings_clear() in any case. */
int lsec_own_settings(enum lsec_tee tee, const struct lsec_domain *domain,
                      struct lsec_settings *ret, struct lsec_problems *problems);

#endif
