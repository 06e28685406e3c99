/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the options of `measure`. */
#ifndef LAUNCHSEC_CLI_REQUIRE_MEASURE_H
#define LAUNCHSEC_CLI_REQUIRE_MEASURE_H

#include "options.h"

/* Adds a problem for each that does not. */
int lsec_require_measure(const struct lsec_options *given, struct lsec_problems *problems);

#endif
