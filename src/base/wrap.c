/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations of libraries that go on with wrong results where theirs fail: json-c before 0.18. The
 * linker gives these to what is linked statically, where the Makefile says --wrap.
 */
#include <stddef.h>

#include "alloc.h"

/* NOLINTBEGIN(cert-dcl37-c,cert-dcl51-cpp,bugprone-reserved-identifier): the linker's names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static void *made(void *memory)
{
	if (memory == NULL)
		lsec_out_of_memory();
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return made(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return made(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
	return made(__real_realloc(memory, size));
}

char *__wrap_strdup(const char *text)
{
	return made(__real_strdup(text));
}
/* NOLINTEND(cert-dcl37-c,cert-dcl51-cpp,bugprone-reserved-identifier) */
