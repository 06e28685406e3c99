/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the domain's own <launchSecurity> sets: KubeVirt itself or another hook may have bound
 * the VM to something before launchsec was called.
 */
#ifndef LAUNCHSEC_CORE_OWN_H
#define LAUNCHSEC_CORE_OWN_H

#include "settings.h"

/* The XPath of a field, allocated; NULL when memory ran out. */
char *lsec_field_place(const struct lsec_key *key);

/*
 * The domain's own value of a key, as text, where it counts if neither an annotation nor the
 * cluster sets another; else NULL. `domain` may be NULL.
 */
const char *lsec_own_text(const struct lsec_request *request, enum lsec_tee tee,
                          const struct lsec_domain *domain, const struct lsec_key *key);

/* Reads such a text as libvirt does; refuses what no annotation might set either. */
int lsec_own_read(const struct lsec_key *key, const char *text, struct lsec_value *ret,
                  struct lsec_problems *problems);

/* Warns of the domain's own values that others replace, and of which its owner may rely on. */
int lsec_own_warn(const struct lsec_request *request, const struct lsec_settings *settings,
                  const struct lsec_domain *domain, struct lsec_report *report,
                  struct lsec_problems *problems);

#endif
