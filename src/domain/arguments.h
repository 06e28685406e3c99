/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything in a domain that libvirt or KubeVirt could pass to QEMU: arguments, variables,
 * capabilities and overrides in libvirt's namespace for them (libvirt docs/drvqemu.rst,
 * "Pass-through of arbitrary qemu commands"), at any depth.
 */
#ifndef LAUNCHSEC_DOMAIN_ARGUMENTS_H
#define LAUNCHSEC_DOMAIN_ARGUMENTS_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "launchsec/problems.h"
#include "qemu_findings.h"

#define LSEC_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/*
 * launchsec's arguments: how the object begins, with libvirt's own name for it, and the machine's
 * reference to it. The underscore is libvirt's: QEMU refuses both spellings on one line.
 */
#define LSEC_OWN_OBJECT "{\"qom-type\":\"tdx-guest\",\"id\":\"lsec0\""
#define LSEC_OWN_MACHINE "confidential-guest-support=lsec0,kernel_irqchip=split"

/* Who reads an argument; each makes a command line of those that it reads, in their order. */
enum lsec_argument_reader {
	LSEC_READ_BY_ANYBODY = 1, /* all of them, for a reader that uses all as arguments */
	LSEC_READ_BY_LIBVIRT = 2, /* /domain/qemu:commandline/qemu:arg */
	LSEC_READ_BY_KUBEVIRT = 4 /* at any depth between the tags of a qemu:commandline */
};

struct lsec_argument {
	xmlNode *node;    /* <qemu:arg> */
	char *value;      /* "" where it has none */
	unsigned readers; /* mask of enum lsec_argument_reader */
	unsigned index;   /* of one that libvirt reads, among those of its parent, from 1; else 0 */
	size_t before;    /* the last one before it that is not launchsec's; SIZE_MAX for none */
	size_t judged;    /* the one before it that it was judged with last, plus 1 */
	bool judged_last; /* also with none after it */
	bool own;         /* launchsec's, from an earlier call, which libvirt reads */
};

struct lsec_arguments {
	struct lsec_argument *of; /* in document order */
	size_t count, room;
	bool own; /* some are launchsec's */
	struct lsec_qemu_findings findings;
};

/*
 * Finds all that, and refuses what could choose another protection than launchsec writes. The rest
 * is in ret->findings. *ret points into the tree and is for lsec_arguments_clear() in any case.
 */
void lsec_arguments_find(xmlNode *root, struct lsec_arguments *ret, struct lsec_problems *problems);

/* Judges what the arguments decide over: the second half of lsec_arguments_find(), in
 * qemu_pairs.c. */
void lsec_arguments_judge(struct lsec_arguments *arguments);

void lsec_arguments_clear(struct lsec_arguments *arguments);

/* Whether a node is an element of that name in the namespace of such arguments. */
bool lsec_is_qemu(const xmlNode *node, const char *name);

#endif
