/* SPDX-License-Identifier: Apache-2.0 */
/* What `measure` prints of a VM. */
#ifndef LAUNCHSEC_CLI_MEASURE_OUTPUT_H
#define LAUNCHSEC_CLI_MEASURE_OUTPUT_H

#include "base/json.h"
#include "measured.h"

/* The digest in a line, and as JSON with every input. */
void lsec_measured_text(struct lsec_buffer *ret, const struct lsec_measured *measured);
void lsec_measured_json(struct lsec_buffer *ret, const struct lsec_measured *measured);

/* JSON for an owner: each claim with where it is from, then the same inputs and warnings. */
void lsec_measured_expectations(struct lsec_buffer *ret, const struct lsec_measured *measured);

#endif
