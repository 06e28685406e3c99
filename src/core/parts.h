/* SPDX-License-Identifier: Apache-2.0 */
/* The measured parts of a VM and where they are set: its CPUs, and what it boots. */
#ifndef LAUNCHSEC_CORE_PARTS_H
#define LAUNCHSEC_CORE_PARTS_H

#include "domain/domain.h"
#include "launchsec/inputs.h"

enum lsec_cpu_choice {
	LSEC_CPU_OPEN,       /* not set */
	LSEC_CPU_NAMED,      /* the model in cpu_model */
	LSEC_CPU_HOST_MODEL, /* a named model that the node chooses */
	LSEC_CPU_HOST,       /* the node's own CPU */
};

struct lsec_parts {
	unsigned vcpus;   /* that start with the VM */
	bool vcpus_open;  /* their number is set elsewhere */
	unsigned plugged; /* of these, the ones that are plugged in, unless launchsec changes it */
	enum lsec_cpu_choice cpu;
	char *cpu_model;
	bool kernel, initrd;
	char *cmdline; /* NULL: none, which is measured as "" */
	/* Where each is set, or would be. */
	char *vcpus_place, *cpu_place, *kernel_place, *initrd_place, *cmdline_place;
};

/* Of a domain. Refuses what libvirt refuses, and what leaves open what is measured: arguments for
 * QEMU that decide over it. *ret is for lsec_parts_clear() in any case. */
int lsec_parts_of_domain(const struct lsec_domain *domain, struct lsec_parts *ret,
                         struct lsec_problems *problems);

/* Of a manifest. */
void lsec_parts_of_manifest(const struct lsec_hardware *hardware, struct lsec_parts *ret);

void lsec_parts_clear(struct lsec_parts *parts);

#endif
