/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

/* The one variable of the core that outlives a call: the libraries' allocators are functions
 * without a context. */
static _Thread_local bool ran_out;

static void note_failure(void)
{
	ran_out = true;
}

static void *note(void *memory, size_t size)
{
	if (memory == NULL && size > 0)
		note_failure();
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

/*
 * Reading JSON so that running out of memory in the middle does no harm. jansson 2.14 does not look
 * whether its buffer of the text read so far could grow, and then reads and writes past what is
 * there. So its allocator, while a document is read, does not return from a failure: it leaves the
 * reading altogether, and frees what was allocated for it.
 */
/* In front of each allocation: its neighbours among those of the reading under way, so that all
 * can be found when it is left. */
struct block {
	struct block *previous, *next;
	max_align_t bytes[];
};

static _Thread_local jmp_buf *way_out; /* of the reading under way, or NULL */
static _Thread_local struct block blocks;

static void *json_allocate(size_t size)
{
	struct block *block = lsec_pool_allocate(sizeof(*block) + size);
	if (block == NULL) {
		note_failure();
		if (way_out != NULL)
			longjmp(*way_out, 1);
		return NULL;
	}
	*block = (struct block){0};
	if (way_out != NULL) {
		block->next = blocks.next;
		block->previous = &blocks;
		if (block->next != NULL)
			block->next->previous = block;
		blocks.next = block;
	}
	return block->bytes;
}

static void json_release(void *memory)
{
	if (memory == NULL)
		return;
	struct block *block = (struct block *)((char *)memory - offsetof(struct block, bytes));
	if (block->previous != NULL)
		block->previous->next = block->next;
	if (block->next != NULL)
		block->next->previous = block->previous;
	lsec_pool_release(block);
}

/* Ends the reading: its blocks are freed, or belong to what was read. */
static void end_reading(bool failed)
{
	way_out = NULL;
	for (struct block *block = blocks.next, *next = NULL; block != NULL; block = next) {
		next = block->next;
		block->previous = NULL;
		block->next = NULL;
		if (failed)
			lsec_pool_release(block);
	}
	blocks.next = NULL;
}

json_t *lsec_json_load(const char *bytes, size_t len, json_error_t *error)
{
	jmp_buf here;
	if (setjmp(here) != 0) {
		end_reading(true);
		return NULL;
	}
	way_out = &here;
	json_t *root = json_loadb(bytes, len,
	                          JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
	                          error);
	end_reading(false);
	return root;
}

void lsec_memory_watch(void)
{
	xmlSetGenericErrorFunc(NULL, say_nothing);
	xmlThrDefSetGenericErrorFunc(NULL, say_nothing);
	xmlMemSetup(lsec_pool_release, watched_malloc, watched_realloc, watched_strdup);
	xmlInitParser(); /* what it makes stays, so no pool may have it */
	json_set_alloc_funcs(json_allocate, json_release);
}

void lsec_memory_forget(void)
{
	ran_out = false;
}

bool lsec_memory_ran_out(void)
{
	return ran_out;
}
