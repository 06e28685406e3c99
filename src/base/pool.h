/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for libxml2 and jansson: out of the pool in use, else malloc()'s. */
#ifndef LAUNCHSEC_BASE_POOL_H
#define LAUNCHSEC_BASE_POOL_H

#include <stddef.h>

/* As malloc(), realloc() and free(). */
void *lsec_pool_allocate(size_t size);
void *lsec_pool_resize(void *memory, size_t size);
void lsec_pool_release(void *memory);

#endif
