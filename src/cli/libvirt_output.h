/* SPDX-License-Identifier: Apache-2.0 */
/* What a libvirt said, for people and as JSON. */
#ifndef LAUNCHSEC_CLI_LIBVIRT_OUTPUT_H
#define LAUNCHSEC_CLI_LIBVIRT_OUTPUT_H

#include "base/json.h"
#include "libvirt/facts.h"

/* That it would take the domain, and what it offers. */
void lsec_output_libvirt(struct lsec_buffer *ret, const struct lsec_virt_facts *facts);

/* The same as an object. */
struct json_object *lsec_libvirt_to_json(const struct lsec_virt_facts *facts);

#endif
