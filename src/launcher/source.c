/* SPDX-License-Identifier: Apache-2.0 */
/* What all sources of bytes have in common. */
#include "source.h"

int lsec_budget_take(struct lsec_budget *budget, const char *place, size_t len,
                     struct lsec_problems *problems)
{
	if (len > budget->left)
		return lsec_problem_add(
			problems, place,
			"the image has more than %llu bytes (4 GiB) to read, packed and unpacked, which is the limit; extract the firmware by other means and give it with --firmware",
			(unsigned long long)LSEC_MAX_LAUNCHER_BYTES);
	budget->left -= len;
	return 0;
}

int lsec_source_drain(struct lsec_source *source, struct lsec_problems *problems)
{
	struct lsec_span piece;
	do
		if (source->read(source, &piece, problems) < 0)
			return -1;
	while (piece.len > 0);
	return 0;
}
