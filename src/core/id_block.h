/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEV-SNP's ID block, by which the firmware accepts one launch digest and policy only, and the ID
 * authentication that vouches for it: AMD 56860, SNP_LAUNCH_FINISH, "ID Block" and "ID
 * Authentication Information".
 */
#ifndef LAUNCHSEC_CORE_ID_BLOCK_H
#define LAUNCHSEC_CORE_ID_BLOCK_H

#include "settings.h"

#define LSEC_ID_BLOCK_SIZE 96
#define LSEC_ID_AUTH_SIZE 4096

/* What is looked at of an ID block. */
struct lsec_id_block {
	uint32_t version;
	uint64_t policy;
};

/* A key of the ID authentication and its signature. */
struct lsec_id_key {
	bool present; /* any byte of it is not zero */
	uint32_t algorithm, curve;
	bool has_point, has_signature; /* any byte of them is not zero */
};

struct lsec_id_auth {
	struct lsec_id_key id;     /* signs the ID block */
	struct lsec_id_key author; /* signs the ID key; optional */
};

struct lsec_id_block lsec_id_block_read(const uint8_t bytes[LSEC_ID_BLOCK_SIZE]);
struct lsec_id_auth lsec_id_auth_read(const uint8_t bytes[LSEC_ID_AUTH_SIZE]);

/*
 * Refuses an ID block or ID authentication without the other or with another's, one for another
 * policy than the VM starts with, and what the firmware cannot accept. No signature is verified.
 */
int lsec_check_id_block(const struct lsec_asked *asked, const struct lsec_settings *settings,
                        const struct lsec_domain *domain, struct lsec_problems *problems);

/* Warns of another version, and of an author key that is not used. */
void lsec_warn_id_block(const struct lsec_settings *settings, struct lsec_report *report);

#endif
