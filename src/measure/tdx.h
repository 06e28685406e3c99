/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of TDX metadata: Intel "TDX Virtual Firmware Design Guide", 11.2. */
#ifndef LAUNCHSEC_MEASURE_TDX_H
#define LAUNCHSEC_MEASURE_TDX_H

enum lsec_tdx_type {
	LSEC_TDX_BFV, /* code, from the image */
	LSEC_TDX_CFV, /* variables, from the image */
	LSEC_TDX_TD_HOB,
	LSEC_TDX_TEMP_MEM,
	LSEC_TDX_TYPES
};

/* The attribute with which a section's contents are measured, and not its pages' addresses only. */
#define LSEC_TDX_MEASURED 1U

#endif
