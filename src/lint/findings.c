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

void lsec_findings_add(struct lsec_findings *findings, struct lsec_finding finding)
{
	bool error = finding.severity == LSEC_SEVERITY_ERROR;
	bool settled = !error && is_settled(findings, finding.place);
	findings->errors += error;
	findings->warnings += !error && !settled;
	if (settled || findings->count == LSEC_MAX_PROBLEMS) {
		findings->omitted += !settled;
		free(finding.place);
		free(finding.what);
		return;
	}
	lsec_make_printable(finding.place);
	findings->of =
		lsec_grow(findings->of, findings->count, &findings->room, sizeof(*findings->of));
	findings->of[findings->count++] = finding;
}

void lsec_findings_take(struct lsec_findings *findings, const char *rule,
                        const struct lsec_problems *from)
{
	for (size_t i = 0; i < from->count; i++)
		lsec_findings_add(findings,
		                  (struct lsec_finding){LSEC_SEVERITY_ERROR, rule,
		                                        lsec_strdup(from->items[i].place),
		                                        lsec_strdup(from->items[i].what), NULL});
	findings->omitted += from->omitted;
	findings->errors += from->omitted;
}
