/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the problems of a request, safe to print. */
#include "launchsec/problems.h"

#include <string.h>

#include "text.h"

/* Several checks of one thing report it once. */
static bool is_there(const struct lsec_problems *problems, const char *place, const char *what)
{
	for (size_t i = 0; i < problems->count; i++)
		if (strcmp(problems->items[i].place, place) == 0 &&
		    strcmp(problems->items[i].what, what) == 0)
			return true;
	return false;
}

LSEC_PRINTF(3, 0)
static int add(struct lsec_problems *problems, const char *place, const char *fmt, va_list args)
{
	if (problems->count == LSEC_MAX_PROBLEMS) {
		problems->omitted++;
		return -1;
	}
	char *copied = lsec_copy_place(place);
	char *what = lsec_format_args(fmt, args);
	lsec_make_printable(copied);
	lsec_make_printable(what);
	if (is_there(problems, copied, what)) {
		free(copied);
		free(what);
		return -1;
	}
	problems->items[problems->count++] = (struct lsec_problem){copied, what};
	return -1;
}

int lsec_problem_add(struct lsec_problems *problems, const char *place, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(problems, place, fmt, args);
	va_end(args);
	return -1;
}

int lsec_problem_failed(struct lsec_problems *problems, const char *place, const char *fmt, ...)
{
	problems->failed = true;
	va_list args;
	va_start(args, fmt);
	add(problems, place, fmt, args);
	va_end(args);
	return -1;
}

bool lsec_problems_any(const struct lsec_problems *problems)
{
	return problems->count > 0 || problems->failed;
}

void lsec_problems_clear(struct lsec_problems *problems)
{
	if (problems == NULL)
		return;
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->items[i].place);
		free(problems->items[i].what);
	}
	*problems = (struct lsec_problems){0};
}
