/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in QEMU's namespace of a domain, to be refused or warned of. */
#ifndef LAUNCHSEC_DOMAIN_QEMU_FINDINGS_H
#define LAUNCHSEC_DOMAIN_QEMU_FINDINGS_H

#include <libxml/tree.h>

#include "launchsec/config.h"
#include "launchsec/report.h"
#include "qemu.h"

struct lsec_qemu_finding {
	struct lsec_qemu_verdict verdict;
	bool misplaced; /* harmless, but where libvirt does not read it */
	const xmlNode *node;
	const char *noun;      /* "capability ", or "" for an argument */
	char *text;            /* its name, or option and value */
	const char *attribute; /* of node, where it stands */
	unsigned index;        /* of an argument that libvirt reads, from 1; 0 for all else */
};

/* Of each class only so many are kept, and reported: LSEC_MAX_QEMU_FINDINGS. */
struct lsec_qemu_findings {
	struct lsec_qemu_finding *of;
	size_t count, room;
	size_t seen[LSEC_QEMU_CLASSES]; /* in all; misplaced ones count as harmless */
};

/* Takes over finding->text. Harmless ones that are not misplaced are left out. */
void lsec_qemu_found(struct lsec_qemu_findings *findings, struct lsec_qemu_finding *finding);

/* Refuses what decides over the protection. */
int lsec_qemu_refuse_protection(const struct lsec_qemu_findings *findings,
                                struct lsec_problems *problems);

/* Refuses what decides over anything else, unless that is allowed and not forbidden. */
int lsec_qemu_refuse_others(const struct lsec_qemu_findings *findings, bool allowed,
                            const struct lsec_config *config, struct lsec_problems *problems);

/* Refuses everything that decides over anything, except options that match the pattern `harmless`.
 * `fix` follows "remove it". */
int lsec_qemu_refuse_all(const struct lsec_qemu_findings *findings, const char *harmless,
                         const char *fix, struct lsec_problems *problems);

/* Warns of all that was not refused. */
void lsec_qemu_warn(const struct lsec_qemu_findings *findings, struct lsec_report *report);

void lsec_qemu_findings_clear(struct lsec_qemu_findings *findings);

/* The XPath of an argument's value, allocated. */
char *lsec_argument_place(unsigned index);

#endif
