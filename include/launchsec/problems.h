/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a request: every problem, not only the first. A fallible function takes a
 * `struct lsec_problems` last, returns 0 or -1, and adds at least one problem before it returns -1.
 */
#ifndef LAUNCHSEC_PROBLEMS_H
#define LAUNCHSEC_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "launchsec/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LSEC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define LSEC_CLEANUP(fn) __attribute__((cleanup(fn)))

struct lsec_problem {
	char *place; /* full annotation key, XPath, or file (with :line:column) */
	char *what;  /* "PROBLEM; FIX" */
};

struct lsec_problems {
	struct lsec_problem items[LSEC_MAX_PROBLEMS];
	size_t count;   /* problems in items */
	size_t omitted; /* problems past the limit, counted only */
	bool failed;    /* launchsec failed (I/O, self-check); the request may be correct */
	bool of_host;   /* this host rules the request out; another may not */
};

/*
 * Adds a refusal: the request is at fault. `place` is copied; what is there already is not added
 * again. Returns -1 always, so that a caller can `return lsec_problem_add(...)`.
 */
int lsec_problem_add(struct lsec_problems *problems, const char *place, const char *fmt, ...)
	LSEC_PRINTF(3, 4);

/* Records a failure of launchsec itself (I/O, a failed check of its own). Returns -1. */
int lsec_problem_failed(struct lsec_problems *problems, const char *place, const char *fmt, ...)
	LSEC_PRINTF(3, 4);

/* How many were added so far, those past the limit too. */
static inline size_t lsec_problems_count(const struct lsec_problems *problems)
{
	return problems->count + problems->omitted;
}

/* Whether anything was recorded. */
bool lsec_problems_any(const struct lsec_problems *problems);

/* Frees what was recorded and makes the list empty again. NULL is fine. */
void lsec_problems_clear(struct lsec_problems *problems);

#ifdef __cplusplus
}
#endif

#endif
