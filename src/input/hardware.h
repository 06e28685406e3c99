/* SPDX-License-Identifier: Apache-2.0 */
/* The hardware that a manifest asks for, out of its JSON. */
#ifndef LAUNCHSEC_INPUT_HARDWARE_H
#define LAUNCHSEC_INPUT_HARDWARE_H

#include "base/json.h"
#include "launchsec/inputs.h"

/* Reads it from a document that lsec_vmi_from_json() accepts. On failure *ret is left alone. */
int lsec_hardware_from_json(const struct json_object *document, struct lsec_hardware *ret,
                            struct lsec_problems *problems);

#endif
