/* SPDX-License-Identifier: Apache-2.0 */
/* What <launchSecurity> has besides the fields of the table: kept, and warned of. */
#ifndef LAUNCHSEC_CORE_UNKNOWN_FIELDS_H
#define LAUNCHSEC_CORE_UNKNOWN_FIELDS_H

#include "settings.h"

/* Warns of what is unknown in the domain's own element of the same type, before it is edited. */
void lsec_warn_unknown(const struct lsec_settings *settings, const struct lsec_domain *domain,
                       struct lsec_report *report, struct lsec_problems *problems);

/* The key of the TEE whose field is an attribute, or a child element, of that name; or NULL. */
const struct lsec_key *lsec_field_named(enum lsec_tee tee, const char *name, bool attribute);

#endif
