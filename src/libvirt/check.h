/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a libvirt would accept the domain that lsec_apply() returned. */
#ifndef LAUNCHSEC_LIBVIRT_CHECK_H
#define LAUNCHSEC_LIBVIRT_CHECK_H

#include "launchsec/apply.h"
#include "virt.h"

/*
 * Queries a libvirt and judges its answers: a problem for every reason why it would not start this
 * domain, a warning in result->report for what is doubtful. problems->failed: it could not be
 * queried. *ret is its answer, to be shown; on failure it is left alone.
 */
int lsec_virt_check(const struct lsec_virt *virt, struct lsec_result *result,
                    struct lsec_virt_facts *ret, struct lsec_problems *problems);

#endif
