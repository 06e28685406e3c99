/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive: tar archives, gzip and zstd. The only part of the program that knows the library. */
#ifndef LAUNCHSEC_LAUNCHER_TAR_H
#define LAUNCHSEC_LAUNCHER_TAR_H

#include "entry.h"
#include "source.h"

struct lsec_tar_library;

/* Loads the library, which stays loaded. For free(). NULL: a problem was added. */
struct lsec_tar_library *lsec_tar_library_load(struct lsec_problems *problems);

/*
 * What a packed source unpacks to: gzip and zstd by their first bytes, everything else as it is.
 * What comes out counts against the budget. For lsec_unpacked_close(); source, library and budget
 * are borrowed. NULL: a problem was added.
 */
struct lsec_unpacked;
struct lsec_unpacked *lsec_unpacked_open(const struct lsec_tar_library *library,
                                         struct lsec_source *packed, struct lsec_budget *budget,
                                         struct lsec_problems *problems);
struct lsec_source *lsec_unpacked_source(struct lsec_unpacked *unpacked);
void lsec_unpacked_close(struct lsec_unpacked *unpacked);

/* A tar archive, from a source. For lsec_tar_close(). NULL: a problem was added. */
struct lsec_tar;
struct lsec_tar *lsec_tar_open(const struct lsec_tar_library *library, struct lsec_source *source,
                               struct lsec_problems *problems);
void lsec_tar_close(struct lsec_tar *tar);

struct lsec_tar_entry {
	enum lsec_entry_kind kind;
	const char *path, *target; /* borrowed until the next entry */
	uint64_t size;             /* of a file, bytes */
	bool sparse;               /* it has fewer in the archive */
	uint64_t begin;            /* where its header is in the archive, bytes */
};

/*
 * Reads the next entry's header; what is left of the one before is left out. *ret_more is false at
 * the end, where ret->begin alone is set. Refuses headers of more than LSEC_MAX_LAUNCHER_HEADER
 * bytes.
 */
int lsec_tar_next(struct lsec_tar *tar, struct lsec_tar_entry *ret, bool *ret_more,
                  struct lsec_problems *problems);

/* Reads the entry's `size` bytes, zeros where it has none. */
int lsec_tar_read(struct lsec_tar *tar, uint8_t *ret, size_t size, struct lsec_problems *problems);

#endif
