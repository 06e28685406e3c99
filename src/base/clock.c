/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that asks for the monotonic time, so that a test can put another in its place. */
#include "clock.h"

#include <time.h>

int64_t lsec_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * LSEC_SECOND + now.tv_nsec;
}

double lsec_milliseconds_since(int64_t start)
{
	return (double)(lsec_clock() - start) / 1e6;
}
