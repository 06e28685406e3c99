/* SPDX-License-Identifier: Apache-2.0 */
#include "json_memory.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "memory.h"
#include "pool.h"

/* In front of each allocation: its neighbours among those of the reading under
 * way, so that all can be found when it is left. */
struct block {
	struct block *previous, *next;
	max_align_t bytes[];
};

static _Thread_local jmp_buf *way_out; /* of the reading under way, or NULL */
static _Thread_local struct block blocks;

void *lsec_json_allocate(size_t size)
{
	struct block *block = lsec_pool_allocate(sizeof(*block) + size);
	if (block == NULL) {
		lsec_memory_note_failure();
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

void lsec_json_release(void *memory)
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
