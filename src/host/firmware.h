/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's firmware descriptors. */
#ifndef LAUNCHSEC_HOST_FIRMWARE_H
#define LAUNCHSEC_HOST_FIRMWARE_H

#include "launchsec/host.h"

/* Looks under `root` for the images that facts ask for. */
void lsec_host_gather_firmware(const char *root, struct lsec_host *ret);

#endif
