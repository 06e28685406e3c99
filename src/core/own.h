/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the domain's own <launchSecurity> sets: KubeVirt itself or another hook may have bound the
 * VM to something before launchsec was called.
 */
#ifndef LAUNCHSEC_CORE_OWN_H
#define LAUNCHSEC_CORE_OWN_H

#include "annotations/value.h"
#include "domain/domain.h"
#include "launchsec/apply.h"

/* The XPath of a field, allocated. */
char *lsec_field_place(const struct lsec_key *key);

/*
 * The domain's own value of a key, as text, where it counts if neither an annotation nor the
 * cluster sets another; else NULL. `domain` may be NULL.
 */
const char *lsec_own_text(const struct lsec_request *request, enum lsec_tee tee,
                          const struct lsec_domain *domain, const struct lsec_key *key);

/* Reads such a text as libvirt does; refuses what an annotation must not set either. */
int lsec_own_read(const struct lsec_key *key, const char *text, struct lsec_value *ret,
                  struct lsec_problems *problems);

/* Whether such a text is the value `same`, which was read. */
bool lsec_own_is(const struct lsec_key *key, const char *text, const char *same);

#endif
