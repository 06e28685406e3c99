/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware image has for SEV-SNP. */
#ifndef LAUNCHSEC_MEASURE_IMAGE_SEV_H
#define LAUNCHSEC_MEASURE_IMAGE_SEV_H

#include "table.h"

/* Types of sections in SEV metadata: QEMU target/i386/sev.h, ovmf_sev_metadata_desc_type. */
enum lsec_sev_type {
	LSEC_SEV_MEMORY = 1,
	LSEC_SEV_SECRETS = 2,
	LSEC_SEV_CPUID = 3,
	LSEC_SEV_KERNEL_HASHES = 0x10,
};

/* The table of hashes with the zeros after it: QEMU target/i386/sev.c, PaddedSevHashTable. */
#define LSEC_HASH_TABLE_SIZE 176

/*
 * Fills in what an image has for SEV-SNP; what is wrong is added to `problems`. The image's
 * firmware is set, and its sections are zero.
 */
int lsec_image_read_sev(const struct lsec_table *table, struct lsec_image *image,
                        struct lsec_problems *problems);

#endif
