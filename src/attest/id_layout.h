/* SPDX-License-Identifier: Apache-2.0 */
/* Of the ID authentication, what its keys and their reader share: AMD 56860, SNP_LAUNCH_FINISH. */
#ifndef LAUNCHSEC_ATTEST_ID_LAYOUT_H
#define LAUNCHSEC_ATTEST_ID_LAYOUT_H

/* A key: u32 curve, then a point of src/attest/p384.h; zeros fill it up. */
#define LSEC_CURVE_P384 2 /* the one curve */
#define LSEC_KEY_POINT 4

#endif
