/* SPDX-License-Identifier: Apache-2.0 */
/* An attestation report beside what the VM asks for. */
#ifndef LAUNCHSEC_CLI_MEASURE_REPORT_H
#define LAUNCHSEC_CLI_MEASURE_REPORT_H

#include "measured.h"
#include "options.h"

/* --report: prints the comparison. Differences are problems, in text; in JSON they are printed in
 * any case. */
enum lsec_exit lsec_compare_report(const struct lsec_options *options,
                                   struct lsec_measured *measured, struct lsec_problems *problems);

/* --verify: adds a problem where a value is not the VM's digest. */
int lsec_verify_value(const char *value, const struct lsec_measured *measured,
                      struct lsec_problems *problems);

#endif
