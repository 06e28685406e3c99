/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of reading a firmware image: its table, and what each TEE has in it. */
#ifndef LAUNCHSEC_MEASURE_IMAGE_H
#define LAUNCHSEC_MEASURE_IMAGE_H

#include "launchsec/measure.h"

#define LSEC_PAGE_SIZE 4096U

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

/*
 * Fill in what an image has for their TEE; what is wrong is added to `problems`. The image's
 * firmware is set, and everything else zero.
 */
int lsec_image_read_sev(const struct lsec_table *table, struct lsec_image *image,
                        struct lsec_problems *problems);
int lsec_image_read_tdx(const struct lsec_table *table, struct lsec_image *image,
                        struct lsec_problems *problems);

/* How metadata is laid out: the same for both TEEs, but for numbers and names. */
struct lsec_metadata_form {
	const char *title;     /* in messages: "SEV", "TDX" */
	const char *signature; /* four bytes */
	size_t section_size;   /* bytes of a section's entry */
	size_t fewest;         /* sections */
	bool exact;            /* its length must be that of its sections, as QEMU wants it */
};
#define LSEC_METADATA_HEADER 16 /* signature, length, version, number of sections: 4 bytes each */

/*
 * Checks the header of the metadata that begins `distance` bytes before the image's end, and that
 * its sections' entries are inside the image. On success sets image->section_count and *ret, the
 * first entry.
 */
int lsec_metadata_find(const struct lsec_metadata_form *form, uint32_t distance,
                       struct lsec_image *image, const uint8_t **ret,
                       struct lsec_problems *problems);

/* Refuses sections that have more pages, alone or together, than anybody should have to measure. */
int lsec_sections_check_size(const struct lsec_metadata_form *form, const struct lsec_image *image,
                             struct lsec_problems *problems);

#endif
