/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded: of the allocations that nghttp2 asks for, by itself or through the allocators that it is
 * given, number $FAIL_NGHTTP2 fails, and a byte is written to descriptor $FAIL_TOLD.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a stack: this file's, the program's two, nghttp2's. */
#define FRAMES 6

static long failing, count;
static int told;
static bool looking, started;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);

__attribute__((constructor)) static void start(void)
{
	void *frames[FRAMES];
	const char *number = getenv("FAIL_NGHTTP2");
	const char *descriptor = getenv("FAIL_TOLD");
	looking = true;
	backtrace(frames, FRAMES); /* loads a library: no later than here */
	looking = false;
	failing = number == NULL ? 0 : atol(number);
	told = descriptor == NULL ? -1 : atoi(descriptor);
	started = true;
}

static bool is_nghttp2(void *address)
{
	Dl_info found;
	return dladdr(address, &found) != 0 && found.dli_fname != NULL &&
	       strstr(found.dli_fname, "libnghttp2") != NULL;
}

/* The frames of this file are compiled into it at -O0, so there are two. */
static bool fails(void)
{
	void *frames[FRAMES];
	bool asked = false;
	if (!started || looking)
		return false;
	looking = true;
	int depth = backtrace(frames, FRAMES);
	for (int i = 2; i < depth && !asked; i++)
		asked = is_nghttp2(frames[i]);
	looking = false;
	if (!asked || ++count != failing)
		return false;
	(void)!write(told, "", 1);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (real_malloc == NULL)
		real_malloc = dlsym(RTLD_NEXT, "malloc");
	return fails() ? NULL : real_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	if (real_calloc == NULL)
		real_calloc = dlsym(RTLD_NEXT, "calloc");
	return fails() ? NULL : real_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
	if (real_realloc == NULL)
		real_realloc = dlsym(RTLD_NEXT, "realloc");
	return fails() ? NULL : real_realloc(memory, size);
}
