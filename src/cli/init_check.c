/* SPDX-License-Identifier: Apache-2.0 */
/* What init cannot fix: errors that lint finds in its result. */
#include "init.h"
#include "lint/ignore.h"

int lsec_init_check(const struct lsec_lint_request *request, const struct json_object *objects,
                    struct lsec_problems *problems)
{
	struct lsec_findings findings LSEC_CLEANUP(lsec_findings_clear) = {0};
	struct lsec_lint_context context LSEC_CLEANUP(lsec_lint_context_clear) = {0};
	const struct lsec_config config = {0};
	struct lsec_lint_request with = *request;
	int status = 0;
	for (size_t i = 0; i < lsec_json_count(objects); i++)
		lsec_lint_context_add(&context, json_object_array_get_idx(objects, i));
	with.config = &config;
	with.context = &context;
	lsec_ignores_read(request->document, &findings);
	lsec_lint(&with, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct lsec_finding *one = &findings.of[i];
		const char *fix = one->fix == NULL ? "" : one->fix;
		if (one->severity == LSEC_SEVERITY_ERROR && one->ignored == NULL)
			status = lsec_problem_add(problems, one->place, "%s%s%s", one->what,
			                          fix[0] == '\0' ? "" : "; ", fix);
	}
	return status;
}
