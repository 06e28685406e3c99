/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, within a limit and each place once. */
#include <string.h>

#include "base/text.h"
#include "findings.h"

const char *lsec_severity_name(enum lsec_severity severity)
{
	return severity == LSEC_SEVERITY_ERROR ? "error" : "warning";
}

void lsec_findings_clear(struct lsec_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->of[i].place);
		free(findings->of[i].what);
	}
	free(findings->of);
	*findings = (struct lsec_findings){0};
}

/* Whether nothing is to be said of a place any more: an error was. */
static bool is_settled(const struct lsec_findings *findings, const char *place)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->of[i].severity == LSEC_SEVERITY_ERROR &&
		    strcmp(findings->of[i].place, place) == 0)
			return true;
	return false;
}

int lsec_findings_add(struct lsec_findings *findings, struct lsec_finding finding,
                      struct lsec_problems *problems)
{
	cleanup_free char *place = finding.place;
	cleanup_free char *what = finding.what;
	bool error = finding.severity == LSEC_SEVERITY_ERROR;
	if (place == NULL || what == NULL)
		return lsec_problem_no_memory(problems);
	if (!error && is_settled(findings, place))
		return 0;
	if (findings->count < LSEC_MAX_PROBLEMS) {
		struct lsec_finding *grown =
			reallocarray(findings->of, findings->count + 1, sizeof(*grown));
		if (grown == NULL)
			return lsec_problem_no_memory(problems);
		findings->of = grown;
	}
	findings->errors += error;
	findings->warnings += !error;
	if (findings->count == LSEC_MAX_PROBLEMS) {
		findings->omitted++;
		return 0;
	}
	lsec_make_printable(place);
	finding.place = lsec_steal(&place);
	finding.what = lsec_steal(&what);
	findings->of[findings->count++] = finding;
	return 0;
}

int lsec_findings_take(struct lsec_findings *findings, const char *rule,
                       const struct lsec_problems *from, struct lsec_problems *problems)
{
	if (from->failed)
		return lsec_problem_no_memory(problems);
	for (size_t i = 0; i < from->count; i++)
		if (lsec_findings_add(findings,
		                      (struct lsec_finding){LSEC_SEVERITY_ERROR, rule,
		                                            strdup(from->items[i].place),
		                                            strdup(from->items[i].what), NULL},
		                      problems) < 0)
			return -1;
	findings->omitted += from->omitted;
	findings->errors += from->omitted;
	return 0;
}
