/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the process where memory runs out. */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void lsec_out_of_memory(void)
{
	static const char line[] = "launchsec: error: out of memory; raise the memory limit\n";
	ssize_t written = write(STDERR_FILENO, line, sizeof(line) - 1);
	(void)written; /* nothing more can be reported */
	_exit(1);
}

void *lsec_realloc(void *memory, size_t size)
{
	void *grown = realloc(memory, size == 0 ? 1 : size);
	if (grown == NULL)
		lsec_out_of_memory();
	return grown;
}

void *lsec_malloc(size_t size)
{
	void *memory = malloc(size == 0 ? 1 : size);
	if (memory == NULL)
		lsec_out_of_memory();
	return memory;
}

void *lsec_calloc(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
	if (memory == NULL)
		lsec_out_of_memory();
	return memory;
}

char *lsec_strndup(const char *text, size_t len)
{
	char *copy = strndup(text, len);
	if (copy == NULL)
		lsec_out_of_memory();
	return copy;
}

char *lsec_strdup(const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL)
		lsec_out_of_memory();
	return copy;
}

char *lsec_memdup(const void *bytes, size_t len)
{
	char *copy = lsec_malloc(len + 1);
	if (len > 0) /* else there may be no bytes at all */
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *lsec_strdup_or_null(const char *text)
{
	return text == NULL ? NULL : lsec_strdup(text);
}

void *lsec_grow(void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room == 0 ? 16 : *room * 2;
	void *grown = reallocarray(items, *room, size);
	if (grown == NULL)
		lsec_out_of_memory();
	return grown;
}
