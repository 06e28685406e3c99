/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/report.h"

#include <stdint.h>
#include <string.h>

#include "text.h"

/* Makes room for one more item of `size` bytes; NULL when memory ran out. */
static void *grow(void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	size_t more = *room == 0 ? 16 : *room * 2;
	void *grown = reallocarray(items, more, size);
	if (grown != NULL)
		*room = more;
	return grown;
}

/* Copies a value that may be NULL; false when memory ran out. */
static bool copy(const char *value, char **ret)
{
	*ret = value == NULL ? NULL : strdup(value);
	return value == NULL || *ret != NULL;
}

static void clear_change(struct lsec_change *change)
{
	free(change->place);
	free(change->old_value);
	free(change->new_value);
	free(change->reason);
}

int lsec_report_change(struct lsec_report *report, enum lsec_action action, const char *place,
                       const char *old_value, const char *new_value, const char *reason,
                       struct lsec_problems *problems)
{
	struct lsec_change *changes =
		grow(report->changes, report->change_count, &report->change_room, sizeof(*changes));
	if (changes == NULL)
		return lsec_problem_no_memory(problems);
	report->changes = changes;
	struct lsec_change *change = &changes[report->change_count];
	*change = (struct lsec_change){.action = action};
	if (!copy(place, &change->place) || !copy(old_value, &change->old_value) ||
	    !copy(new_value, &change->new_value) || !copy(reason, &change->reason)) {
		clear_change(change);
		return lsec_problem_no_memory(problems);
	}
	lsec_make_printable(change->place);
	if (change->reason != NULL)
		lsec_make_printable(change->reason);
	report->change_count++;
	return 0;
}

int lsec_report_warn(struct lsec_report *report, struct lsec_problems *problems, const char *place,
                     const char *fmt, ...)
{
	struct lsec_warning *warnings = grow(report->warnings, report->warning_count,
	                                     &report->warning_room, sizeof(*warnings));
	if (warnings == NULL)
		return lsec_problem_no_memory(problems);
	report->warnings = warnings;
	va_list args;
	va_start(args, fmt);
	cleanup_free char *what = lsec_format_args(fmt, args);
	va_end(args);
	cleanup_free char *copied = lsec_copy_place(place);
	if (what == NULL || copied == NULL)
		return lsec_problem_no_memory(problems);
	lsec_make_printable(what);
	lsec_make_printable(copied);
	warnings[report->warning_count++] =
		(struct lsec_warning){lsec_steal(&copied), lsec_steal(&what)};
	return 0;
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
