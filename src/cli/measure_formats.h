/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's digest in the forms that verifiers take. */
#ifndef LAUNCHSEC_CLI_MEASURE_FORMATS_H
#define LAUNCHSEC_CLI_MEASURE_FORMATS_H

#include "measured.h"

/* A message for Trustee's reference value provider service. */
void lsec_measured_rvps(struct lsec_buffer *ret, const struct lsec_measured *measured);

/* A resource policy for Trustee: what may release a secret. */
void lsec_measured_trustee_policy(struct lsec_buffer *ret, const struct lsec_measured *measured);

/* An attestation policy for Intel Trust Authority. */
void lsec_measured_ita(struct lsec_buffer *ret, const struct lsec_measured *measured);

#endif
