/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware image has for TDX. */
#ifndef LAUNCHSEC_MEASURE_IMAGE_TDX_H
#define LAUNCHSEC_MEASURE_IMAGE_TDX_H

#include "table.h"

/* Types of sections in TDX metadata: Intel "TDX Virtual Firmware Design Guide", 11.2. */
enum lsec_tdx_type {
	LSEC_TDX_BFV, /* code, from the image */
	LSEC_TDX_CFV, /* variables, from the image */
	LSEC_TDX_TD_HOB,
	LSEC_TDX_TEMP_MEM,
	LSEC_TDX_TYPES
};

/* The attribute with which a section's contents are measured, and not its pages' addresses only. */
#define LSEC_TDX_MEASURED 1U

/*
 * Fills in what an image has for TDX; what is wrong is added to `problems`. The image's
 * firmware is set, and its sections are zero.
 */
int lsec_image_read_tdx(const struct lsec_table *table, struct lsec_image *image,
                        struct lsec_problems *problems);

#endif
