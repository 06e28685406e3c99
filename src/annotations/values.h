/* SPDX-License-Identifier: Apache-2.0 */
/* Values of annotations and of cluster defaults: from text to what is written. */
#ifndef LAUNCHSEC_ANNOTATIONS_VALUES_H
#define LAUNCHSEC_ANNOTATIONS_VALUES_H

#include "value.h"

/*
 * Reads the value of a key. `tee` may be LSEC_TEE_NONE only for LSEC_VALUE_TYPE. On success *ret
 * owns its text and place; on failure it is left alone, a problem is added at `place`, and -1 is
 * returned.
 */
int lsec_value_parse(const struct lsec_key *key, enum lsec_tee tee, enum lsec_origin origin,
                     const char *place, const char *text, struct lsec_value *ret,
                     struct lsec_problems *problems);

#endif
