/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON so that running out of memory in the middle does no harm.
 * jansson 2.14 does not look whether its buffer of the text read so far could
 * grow, and then reads and writes past what is there. So its allocator, while
 * a document is read, does not return from a failure: it leaves the reading
 * altogether, and frees what was allocated for it.
 */
#ifndef LAUNCHSEC_BASE_JSON_MEMORY_H
#define LAUNCHSEC_BASE_JSON_MEMORY_H

#include <jansson.h>
#include <stddef.h>

/* json_loadb() that refuses repeated keys. All numbers are reals, since integers
 * may be larger than jansson's; texts may hold NULs. NULL also when memory ran out, which
 * lsec_memory_ran_out() tells. */
json_t *lsec_json_load(const char *bytes, size_t len, json_error_t *error);

/* The allocator, for json_set_alloc_funcs(). Its memory carries a header: free()
 * cannot free it. */
void *lsec_json_allocate(size_t size);
void lsec_json_release(void *memory);

#endif
