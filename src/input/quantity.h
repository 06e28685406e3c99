/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities of Kubernetes: "2", "1500m", "0.5", "1e1". */
#ifndef LAUNCHSEC_INPUT_QUANTITY_H
#define LAUNCHSEC_INPUT_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* A quantity rounded up to a whole number, as Kubernetes' Quantity.Value() does
 * (k8s.io/apimachinery, pkg/api/resource). False for what is none, negative, or above `most`. */
bool lsec_quantity_round_up(const char *text, uint32_t most, uint32_t *ret);

/* Whether a text is a quantity, of anything, without a sign. Not those of more than 18 digits. */
bool lsec_is_quantity(const char *text);

#endif
