/* SPDX-License-Identifier: Apache-2.0 */
/* Collects changes and warnings, safe to print. */
#include "launchsec/report.h"

#include "text.h"

static void clear_change(struct lsec_change *change)
{
	free(change->place);
	free(change->old_value);
	free(change->new_value);
	free(change->reason);
}

static void add(struct lsec_report *report, struct lsec_change change)
{
	report->changes = lsec_grow(report->changes, report->change_count, &report->change_room,
	                            sizeof(*report->changes));
	lsec_make_printable(change.place);
	lsec_make_printable(change.reason);
	report->changes[report->change_count++] = change;
}

void lsec_report_added(struct lsec_report *report, const char *place, const char *value,
                       const char *reason)
{
	add(report, (struct lsec_change){LSEC_ADDED, lsec_strdup(place), NULL,
	                                 lsec_strdup_or_null(value), lsec_strdup(reason)});
}

void lsec_report_set(struct lsec_report *report, const char *place, const char *old_value,
                     const char *new_value, const char *reason)
{
	add(report,
	    (struct lsec_change){LSEC_SET, lsec_strdup(place), lsec_strdup_or_null(old_value),
	                         lsec_strdup_or_null(new_value), lsec_strdup(reason)});
}

void lsec_report_removed(struct lsec_report *report, const char *place, const char *value,
                         const char *reason)
{
	add(report, (struct lsec_change){LSEC_REMOVED, lsec_strdup(place),
	                                 lsec_strdup_or_null(value), NULL, lsec_strdup(reason)});
}

void lsec_report_warn(struct lsec_report *report, const char *place, const char *fmt, ...)
{
	report->warnings = lsec_grow(report->warnings, report->warning_count, &report->warning_room,
	                             sizeof(*report->warnings));
	struct lsec_warning *warning = &report->warnings[report->warning_count++];
	va_list args;
	va_start(args, fmt);
	*warning = (struct lsec_warning){lsec_copy_place(place), lsec_format_args(fmt, args)};
	va_end(args);
	lsec_make_printable(warning->place);
	lsec_make_printable(warning->what);
}

const char *lsec_action_name(enum lsec_action action)
{
	static const char *const names[] = {
		[LSEC_ADDED] = "added", [LSEC_SET] = "set", [LSEC_REMOVED] = "removed"};
	return names[action];
}

void lsec_report_clear(struct lsec_report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->change_count; i++)
		clear_change(&report->changes[i]);
	for (size_t i = 0; i < report->warning_count; i++) {
		free(report->warnings[i].place);
		free(report->warnings[i].what);
	}
	free(report->changes);
	free(report->warnings);
	*report = (struct lsec_report){0};
}
