/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Both texts come from the same tree, before and after a few local edits. So
 * both are walked side by side; where they differ, the nearest pair of places is looked for at
 * which they agree again for two lines (or to the end), and what lies between is the difference.
 * That need not be the shortest diff, but it is always a right one. Hunks are groups of differences
 * with at most twice the context between them.
 *
 * There is no diff library in Debian that is small and alone; libgit2's would be larger than all of
 * launchsec.
 */
#include "diff.h"

#include <stdbool.h>
#include <string.h>

#define CONTEXT 3
#define WINDOW 400 /* lines within which texts must agree again */

struct lines {
	const char **at; /* count + 1 starts; the last is the end */
	size_t count;
};

/* Lines `from` to `to` of each text differ. */
struct range {
	size_t old_from, old_to, new_from, new_to;
};

struct ranges {
	struct range *of;
	size_t count, room;
};

static void split(const char *text, size_t len, struct lines *ret)
{
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		count += text[i] == '\n' || i + 1 == len;
	ret->at = lsec_calloc(count + 1, sizeof(*ret->at));
	const char *end = text + len;
	for (size_t i = 0; i < count; i++) {
		ret->at[i] = text;
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		text = newline == NULL ? end : newline + 1;
	}
	ret->at[count] = end;
	ret->count = count;
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	size_t len = (size_t)(a->at[i + 1] - a->at[i]);
	return len == (size_t)(b->at[j + 1] - b->at[j]) && memcmp(a->at[i], b->at[j], len) == 0;
}

/* Whether both texts go on alike at i and j, for two lines or to their end. */
static bool agree(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	if (i == a->count || j == b->count)
		return i == a->count && j == b->count;
	if (!same(a, i, b, j))
		return false;
	if (i + 1 == a->count || j + 1 == b->count)
		return i + 1 == a->count && j + 1 == b->count;
	return same(a, i + 1, b, j + 1);
}

/* The nearest places behind i and j where the texts agree; else their ends. */
static void resync(const struct lines *a, size_t *i, const struct lines *b, size_t *j)
{
	for (size_t far = 1; far < WINDOW; far++) {
		for (size_t back = 0; back <= far; back++) {
			size_t x = *i + far - back;
			size_t y = *j + back;
			if (x <= a->count && y <= b->count && agree(a, x, b, y)) {
				*i = x;
				*j = y;
				return;
			}
		}
	}
	*i = a->count;
	*j = b->count;
}

static void compare(const struct lines *a, const struct lines *b, struct ranges *ret)
{
	size_t i = 0;
	size_t j = 0;
	while (i < a->count || j < b->count) {
		if (i < a->count && j < b->count && same(a, i, b, j)) {
			i++;
			j++;
			continue;
		}
		ret->of = lsec_grow(ret->of, ret->count, &ret->room, sizeof(*ret->of));
		struct range *range = &ret->of[ret->count++];
		range->old_from = i;
		range->new_from = j;
		resync(a, &i, b, &j);
		range->old_to = i;
		range->new_to = j;
	}
}

static void add_lines(struct lsec_buffer *ret, char sign, const struct lines *lines, size_t from,
                      size_t to)
{
	for (size_t i = from; i < to; i++) {
		size_t len = (size_t)(lines->at[i + 1] - lines->at[i]);
		lsec_buffer_add(ret, &sign, 1);
		lsec_buffer_add(ret, lines->at[i], len);
		if (len == 0 || lines->at[i][len - 1] != '\n')
			lsec_buffer_text(ret, "\n\\ No newline at end of file\n");
	}
}

/* Ranges `first` to `last` as one hunk. */
static void add_hunk(struct lsec_buffer *ret, const struct lines *a, const struct lines *b,
                     const struct range *first, const struct range *last)
{
	size_t lead = first->old_from < CONTEXT ? first->old_from : CONTEXT;
	size_t tail = a->count - last->old_to < CONTEXT ? a->count - last->old_to : CONTEXT;
	size_t old_from = first->old_from - lead;
	size_t new_from = first->new_from - lead;
	size_t old_count = last->old_to + tail - old_from;
	size_t new_count = last->new_to + tail - new_from;
	lsec_buffer_format(ret, "@@ -%zu,%zu +%zu,%zu @@\n", old_from + (old_count > 0), old_count,
	                   new_from + (new_count > 0), new_count);
	size_t at = old_from;
	for (const struct range *range = first; range <= last; range++) {
		add_lines(ret, ' ', a, at, range->old_from);
		add_lines(ret, '-', a, range->old_from, range->old_to);
		add_lines(ret, '+', b, range->new_from, range->new_to);
		at = range->old_to;
	}
	add_lines(ret, ' ', a, at, at + tail);
}

static void add_hunks(struct lsec_buffer *ret, const struct lines *a, const struct lines *b,
                      const struct ranges *ranges)
{
	for (size_t first = 0; first < ranges->count;) {
		size_t last = first;
		while (last + 1 < ranges->count &&
		       ranges->of[last + 1].old_from - ranges->of[last].old_to <=
		               (size_t)2 * CONTEXT)
			last++;
		add_hunk(ret, a, b, &ranges->of[first], &ranges->of[last]);
		first = last + 1;
	}
}

void lsec_diff(struct lsec_buffer *ret, const struct lsec_diff_side *before,
               const struct lsec_diff_side *after)
{
	struct lines a = {0};
	struct lines b = {0};
	struct ranges ranges = {0};
	split(before->text, before->len, &a);
	split(after->text, after->len, &b);
	compare(&a, &b, &ranges);
	if (ranges.count > 0)
		lsec_buffer_format(ret, "--- %s\n+++ %s\n", before->name, after->name);
	add_hunks(ret, &a, &b, &ranges);
	free(a.at);
	free(b.at);
	free(ranges.of);
}
