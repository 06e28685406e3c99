/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rules. */
#ifndef LAUNCHSEC_LINT_RULES_H
#define LAUNCHSEC_LINT_RULES_H

#include "rule.h"

/* Ends with a row whose id is empty. */
const struct lsec_rule *lsec_rules(void);

#endif
