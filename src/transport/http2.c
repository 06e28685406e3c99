/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and header fields for nghttp2. */
#include "http2.h"

#include <stdlib.h>

#include "base/text.h"

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

nghttp2_nv lsec_http2_field(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = lsec_unconst(name),
		.value = lsec_unconst(value),
		.namelen = strlen(name),
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NONE,
	};
}
