/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule at its places in a manifest. */
#ifndef LAUNCHSEC_LINT_JUDGE_H
#define LAUNCHSEC_LINT_JUDGE_H

#include "findings.h"
#include "rule.h"

/* Asks all rules that apply to a manifest, and adds what they find. */
void lsec_judge(const struct lsec_subject *subject, struct lsec_findings *ret);

/* Looks at the fields of an instancetype, or a preference. */
void lsec_judge_preset(const struct json_object *preset, bool preference, int kubevirt,
                       struct lsec_findings *ret);

#endif
