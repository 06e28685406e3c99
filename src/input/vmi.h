/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON and YAML readers share. */
#ifndef LAUNCHSEC_INPUT_VMI_H
#define LAUNCHSEC_INPUT_VMI_H

#include <jansson.h>

#include "launchsec/vmi.h"

/* What the readers want, for messages. */
#define LSEC_WANT_VMI "a VirtualMachineInstance or VirtualMachine of KubeVirt"

/* Whether a document's `kind` is one that is read. */
bool lsec_vmi_is_kind(const json_t *document);

/* Takes the facts out of a document. On failure *ret is left alone. */
int lsec_vmi_from_json(const json_t *document, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems);

#endif
