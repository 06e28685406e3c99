/* SPDX-License-Identifier: Apache-2.0 */
/* What the metadata of both TEEs have in common: a header, then sections of one size. */
#ifndef LAUNCHSEC_MEASURE_METADATA_H
#define LAUNCHSEC_MEASURE_METADATA_H

#include "launchsec/measure.h"

#define LSEC_PAGE_SIZE 4096U /* of the guest's memory */

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
