/* SPDX-License-Identifier: Apache-2.0 */
/* Data of the owner's choice, bound to the attestation report. */
#ifndef LAUNCHSEC_CORE_BOUND_H
#define LAUNCHSEC_CORE_BOUND_H

#include "annotations/value.h"
#include "launchsec/apply.h"

/*
 * Makes the document that provision asks for, out of the VMI's namespace and name. Where there is
 * no domain yet and the VMI, a manifest, does not have them, there is none; with a domain that is
 * refused.
 */
int lsec_provision(const struct lsec_request *request, struct lsec_value values[LSEC_KEYS],
                   struct lsec_problems *problems);

/*
 * Sets the TEE's field for data of the owner's choice (hostData, mrConfigId) to what bind,
 * initdata or provision ask for, fitted to it. Refuses another value beside them, and what `config`
 * forbids.
 */
int lsec_bind(const struct lsec_config *config, enum lsec_tee tee,
              struct lsec_value values[LSEC_KEYS], struct lsec_problems *problems);

#endif
