/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edits, one function for each part of a domain that changes. Each sets its part to the wanted
 * state from any other: from KubeVirt's domain, from its own result, or from what KubeVirt's struct
 * leaves of that. Failures are added to edit->problems.
 */
#ifndef LAUNCHSEC_CORE_RULES_H
#define LAUNCHSEC_CORE_RULES_H

#include "domain/domain.h"
#include "domain/edit.h"
#include "settings.h"

void lsec_rule_firmware(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_features(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_cpu(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_vcpus(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_devices(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_oem_strings(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_launch_security(struct lsec_edit *edit, const struct lsec_domain *domain);
void lsec_rule_qemu_arguments(struct lsec_edit *edit, const struct lsec_domain *domain);

#endif
