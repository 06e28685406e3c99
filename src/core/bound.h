/* SPDX-License-Identifier: Apache-2.0 */
/* Data of the owner's choice, bound to the attestation report. */
#ifndef LAUNCHSEC_CORE_BOUND_H
#define LAUNCHSEC_CORE_BOUND_H

#include "annotations/value.h"
#include "launchsec/config.h"

/*
 * Sets the TEE's field for data of the owner's choice (hostData, mrConfigId) to what bind or
 * initdata asks for, fitted to it. Refuses another value beside them, and what `config` forbids.
 */
int lsec_bind(const struct lsec_config *config, enum lsec_tee tee,
              struct lsec_value values[LSEC_KEYS], struct lsec_problems *problems);

#endif
