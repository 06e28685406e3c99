/* SPDX-License-Identifier: Apache-2.0 */
/* lsec_apply(), and the settings that it settled, for those who go on with them. */
#ifndef LAUNCHSEC_CORE_APPLY_H
#define LAUNCHSEC_CORE_APPLY_H

#include "launchsec/apply.h"
#include "settings.h"

/* `settings` is empty before, and for lsec_settings_clear() in any case; it stays empty where the
 * domain is returned as it came. */
int lsec_apply_settled(const struct lsec_request *request, bool want_before,
                       struct lsec_result *ret, struct lsec_settings *settings,
                       struct lsec_problems *problems);

#endif
