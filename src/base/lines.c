/* SPDX-License-Identifier: Apache-2.0 */
/* Problems, warnings and changes as lines of text. */
#include "lines.h"

/* Takes over a line. */
static void add(struct lsec_lines *lines, char *line)
{
	lines->of = lsec_grow(lines->of, lines->count, &lines->room, sizeof(*lines->of));
	lines->of[lines->count++] = line;
}

void lsec_lines_of_problems(struct lsec_lines *ret, const struct lsec_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		add(ret, lsec_format("%s: %s", problems->items[i].place, problems->items[i].what));
	if (problems->omitted > 0)
		add(ret,
		    lsec_format("launchsec: %zu more problems are not shown", problems->omitted));
}

void lsec_lines_of_warnings(struct lsec_lines *ret, const struct lsec_report *report)
{
	for (size_t i = 0; i < report->warning_count; i++)
		add(ret,
		    lsec_format("%s: %s", report->warnings[i].place, report->warnings[i].what));
}

void lsec_lines_of_changes(struct lsec_lines *ret, const struct lsec_report *report)
{
	for (size_t i = 0; i < report->change_count; i++)
		add(ret, lsec_format("%s %s: %s", lsec_action_name(report->changes[i].action),
		                     report->changes[i].place, report->changes[i].reason));
}

void lsec_lines_join(struct lsec_buffer *ret, const struct lsec_lines *lines, const char *prefix)
{
	for (size_t i = 0; i < lines->count; i++) {
		lsec_buffer_text(ret, i == 0 ? "" : "\n");
		lsec_buffer_text(ret, prefix);
		lsec_buffer_text(ret, lines->of[i]);
	}
}

void lsec_lines_clear(struct lsec_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->of[i]);
	free(lines->of);
	*lines = (struct lsec_lines){0};
}
