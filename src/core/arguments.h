/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arguments that a domain has libvirt give to QEMU, behind libvirt's own:
 * <qemu:commandline>, libvirt docs/drvqemu.rst "Pass-through of arbitrary qemu commands".
 */
#ifndef LAUNCHSEC_CORE_ARGUMENTS_H
#define LAUNCHSEC_CORE_ARGUMENTS_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "launchsec/problems.h"

#define LSEC_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/*
 * What ours begin with and are: an object with libvirt's own name for it, and the machine's
 * reference to it. The underscore is libvirt's: QEMU refuses both spellings on one line.
 */
#define LSEC_OWN_OBJECT "{\"qom-type\":\"tdx-guest\",\"id\":\"lsec0\""
#define LSEC_OWN_MACHINE "confidential-guest-support=lsec0,kernel_irqchip=split"

struct lsec_argument {
	xmlNode *node;  /* <qemu:arg> */
	char *value;    /* or NULL */
	unsigned index; /* among those of its parent, from 1 */
	size_t before;  /* the last one in front of it that is not ours; SIZE_MAX for none */
	bool own;       /* one of ours, from an earlier call */
};

struct lsec_arguments {
	struct lsec_argument *of;
	size_t count, room;
	bool own;             /* some are ours */
	const char *doubtful; /* an option that goes behind libvirt's back, or NULL */
};

/*
 * Finds a domain's arguments, and refuses those that choose another protection than
 * launchsec writes. *ret points into the tree and is for lsec_arguments_clear() in any case.
 */
int lsec_arguments_find(const xmlNode *root, struct lsec_arguments *ret,
                        struct lsec_problems *problems);

void lsec_arguments_clear(struct lsec_arguments *arguments);

/* The XPath of an argument's value, allocated; NULL when memory ran out. */
char *lsec_argument_place(unsigned index);

/* Whether a node is an element of that name in the namespace of such arguments. */
bool lsec_is_qemu(const xmlNode *node, const char *name);

#endif
