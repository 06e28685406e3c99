/* SPDX-License-Identifier: Apache-2.0 */
/* The VM that a command is about, from its manifest. */
#ifndef LAUNCHSEC_CLI_VM_H
#define LAUNCHSEC_CLI_VM_H

#include "launchsec/inputs.h"
#include "options.h"

/*
 * Reads the manifest of --vmi, which is given, into the namespace of --namespace, if that is. Its
 * hardware is looked at where `hardware` is not NULL.
 */
int lsec_read_vm(const struct lsec_options *options, struct lsec_vmi *vmi,
                 struct lsec_hardware *hardware, struct lsec_problems *problems);

#endif
