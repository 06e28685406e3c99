/* SPDX-License-Identifier: Apache-2.0 */
/* Where bytes come from, a piece at a time; and how many may come. */
#ifndef LAUNCHSEC_LAUNCHER_SOURCE_H
#define LAUNCHSEC_LAUNCHER_SOURCE_H

#include "base/text.h"

/* What reading an image may still cost: bytes, packed and unpacked ones. */
struct lsec_budget {
	uint64_t left;
};

/* Takes `len` bytes of it; refuses, at `place`, once there are too few. */
int lsec_budget_take(struct lsec_budget *budget, const char *place, size_t len,
                     struct lsec_problems *problems);

struct lsec_source {
	const char *name; /* for problems */
	/* Reads on: *ret is good until the next call; its length is 0 at the end. */
	int (*read)(struct lsec_source *source, struct lsec_span *ret,
	            struct lsec_problems *problems);
	/* Leaves bytes out, and returns how many, which may be 0; or NULL. */
	uint64_t (*skip)(struct lsec_source *source, uint64_t len);
};

/* Reads to the end. */
int lsec_source_drain(struct lsec_source *source, struct lsec_problems *problems);

#endif
