/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <libxml/xmlerror.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launchsec/memory.h"

/* Whether a sanitizer watches malloc(): then it has to see each block. */
#if defined(__SANITIZE_ADDRESS__)
#define WATCHED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define WATCHED true
#endif
#endif
#ifndef WATCHED
#define WATCHED false
#endif

#define ALIGNMENT _Alignof(max_align_t)

/* In front of each block. */
struct head {
	_Alignas(max_align_t) size_t size; /* of the block, rounded up */
};

struct lsec_pool {
	size_t room, used;
	max_align_t bytes[];
};

/* The pool last entered, whose blocks are told from malloc()'s even when it serves no more. */
static _Thread_local struct lsec_pool *current;
static _Thread_local bool serving;

struct lsec_pool *lsec_pool_new(size_t room)
{
	struct lsec_pool *pool = malloc(sizeof(*pool) + room);
	if (pool != NULL)
		*pool = (struct lsec_pool){.room = room};
	return pool;
}

void lsec_pool_free(struct lsec_pool *pool)
{
	if (current == pool)
		current = NULL;
	free(pool);
}

void lsec_pool_enter(struct lsec_pool *pool)
{
	current = WATCHED ? NULL : pool;
	serving = current != NULL;
}

void lsec_pool_leave(void)
{
	xmlResetLastError(); /* its texts are the one thing that outlives a document */
	if (serving)
		current->used = 0;
	serving = false;
}

static char *start(void)
{
	return (char *)current->bytes;
}

static bool is_ours(const void *memory)
{
	uintptr_t at = (uintptr_t)memory;
	return current != NULL && at >= (uintptr_t)start() &&
	       at < (uintptr_t)start() + current->room;
}

/* Never 0: each block has to lie inside the pool to be told from malloc()'s. */
static size_t rounded(size_t size)
{
	return ((size == 0 ? 1 : size) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static struct head *head_of(void *memory)
{
	return (struct head *)memory - 1;
}

void *lsec_pool_allocate(size_t size)
{
	if (!serving || size > current->room ||
	    sizeof(struct head) + rounded(size) > current->room - current->used)
		return malloc(size);
	struct head *head = (struct head *)(void *)(start() + current->used);
	head->size = rounded(size);
	current->used += sizeof(*head) + head->size;
	return head + 1;
}

/* Whether a block is the last that was given out. */
static bool is_last(void *memory)
{
	return (char *)memory + head_of(memory)->size == start() + current->used;
}

void *lsec_pool_resize(void *memory, size_t size)
{
	if (memory == NULL)
		return lsec_pool_allocate(size);
	if (!is_ours(memory))
		return realloc(memory, size);
	struct head *head = head_of(memory);
	if (size <= head->size)
		return memory;
	size_t more = rounded(size) - head->size;
	if (serving && size <= current->room && is_last(memory) &&
	    more <= current->room - current->used) {
		head->size += more;
		current->used += more;
		return memory;
	}
	void *moved = lsec_pool_allocate(size);
	if (moved != NULL)
		memcpy(moved, memory, head->size);
	return moved;
}

void lsec_pool_release(void *memory)
{
	if (!is_ours(memory))
		free(memory);
	else if (serving && is_last(memory))
		current->used -= sizeof(struct head) + head_of(memory)->size;
}
