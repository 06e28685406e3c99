/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noticing that memory ran out inside libxml2 and jansson. Both go on in silence when some of their
 * allocations fail: libxml2 2.9 leaves out attribute values, namespaces, comments and CDATA;
 * jansson 2.14 leaves bytes out of keys and values, and corrupts its memory. A VM could lose the
 * annotation that asks for its protection that way. So both get allocators that remember a failure,
 * and whatever was made meanwhile is thrown away.
 */
#ifndef LAUNCHSEC_MEMORY_H
#define LAUNCHSEC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes libxml2 and jansson tell of failed allocations, to us and not, as libxml2 does, to standard
 * error. To be called once in a process, before other threads and before anything is made with
 * jansson, whose memory free() cannot free from then on. A process that has set allocators of its
 * own must not call this, and has to see to failures itself.
 */
void lsec_memory_watch(void);

/* Forgets what happened in this thread so far. */
void lsec_memory_forget(void);

/* Whether an allocation failed in this thread since then. */
bool lsec_memory_ran_out(void);

/*
 * A pool: room from which libxml2 and jansson are served while it is in use, by counting up, and
 * which is given back as a whole. Trees of small nodes made and thrown away for each request cost a
 * server a quarter of its time otherwise. What does not fit comes from malloc() as ever; under
 * AddressSanitizer and MemorySanitizer everything does.
 */
struct lsec_pool;

/* Makes a pool of `room` bytes; NULL when memory ran out. */
struct lsec_pool *lsec_pool_new(size_t room);
/* Frees a pool. NULL is fine. */
void lsec_pool_free(struct lsec_pool *pool);

/*
 * Uses a pool in this thread until lsec_pool_leave(). Everything that both libraries made in
 * between has to be done with by then. NULL is fine and does nothing. One at a time.
 */
void lsec_pool_enter(struct lsec_pool *pool);
void lsec_pool_leave(void);

#endif
