/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that never fail: where memory runs out, the process ends, as with libvirt's
 * g_malloc() and crun's xmalloc(). A hook that ended has changed nothing, so KubeVirt does not
 * start the VM.
 */
#ifndef LAUNCHSEC_BASE_ALLOC_H
#define LAUNCHSEC_BASE_ALLOC_H

#include <stddef.h>

/* One line on standard error, and exit status 1. Nothing is flushed, so no half of a result
 * appears. */
_Noreturn void lsec_out_of_memory(void);

/* As the functions of the C library, `size` and `len` in bytes. What they return is freed with
 * free(); it is never NULL, also where `size` is 0. */
void *lsec_malloc(size_t size) __attribute__((malloc, returns_nonnull));
void *lsec_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *lsec_realloc(void *memory, size_t size) __attribute__((returns_nonnull));
char *lsec_strdup(const char *text) __attribute__((malloc, returns_nonnull));
char *lsec_strndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull));

/* A copy of `len` bytes, with a NUL after them. */
char *lsec_memdup(const void *bytes, size_t len) __attribute__((malloc, returns_nonnull));

/* A copy of a text that may be NULL. */
char *lsec_strdup_or_null(const char *text);

/*
 * Makes room for one more item of `size` bytes in an array that holds `count` and has room for
 * *room, which is doubled where it is full. Returns the array, which may have moved.
 */
void *lsec_grow(void *items, size_t count, size_t *room, size_t size)
	__attribute__((returns_nonnull));

#endif
