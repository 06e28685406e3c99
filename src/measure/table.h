/* SPDX-License-Identifier: Apache-2.0 */
/* The table at the end of a firmware image. */
#ifndef LAUNCHSEC_MEASURE_TABLE_H
#define LAUNCHSEC_MEASURE_TABLE_H

#include "launchsec/measure.h"

/* The entries of the table that somebody reads. */
enum lsec_table_entry {
	LSEC_ENTRY_SEV_METADATA,
	LSEC_ENTRY_AP_ADDRESS,
	LSEC_ENTRY_KERNEL_HASHES,
	LSEC_ENTRY_TDX_METADATA,
	LSEC_TABLE_ENTRIES
};

struct lsec_table {
	/* The data of each, of as many bytes as the entry must have at least; NULL: not there. */
	const uint8_t *of[LSEC_TABLE_ENTRIES];
};

/* Reads the table at the image's end; refuses what is no firmware image, and broken lengths. */
int lsec_table_read(const struct lsec_firmware *firmware, struct lsec_table *ret,
                    struct lsec_problems *problems);

#endif
