/* SPDX-License-Identifier: Apache-2.0 */
/* What a libvirt's answers mean for a domain. No I/O: facts in, problems and warnings out. */
#ifndef LAUNCHSEC_LIBVIRT_JUDGE_H
#define LAUNCHSEC_LIBVIRT_JUDGE_H

#include "launchsec/apply.h"
#include "virt.h"

/* Which libvirt and QEMU brought a TEE, as in struct lsec_virt_facts, and what its host needs. */
struct lsec_virt_need {
	enum lsec_tee tee;
	uint32_t libvirt, qemu;
	const char *host;
};

/* The need of a TEE; NULL for LSEC_TEE_NONE. */
const struct lsec_virt_need *lsec_virt_need(enum lsec_tee tee);

/* What a domain needs of its host. */
struct lsec_virt_wish {
	enum lsec_tee tee; /* also where it came so and was returned so */
	bool sev;          /* SEV of any kind */
	struct lsec_virt_number cbitpos, reduced_phys_bits; /* of SEV; else the host's */
};

/* Reads the wish of a domain that lsec_apply() returned. */
int lsec_virt_wish_read(const struct lsec_result *result, struct lsec_virt_wish *ret,
                        struct lsec_problems *problems);

/* Whether the domain can be tried without harm: libvirt 12.8 crashes when it has to fill in
 * `cbitpos` or `reducedPhysBits` on a host that has no SEV. */
bool lsec_virt_may_try(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish);

/*
 * Judges. `refusal` is libvirt's reason against the domain, or NULL. What keeps it from starting
 * there is a problem; an old version that supports the TEE anyway, or a host that reports less than
 * its QEMU, a warning. Distributions backport fixes and features, so a version alone decides
 * nothing.
 */
int lsec_virt_judge(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish,
                    const char *refusal, struct lsec_report *report,
                    struct lsec_problems *problems);

#endif
