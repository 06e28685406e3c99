/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of libvirt's domain capabilities (libvirt formatdomaincaps) about confidential VMs. */
#ifndef LAUNCHSEC_LIBVIRT_CAPABILITIES_H
#define LAUNCHSEC_LIBVIRT_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launchsec/problems.h"

/* A number that may not be reported. */
struct lsec_virt_number {
	bool told;
	uint32_t value;
};

struct lsec_virt_capabilities {
	/* launchSecurity/enum[@name='sectype']: the types that this QEMU can start here. libvirt
	 * reports them from 10.5 on. */
	bool tells_types, sev_type, sev_snp_type, tdx_type;
	bool sev, tdx; /* sev/@supported and tdx/@supported: the host's KVM */
	/* Of <sev>: the C-bit's place, address bits it costs, and guests (SEV; SEV-ES and SNP) */
	struct lsec_virt_number cbitpos, reduced_phys_bits, max_guests, max_es_guests;
};

/*
 * Reads a <domainCapabilities> document of `len` bytes; `name` names it in problems. Parts that it
 * does not have count as not supported; a part that is not as libvirt writes it is a problem. On
 * failure *ret is left alone.
 */
int lsec_virt_capabilities_read(const char *bytes, size_t len, const char *name,
                                struct lsec_virt_capabilities *ret, struct lsec_problems *problems);

#endif
