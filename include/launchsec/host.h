/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the host, gathered at the edge and handed to the core.
 */
#ifndef LAUNCHSEC_HOST_H
#define LAUNCHSEC_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "launchsec/problems.h"

struct lsec_host {
	bool sev, sev_es, sev_snp;  /* CPUID 0x8000001F EAX bits 1, 3, 4 */
	unsigned cbitpos;           /* EBX bits 5:0; meant only with `sev` */
	unsigned reduced_phys_bits; /* EBX bits 11:6; meant only with `sev` */
};

/* Decodes CPUID leaf 0x8000001F (AMD 24594, "Encrypted Memory Capabilities"). */
struct lsec_host lsec_host_decode(uint32_t eax, uint32_t ebx);

/* Asks this CPU. All false on one that is not x86 or lacks the leaf. */
struct lsec_host lsec_host_probe(void);

/*
 * Reads recorded facts from JSON: {"sev": true, "sev-es": true, "sev-snp":
 * true, "cbitpos": 51, "reduced-phys-bits": 1}; what is left out is "no".
 */
int lsec_host_read_json(const char *bytes, size_t len, const char *name, struct lsec_host *ret,
                        struct lsec_problems *problems);

#endif
