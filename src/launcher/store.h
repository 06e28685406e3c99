/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an archive or a directory that is an image: each a range of an open file. */
#ifndef LAUNCHSEC_LAUNCHER_STORE_H
#define LAUNCHSEC_LAUNCHER_STORE_H

#include "base/digest.h"
#include "source.h"
#include "tar.h"

struct lsec_blob_name {
	char *name; /* without "./" before it */
	char *link; /* what it is another name of, from the root on; NULL: it is a file */
	uint64_t offset, size;
};

struct lsec_store {
	const char *name; /* of the archive, for problems; borrowed */
	const struct lsec_tar_library *library;
	int fd;
	bool directory;
	uint64_t size; /* of the archive */
	/* Of an archive. */
	struct lsec_blob_name *blobs;
	size_t count, room;
	struct lsec_budget budget;
};

/* Opens an archive or a directory and lists the former's files. On success *ret is for
 * lsec_store_close(), and not to be copied. */
int lsec_store_open(const char *path, const struct lsec_tar_library *library,
                    struct lsec_store *ret, struct lsec_problems *problems);
void lsec_store_close(struct lsec_store *store);

/* Whether it has a file with that name. */
bool lsec_store_has(struct lsec_store *store, const char *name);

/* A file of it that is read. For lsec_blob_close(), and not to be copied. */
struct lsec_blob {
	struct lsec_source source;
	struct lsec_store *store;
	int fd;
	bool own_fd;
	uint64_t offset, left;     /* bytes */
	struct lsec_hasher hasher; /* of what was read, SHA-256 */
	char *bytes;               /* a piece */
};
int lsec_blob_open(struct lsec_store *store, const char *name, struct lsec_blob *ret,
                   struct lsec_problems *problems);
void lsec_blob_close(struct lsec_blob *blob);

/* Refuses a blob that was read to its end and does not have that SHA-256, 64 hex digits. */
int lsec_blob_check(struct lsec_blob *blob, const char *sha256, struct lsec_problems *problems);

/* Reads a file as a whole, at most LSEC_MAX_LAUNCHER_MANIFEST bytes; `sha256` as above, or NULL. */
int lsec_store_read(struct lsec_store *store, const char *name, const char *sha256,
                    struct lsec_buffer *ret, struct lsec_problems *problems);

#endif
