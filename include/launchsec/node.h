/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a VM can start on a host: what the VM requests, compared with the host's facts. */
#ifndef LAUNCHSEC_NODE_H
#define LAUNCHSEC_NODE_H

#include "launchsec/apply.h"
#include "launchsec/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Looks at a VM before it has a domain; the request's domain is not used. Its TEE is that of its
 * annotations, else the one of its own spec.domain.launchSecurity. Returns 0 with *ret_tee set
 * (LSEC_TEE_NONE: the VM asks for none, any host will do) where nothing known of the host is
 * against it: what is unknown is not. Returns -1 with `problems` holding each reason: annotations
 * that lsec_apply() would refuse, a host without the TEE, no free key slot, or no quote generation
 * service at libvirt's usual place where the VM, or the cluster's config, asks for it. A VM that
 * would have it without asking starts without quotes: `report` has a warning then.
 */
int lsec_node_check(const struct lsec_request *request, enum lsec_tee *ret_tee,
                    struct lsec_report *report, struct lsec_problems *problems);

#ifdef __cplusplus
}
#endif

#endif
