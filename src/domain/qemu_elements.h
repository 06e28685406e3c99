/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt's own elements with the same effect as refused QEMU arguments. */
#ifndef LAUNCHSEC_DOMAIN_QEMU_ELEMENTS_H
#define LAUNCHSEC_DOMAIN_QEMU_ELEMENTS_H

#include "qemu_findings.h"

/* Adds what the table says of the program that is started, of ACPI tables and of option ROMs of
 * host devices. Those of network devices are switched off for SEV-SNP (rule_devices.c); a TDX
 * guest's firmware measures them. */
void lsec_qemu_find_elements(const xmlNode *root, struct lsec_qemu_findings *ret,
                             struct lsec_problems *problems);

#endif
