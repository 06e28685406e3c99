/* SPDX-License-Identifier: Apache-2.0 */
/* What the attestation report of a VM with these settings claims, but for the measurement. */
#ifndef LAUNCHSEC_CORE_EXPECTED_CLAIMS_H
#define LAUNCHSEC_CORE_EXPECTED_CLAIMS_H

#include "launchsec/inputs.h"
#include "settings.h"

/* Fills in claims and the ID block's digest of *ret. Refuses an ID block that the firmware does not
 * accept, and a document that depends on a namespace or name that `vmi` does not have. */
int lsec_expect_claims(const struct lsec_settings *settings, const struct lsec_vmi *vmi,
                       struct lsec_inputs *ret, struct lsec_problems *problems);

#endif
