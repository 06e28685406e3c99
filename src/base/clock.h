/* SPDX-License-Identifier: Apache-2.0 */
/* Monotonic time, independent of the time of day. */
#ifndef LAUNCHSEC_BASE_CLOCK_H
#define LAUNCHSEC_BASE_CLOCK_H

#include <stdint.h>

#define LSEC_SECOND INT64_C(1000000000) /* in ns, the unit of all times */

/* The time now, in ns. */
int64_t lsec_clock(void);

/* Milliseconds since a time. */
double lsec_milliseconds_since(int64_t start);

#endif
