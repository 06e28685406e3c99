/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in QEMU's namespace: kept within limits, refused, warned of. */
#include "qemu_findings.h"

#include <string.h>

#include "base/text.h"
#include "launchsec/limits.h"

#define ALLOW LSEC_PREFIX "allow-qemu-arguments"

void lsec_qemu_found(struct lsec_qemu_findings *findings, struct lsec_qemu_finding *finding)
{
	cleanup_free char *text = lsec_steal(&finding->text);
	enum lsec_qemu_class decides = finding->verdict.decides;
	if (decides == LSEC_QEMU_HARMLESS && !finding->misplaced)
		return;
	if (findings->seen[decides]++ >= LSEC_MAX_QEMU_FINDINGS)
		return;
	findings->of =
		lsec_grow(findings->of, findings->count, &findings->room, sizeof(*findings->of));
	findings->of[findings->count] = *finding;
	findings->of[findings->count++].text = lsec_steal(&text);
}

char *lsec_argument_place(unsigned index)
{
	return lsec_format("/domain/qemu:commandline/qemu:arg[%u]/@value", index);
}

/* Allocated. libxml2 counts siblings for it, so it is for few. */
static char *place_of(const struct lsec_qemu_finding *finding)
{
	if (finding->index > 0)
		return lsec_argument_place(finding->index);
	xmlChar *path = xmlGetNodePath(finding->node);
	char *place = finding->attribute == NULL
	                      ? lsec_format("%s", (const char *)path)
	                      : lsec_format("%s/@%s", (const char *)path, finding->attribute);
	xmlFree(path);
	return place;
}

static const char *why(const struct lsec_qemu_finding *finding)
{
	return finding->verdict.unread ? "has no readable value" : finding->verdict.row->why;
}

static int refuse(const struct lsec_qemu_finding *finding, const char *fix,
                  struct lsec_problems *problems)
{
	cleanup_free char *place = place_of(finding);
	return lsec_problem_add(problems, place, "%s%s %s, so it can %s; remove it%s",
	                        finding->noun, lsec_quote(finding->text).text, why(finding),
	                        lsec_qemu_class(finding->verdict.decides)->can, fix);
}

/* Those of a class that were not kept. */
static size_t more(const struct lsec_qemu_findings *findings, size_t decides)
{
	size_t seen = findings->seen[decides];
	return seen > LSEC_MAX_QEMU_FINDINGS ? seen - LSEC_MAX_QEMU_FINDINGS : 0;
}

static int refuse_more(const struct lsec_qemu_findings *findings, size_t decides,
                       struct lsec_problems *problems)
{
	return lsec_problem_add(problems, "/domain", "%zu more can %s; remove them",
	                        more(findings, decides), lsec_qemu_class(decides)->can);
}

static int refuse_class(const struct lsec_qemu_findings *findings, size_t decides, const char *fix,
                        struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < findings->count; i++)
		if (findings->of[i].verdict.decides == decides)
			status |= refuse(&findings->of[i], fix, problems);
	return more(findings, decides) > 0 ? refuse_more(findings, decides, problems) : status;
}

int lsec_qemu_refuse_protection(const struct lsec_qemu_findings *findings,
                                struct lsec_problems *problems)
{
	return refuse_class(findings, LSEC_QEMU_PROTECTION, "", problems);
}

int lsec_qemu_refuse_others(const struct lsec_qemu_findings *findings, bool allowed,
                            const struct lsec_config *config, struct lsec_problems *problems)
{
	const char *forbidden = config->forbidden[LSEC_KEY_ALLOW_QEMU_ARGUMENTS];
	cleanup_free char *allow =
		forbidden == NULL
			? lsec_format(", or set " ALLOW " to yes")
			: lsec_format(
				  " (the cluster's administrator forbids allow-qemu-arguments: %s)",
				  forbidden);
	int status = 0;
	for (size_t i = LSEC_QEMU_PROTECTION; i-- > 0;) {
		const struct lsec_qemu_class_row *row = lsec_qemu_class(i);
		const char *pinned = row->key == LSEC_KEYS ? NULL : config->forbidden[row->key];
		if (row->can == NULL || (allowed && pinned == NULL))
			continue;
		cleanup_free char *fix =
			pinned == NULL
				? lsec_strdup(allow)
				: lsec_format(" (the cluster's administrator forbids %s: %s)",
		                              lsec_key(row->key)->name, pinned);
		status |= refuse_class(findings, i, fix, problems);
	}
	return status;
}

int lsec_qemu_refuse_all(const struct lsec_qemu_findings *findings, const char *harmless,
                         const char *fix, struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < findings->count; i++) {
		const struct lsec_qemu_finding *finding = &findings->of[i];
		bool argument = finding->noun[0] == '\0';
		if (lsec_qemu_class(finding->verdict.decides)->can == NULL ||
		    (argument &&
		     lsec_qemu_matches(harmless, finding->text, strcspn(finding->text, " "))))
			continue;
		status |= refuse(finding, fix, problems);
	}
	for (size_t i = 0; i < LSEC_QEMU_CLASSES; i++)
		if (more(findings, i) > 0 && lsec_qemu_class(i)->can != NULL)
			status |= refuse_more(findings, i, problems);
	return status;
}

static void warn(const struct lsec_qemu_finding *finding, struct lsec_report *report)
{
	/* An argument's value may be a secret. */
	bool argument = finding->noun[0] == '\0';
	size_t len = argument ? strcspn(finding->text, " ") : strlen(finding->text);
	struct lsec_quote quote = lsec_quote_bytes(finding->text, len);
	const char *can = lsec_qemu_class(finding->verdict.decides)->can;
	cleanup_free char *place = place_of(finding);
	if (finding->misplaced)
		lsec_report_warn(
			report, place,
			"libvirt ignores %s%s here, but KubeVirt may move it to /domain/qemu:commandline; move or remove it",
			finding->noun, quote.text);
	else if (can == NULL)
		lsec_report_warn(
			report, place,
			"launchsec cannot tell what %s%s changes in the VM; make sure that it leaves firmware, kernel, CPUs and machine as they are",
			finding->noun, quote.text);
	else
		lsec_report_warn(
			report, place,
			"%s%s %s, so it can %s; rely on the attestation report, not on what the domain shows",
			finding->noun, quote.text, why(finding), can);
}

void lsec_qemu_warn(const struct lsec_qemu_findings *findings, struct lsec_report *report)
{
	for (size_t i = 0; i < findings->count; i++)
		warn(&findings->of[i], report);
	for (size_t i = LSEC_QEMU_CLASSES; i-- > 0;)
		if (more(findings, i) > 0)
			lsec_report_warn(
				report, "/domain",
				"%zu more findings of class %s in QEMU's namespace are not listed",
				more(findings, i), lsec_qemu_class(i)->name);
}

void lsec_qemu_findings_clear(struct lsec_qemu_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->of[i].text);
	free(findings->of);
	*findings = (struct lsec_qemu_findings){0};
}
