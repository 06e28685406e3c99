/* SPDX-License-Identifier: Apache-2.0 */
/* Asking, trying and judging in their order. */
#include "check.h"

#include "base/text.h"
#include "judge.h"

int lsec_virt_check(const struct lsec_virt *virt, struct lsec_result *result,
                    struct lsec_virt_facts *ret, struct lsec_problems *problems)
{
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	struct lsec_virt_wish wish = {0};
	cleanup_free char *refusal = NULL;
	if (lsec_virt_wish_read(result, &wish, problems) < 0 ||
	    lsec_virt_ask(virt, &facts, problems) < 0)
		return -1;
	if (lsec_virt_may_try(&facts, &wish) &&
	    lsec_virt_try(virt, result->domain, &refusal, problems) < 0)
		return -1;
	if (lsec_virt_judge(&facts, &wish, refusal, &result->report, problems) < 0)
		return -1;
	*ret = facts;
	facts = (struct lsec_virt_facts){0};
	return 0;
}
