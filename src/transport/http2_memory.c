/* SPDX-License-Identifier: Apache-2.0 */
/* nghttp2's allocations, by those that never fail. */
#include "http2_memory.h"

#include <stdlib.h>

#include "base/alloc.h"

static void *allocate(size_t size, void *user)
{
	(void)user;
	return lsec_malloc(size);
}

static void *allocate_zeros(size_t count, size_t size, void *user)
{
	(void)user;
	return lsec_calloc(count, size);
}

static void *allocate_again(void *memory, size_t size, void *user)
{
	(void)user;
	return lsec_realloc(memory, size);
}

static void release(void *memory, void *user)
{
	(void)user;
	free(memory);
}

nghttp2_mem *lsec_http2_memory(void)
{
	static nghttp2_mem memory = {NULL, allocate, release, allocate_zeros, allocate_again};
	return &memory;
}
