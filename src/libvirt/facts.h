/* SPDX-License-Identifier: Apache-2.0 */
/* What a libvirt reports about itself and its host, as plain data. */
#ifndef LAUNCHSEC_LIBVIRT_FACTS_H
#define LAUNCHSEC_LIBVIRT_FACTS_H

#include "capabilities.h"

/* virConnectGetType() of the drivers that are queried. */
#define LSEC_VIRT_QEMU "QEMU"
#define LSEC_VIRT_TEST "TEST"

/* Versions are as libvirt has them: major * 1,000,000 + minor * 1,000 + release. */
struct lsec_virt_facts {
	const char *uri;     /* that was queried; borrowed from the question */
	char *driver;        /* LSEC_VIRT_QEMU or LSEC_VIRT_TEST */
	uint32_t libvirt;    /* of the libvirt that answers, not of the library here */
	uint32_t hypervisor; /* for QEMU, of its default emulator; 0 where unknown */
	/* Domain capabilities for x86_64, q35 and kvm; from the QEMU driver only. */
	bool has_capabilities;
	struct lsec_virt_capabilities capabilities;
	char *no_capabilities; /* libvirt's reason why the QEMU driver has none, or NULL */
};

/* A version as people write it; returned by value, so it lives as long as the statement. */
struct lsec_virt_version {
	char text[16];
};
struct lsec_virt_version lsec_virt_version(uint32_t version);

/* Whether it is the QEMU driver, which alone has capabilities that count. */
bool lsec_virt_is_qemu(const struct lsec_virt_facts *facts);

/* Frees what the facts hold and makes them empty. NULL is fine. */
void lsec_virt_facts_clear(struct lsec_virt_facts *facts);

#endif
