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
	for (size_t i = 0; i < findings->ignore_count; i++)
		free(findings->ignores[i].reason);
	free(findings->of);
	free(findings->ignores);
	*findings = (struct lsec_findings){0};
}

void lsec_findings_ignore(struct lsec_findings *findings, const char *rule, const char *reason)
{
	findings->ignores = lsec_grow(findings->ignores, findings->ignore_count,
	                              &findings->ignore_room, sizeof(*findings->ignores));
	findings->ignores[findings->ignore_count++] =
		(struct lsec_ignore){rule, lsec_strdup(reason)};
}

/* Why a rule's findings do not count; NULL where they do. The manifest's reason counts before
 * that of an option. */
static const char *reason_of(const struct lsec_findings *findings, const char *rule)
{
	const char *reason = NULL;
	for (size_t i = 0; i < findings->ignore_count; i++)
		if (strcmp(findings->ignores[i].rule, rule) == 0 &&
		    (reason == NULL || reason[0] == '\0'))
			reason = findings->ignores[i].reason;
	return reason;
}

/* Whether a place has an error, so that a warning there is left out. */
static bool is_settled(const struct lsec_findings *findings, const char *place)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->of[i].severity == LSEC_SEVERITY_ERROR &&
		    findings->of[i].ignored == NULL && strcmp(findings->of[i].place, place) == 0)
			return true;
	return false;
}

/* How many are kept that count, or that do not. */
static size_t kept(const struct lsec_findings *findings, bool ignored)
{
	size_t count = 0;
	for (size_t i = 0; i < findings->count; i++)
		count += (findings->of[i].ignored != NULL) == ignored;
	return count;
}

void lsec_findings_add(struct lsec_findings *findings, struct lsec_finding finding)
{
	bool error = finding.severity == LSEC_SEVERITY_ERROR;
	bool settled = !error && is_settled(findings, finding.place);
	finding.ignored = reason_of(findings, finding.rule);
	bool counts = finding.ignored == NULL && !settled;
	findings->errors += error && counts;
	findings->warnings += !error && counts;
	findings->ignored += finding.ignored != NULL && !settled;
	if (settled || kept(findings, finding.ignored != NULL) == LSEC_MAX_PROBLEMS) {
		findings->omitted += counts;
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
		                  (struct lsec_finding){.severity = LSEC_SEVERITY_ERROR,
		                                        .rule = rule,
		                                        .place = lsec_strdup(from->items[i].place),
		                                        .what = lsec_strdup(from->items[i].what)});
	if (reason_of(findings, rule) != NULL) {
		findings->ignored += from->omitted;
		return;
	}
	findings->omitted += from->omitted;
	findings->errors += from->omitted;
}
