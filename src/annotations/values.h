/* SPDX-License-Identifier: Apache-2.0 */
/* Values of annotations and of cluster defaults: from text to what is written. */
#ifndef LAUNCHSEC_ANNOTATIONS_VALUES_H
#define LAUNCHSEC_ANNOTATIONS_VALUES_H

#include "value.h"

/*
 * Reads the value of a key. On success *ret owns its text and place; on failure it is left alone, a
 * problem is added at the reading's place, and -1 is returned.
 */
int lsec_value_parse(const struct lsec_reading *reading, enum lsec_origin origin,
                     struct lsec_value *ret);

#endif
