/* SPDX-License-Identifier: Apache-2.0 */
/* What lint prints for people, and the words that all its formats have. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lint_run.h"

const char *lsec_seen_file(const struct lsec_seen *seen)
{
	return strcmp(seen->file->path, "-") == 0 ? seen->file->name : seen->file->path;
}

const char *lsec_seen_relative(const struct lsec_seen *seen)
{
	const char *path = lsec_seen_file(seen);
	while (strncmp(path, "./", 2) == 0)
		path += 2 + strspn(path + 2, "/");
	return path;
}

const char *lsec_seen_object(const struct lsec_seen *seen)
{
	size_t file = strlen(seen->file->name);
	return seen->place[file] == '\0' ? NULL : seen->place + file + 2;
}

const char *lsec_seen_tee(const struct lsec_seen *seen)
{
	unsigned tees = seen->tees & LSEC_TEE_BOTH;
	if (tees == 0)
		return NULL;
	return tees == LSEC_TEE_BOTH ? "auto" : lsec_tee_name((enum lsec_tee)tees);
}

const char *lsec_seen_place(const struct lsec_seen *seen, const struct lsec_finding *finding)
{
	size_t file = strlen(seen->file->name);
	const char *place = finding->place;
	/* A file may have the name of a field: spec. */
	if (strncmp(place, seen->file->name, file) != 0 ||
	    (place[file] != '\0' && place[file] != ':'))
		return place;
	return strncmp(place + file, ": ", 2) == 0 ? place + file + 2 : NULL;
}

void lsec_seen_tell(struct lsec_buffer *ret, const struct lsec_seen *seen,
                    const struct lsec_finding *finding)
{
	const char *place = lsec_seen_place(seen, finding);
	if (place != NULL)
		lsec_buffer_format(ret, "%s: ", place);
	lsec_buffer_text(ret, finding->what);
	if (finding->fix != NULL)
		lsec_buffer_format(ret, "; %s", finding->fix);
}

struct lsec_finding lsec_seen_omitted(const struct lsec_seen *seen, char what[64])
{
	snprintf(what, 64, "%zu more findings are not shown", seen->findings.omitted);
	return (struct lsec_finding){.severity = seen->findings.errors > 0 ? LSEC_SEVERITY_ERROR
	                                                                   : LSEC_SEVERITY_WARNING,
	                             .rule = "file",
	                             .place = seen->file->name,
	                             .what = what};
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

void lsec_lint_counts(struct lsec_buffer *ret, const struct lsec_findings *findings)
{
	if (findings->errors == 0)
		lsec_buffer_text(ret, "no errors");
	else
		lsec_buffer_format(ret, "%zu error%s", findings->errors, plural(findings->errors));
	lsec_buffer_format(ret, ", %zu warning%s", findings->warnings, plural(findings->warnings));
	if (findings->ignored > 0)
		lsec_buffer_format(ret, ", %zu ignored", findings->ignored);
}

void lsec_lint_sum(struct lsec_buffer *ret, const struct lsec_lint_run *run)
{
	lsec_buffer_format(ret, "%zu file%s, %zu VM%s: ", run->files.count,
	                   plural(run->files.count), run->vms, plural(run->vms));
	lsec_lint_counts(ret, &run->sum);
}

/* What an object asks for, in the line of the summary. */
static const char *verdict_on(const struct lsec_seen *seen)
{
	const char *tee = lsec_seen_tee(seen);
	for (size_t i = 0; tee == NULL && i < seen->findings.count; i++)
		if (strcmp(seen->findings.of[i].rule, "annotations") == 0)
			tee = "annotations invalid";
	if (!seen->vm)
		return "not a VM";
	if (tee != NULL)
		return tee;
	return seen->tees == LSEC_ASKS_FOR_NONE ? "type none" : "no type set";
}

const char *lsec_seen_skipped(const struct lsec_seen *seen)
{
	return lsec_seen_object(seen) == NULL ? "cannot be parsed" : "not a VM";
}

void lsec_lint_text(struct lsec_buffer *ret, const struct lsec_lint_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct lsec_seen *seen = &run->of[i];
		if (seen->skipped) {
			lsec_buffer_format(ret, "%s: skipped: %s\n", seen->place,
			                   lsec_seen_skipped(seen));
		} else if (lsec_seen_object(seen) != NULL) {
			lsec_buffer_format(ret, "%s: %s: ", seen->place, verdict_on(seen));
			lsec_lint_counts(ret, &seen->findings);
			lsec_buffer_text(ret, "\n");
		}
	}
	lsec_lint_sum(ret, run);
	lsec_buffer_text(ret, "\n");
}

/* https://no-color.org: a NO_COLOR that is not empty. */
static bool is_coloured(const struct lsec_options *options)
{
	const char *none = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");
	if (options->color != LSEC_COLOR_AUTO)
		return options->color == LSEC_COLOR_ALWAYS;
	return isatty(STDERR_FILENO) && (none == NULL || none[0] == '\0') && terminal != NULL &&
	       strcmp(terminal, "dumb") != 0;
}

/* "launchsec: error: FILE:LINE:COLUMN: KIND/NAME: PLACE: PROBLEM; FIX". */
static void print_finding(const struct lsec_seen *seen, const struct lsec_finding *finding,
                          bool coloured)
{
	cleanup_buffer struct lsec_buffer line = {0};
	const char *object = lsec_seen_object(seen);
	bool error = finding->severity == LSEC_SEVERITY_ERROR;
	lsec_buffer_format(&line, "launchsec: %s%s:%s %s",
	                   !coloured ? ""
	                   : error   ? "\033[1;31m"
	                             : "\033[1;33m",
	                   lsec_severity_name(finding->severity), coloured ? "\033[0m" : "",
	                   seen->file->name);
	if (finding->mark.line > 0)
		lsec_buffer_format(&line, ":%zu:%zu", finding->mark.line, finding->mark.column);
	lsec_buffer_format(&line, ": %s%s", object == NULL ? "" : object,
	                   object == NULL ? "" : ": ");
	lsec_seen_tell(&line, seen, finding);
	fprintf(stderr, "%s\n", line.bytes);
}

void lsec_lint_print_findings(const struct lsec_lint_run *run)
{
	bool coloured = is_coloured(run->options);
	char what[64];
	for (size_t i = 0; i < run->count; i++) {
		const struct lsec_seen *seen = &run->of[i];
		for (size_t k = 0; k < seen->findings.count; k++)
			if (seen->findings.of[k].ignored == NULL)
				print_finding(seen, &seen->findings.of[k], coloured);
		const struct lsec_finding omitted = lsec_seen_omitted(seen, what);
		if (seen->findings.omitted > 0)
			print_finding(seen, &omitted, coloured);
	}
}
