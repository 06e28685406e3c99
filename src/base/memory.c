/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>

#include "json_memory.h"
#include "pool.h"

/* The one variable of the core that outlives a call: the libraries' allocators
 * are functions without a context. */
static _Thread_local bool ran_out;

void lsec_memory_note_failure(void)
{
	ran_out = true;
}

static void *note(void *memory, size_t size)
{
	if (memory == NULL && size > 0)
		lsec_memory_note_failure();
	return memory;
}

static void *watched_malloc(size_t size)
{
	return note(lsec_pool_allocate(size), size);
}

static void *watched_realloc(void *memory, size_t size)
{
	return note(lsec_pool_resize(memory, size), size);
}

static char *watched_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = watched_malloc(size);
	return copy == NULL ? NULL : memcpy(copy, text, size);
}

static void say_nothing(void *context, const char *message, ...)
{
	(void)context;
	(void)message;
}

void lsec_memory_watch(void)
{
	xmlSetGenericErrorFunc(NULL, say_nothing);
	xmlThrDefSetGenericErrorFunc(NULL, say_nothing);
	xmlMemSetup(lsec_pool_release, watched_malloc, watched_realloc, watched_strdup);
	xmlInitParser(); /* what it makes stays, so no pool may have it */
	json_set_alloc_funcs(lsec_json_allocate, lsec_json_release);
}

void lsec_memory_forget(void)
{
	ran_out = false;
}

bool lsec_memory_ran_out(void)
{
	return ran_out;
}
