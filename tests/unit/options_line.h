/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, and what must come of them. */
#ifndef LAUNCHSEC_TESTS_OPTIONS_LINE_H
#define LAUNCHSEC_TESTS_OPTIONS_LINE_H

#include "cli/options.h"

#include "support.h"

/* A command line in words, split at blanks. */
struct line {
	char text[512];
	char *argv[32];
	struct lsec_options options;
	struct lsec_problems problems;
};

static int read_line(struct line *line, const char *text)
{
	int argc = 0;
	*line = (struct line){0};
	snprintf(line->text, sizeof(line->text), "%s", text);
	char *rest = line->text;
	for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " "))
		line->argv[argc++] = word;
	return lsec_options_read(argc, line->argv, &line->options, &line->problems);
}

static void clear_line(struct line *line)
{
	lsec_options_clear(&line->options);
	lsec_problems_clear(&line->problems);
}

static void good_line(struct line *line, const char *text)
{
	if (read_line(line, text) < 0)
		print_message("not taken: %s\n", text);
	expect_none(&line->problems);
}

static void bad_line(const char *text, const char *place, const char *what)
{
	struct line line;
	if (read_line(&line, text) == 0)
		print_message("taken: %s\n", text);
	expect_among(&line.problems, place, what);
	clear_line(&line);
}

#endif
