/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/memory.h"

#include <jansson.h>
#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>

/* The one variable of the core that outlives a call: the libraries' allocators
 * are functions without a context. */
static _Thread_local bool ran_out;

static void *note(void *memory, size_t size)
{
	if (memory == NULL && size > 0)
		ran_out = true;
	return memory;
}

static void *watched_malloc(size_t size)
{
	return note(malloc(size), size);
}

static void *watched_realloc(void *memory, size_t size)
{
	return note(realloc(memory, size), size);
}

static char *watched_strdup(const char *text)
{
	return note(strdup(text), 1);
}

void lsec_memory_watch(void)
{
	xmlMemSetup(free, watched_malloc, watched_realloc, watched_strdup);
	json_set_alloc_funcs(watched_malloc, free);
}

void lsec_memory_forget(void)
{
	ran_out = false;
}

bool lsec_memory_ran_out(void)
{
	return ran_out;
}
