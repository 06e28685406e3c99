/* SPDX-License-Identifier: Apache-2.0 */
/* launchSecurity where KubeVirt does not look for it. */
#ifndef LAUNCHSEC_LINT_PLACES_H
#define LAUNCHSEC_LINT_PLACES_H

#include "findings.h"
#include "rule.h"

/* Adds an error for each launchSecurity of a manifest that is misspelt, is not at `right`, its full
 * place, or is no object there. `at`: where the document is, with a dot at its end; or "". */
void lsec_check_places(const struct json_object *document, const char *at, const char *right,
                       struct lsec_findings *ret);

#endif
