/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of /domain/devices. */
#ifndef LAUNCHSEC_DOMAIN_DEVICES_H
#define LAUNCHSEC_DOMAIN_DEVICES_H

#include "launchsec/report.h"
#include "xml.h"

/* Refuses devices, or children of one, that libvirt and KubeVirt may read differently: in a
 * namespace, or twice where one counts. `parent` is <devices>, or NULL. */
void lsec_devices_check(const xmlNode *parent, struct lsec_problems *problems);

/* Warns, for SEV-SNP, of virtio devices that get no iommu='on': once for each kind. */
void lsec_devices_warn(const xmlNode *parent, struct lsec_report *report,
                       struct lsec_problems *problems);

#endif
