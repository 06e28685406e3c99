/* SPDX-License-Identifier: Apache-2.0 */
/* Values on the command line of `measure`. */
#ifndef LAUNCHSEC_CLI_MEASURE_GIVEN_H
#define LAUNCHSEC_CLI_MEASURE_GIVEN_H

#include "launchsec/inputs.h"
#include "options.h"

/* Numbers that `inputs` points to, so it is not to be copied. */
struct lsec_given {
	struct lsec_given_inputs inputs;
	uint32_t cpu_signature;
	uint64_t vmsa_features;
};

int lsec_given_read(const struct lsec_options *options, struct lsec_given *ret,
                    struct lsec_problems *problems);

/* --resource: a path that Trustee can have. */
int lsec_given_resource(const char *text, struct lsec_problems *problems);

/* --also: a digest, in the forms of annotations. */
int lsec_given_digest(const char *option, const char *text, struct lsec_measurement *ret,
                      struct lsec_problems *problems);

#endif
