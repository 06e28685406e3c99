/* SPDX-License-Identifier: Apache-2.0 */
/* Facts from CPUID. */
#include <string.h>

#include "core/host.h"
#include "launchsec/measure.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define ENCRYPTION_LEAF 0x8000001fU
#define HYPERVISOR_BIT 31

void lsec_host_gather_cpu(struct lsec_host *ret)
{
	char vendor[12] = {0}; /* not ended by a NUL */
	bool hypervisor = false;
	uint32_t signature = 0;
	lsec_host_decode(0, 0, ret);
#if defined(__x86_64__) || defined(__i386__)
	unsigned eax = 0;
	unsigned ebx = 0;
	unsigned ecx = 0;
	unsigned edx = 0;
	if (__get_cpuid(0, &eax, &ebx, &ecx, &edx)) {
		memcpy(vendor, &ebx, 4);
		memcpy(vendor + 4, &edx, 4);
		memcpy(vendor + 8, &ecx, 4);
	}
	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
		hypervisor = (ecx >> HYPERVISOR_BIT & 1) != 0;
		signature = eax & LSEC_CPU_SIGNATURE_BITS;
	}
	if (__get_cpuid_count(ENCRYPTION_LEAF, 0, &eax, &ebx, &ecx, &edx))
		lsec_host_decode(eax, ebx, ret);
#endif
	const struct {
		enum lsec_fact_id id;
		bool yes;
	} facts[] = {
		{LSEC_FACT_CPU_AMD, memcmp(vendor, "AuthenticAMD", 12) == 0},
		{LSEC_FACT_CPU_INTEL, memcmp(vendor, "GenuineIntel", 12) == 0},
		{LSEC_FACT_HYPERVISOR, hypervisor},
	};
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		ret->of[facts[i].id].state = facts[i].yes ? LSEC_YES : LSEC_NO;
	ret->of[LSEC_FACT_CPU_SIGNATURE] = (struct lsec_fact){.state = LSEC_UNKNOWN};
	if (lsec_host_has(ret, LSEC_FACT_CPU_AMD) && signature != 0)
		lsec_fact_set_number(&ret->of[LSEC_FACT_CPU_SIGNATURE], signature);
}
