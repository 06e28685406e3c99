/* SPDX-License-Identifier: Apache-2.0 */
/* The ID block and its authentication (launchsec/id_block.h), against the settings of a VM. */
#ifndef LAUNCHSEC_CORE_ID_BLOCK_H
#define LAUNCHSEC_CORE_ID_BLOCK_H

#include "settings.h"

/*
 * Refuses an ID block or ID authentication without the other or with another's, a pair that does
 * not verify, an ID block for another policy than the VM starts with, and an author key that is
 * asked for and not there.
 */
int lsec_check_id_block(const struct lsec_asked *asked, const struct lsec_settings *settings,
                        const struct lsec_domain *domain, struct lsec_problems *problems);

/* Warns of an author key that is not used, and of one that is asked for without an ID block. */
void lsec_warn_id_block(const struct lsec_settings *settings, struct lsec_report *report);

/* The launch digest that a VM's ID block is for, in hex, allocated; NULL where it has none. */
char *lsec_launch_digest(const struct lsec_settings *settings);

#endif
