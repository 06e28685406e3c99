/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc() and its family for a test program: counted, and failing on demand. To be included once,
 * by the file with main().
 */
#ifndef LAUNCHSEC_TESTS_FAILMALLOC_H
#define LAUNCHSEC_TESTS_FAILMALLOC_H

#include <errno.h>
#include <execinfo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own, for programs that replace malloc(). */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *old);

static bool armed;
static size_t allocations;        /* since armed */
static size_t fail_from, fail_to; /* which of them fail, both inclusive */
static size_t failures;
static long live; /* allocations that are not freed */
static bool trace;

static bool fails(void)
{
	if (!armed)
		return false;
	allocations++;
	if (allocations < fail_from || allocations > fail_to)
		return false;
	failures++;
	if (trace) {
		void *frames[30];
		armed = false;
		backtrace_symbols_fd(frames, backtrace(frames, 30), STDERR_FILENO);
		armed = true;
	}
	errno = ENOMEM;
	return true;
}

static void *counted(void *got)
{
	live += got != NULL;
	return got;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	void *got = __libc_realloc(old, size);
	if (old == NULL)
		return counted(got);
	live -= got == NULL && size == 0;
	return got;
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	void *got = memalign(alignment, size);
	if (got == NULL)
		return ENOMEM;
	*ret = got;
	return 0;
}

void free(void *old)
{
	live -= old != NULL;
	__libc_free(old);
}

#endif
