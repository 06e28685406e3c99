/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virt-launcher image as an archive, and the firmware in it. Accepted are an OCI image layout, as
 * a tar archive or as a directory (image-spec, image-layout.md), and what `docker save` writes
 * (manifest.json beside layers); layers are plain tar, gzip or zstd.
 *
 * The layers are put together as a container runtime does, in memory: names, links and white-outs
 * of everything, bytes of firmware images only. Everything is bounded (limits.h), since archives
 * come from outside.
 */
#ifndef LAUNCHSEC_LAUNCHER_LAUNCHER_H
#define LAUNCHSEC_LAUNCHER_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launchsec/problems.h"

/* Whether this program was built with libarchive's headers. Without them every archive is refused,
 * in a sentence that says what to do. */
extern const bool lsec_launcher_built_in;

struct lsec_launcher;

/* Whether `size` bytes are those of a firmware image, which is then kept. */
typedef bool lsec_launcher_judge(const uint8_t *bytes, size_t size);

/*
 * Reads an archive: all layers of the one image for linux/amd64 in it. Fails where it cannot be
 * read or is damaged, where a blob does not have the digest that names it (OCI), and at the limits.
 * *ret is for lsec_launcher_close(); on failure it is left alone.
 */
int lsec_launcher_open(const char *archive, lsec_launcher_judge *judge, struct lsec_launcher **ret,
                       struct lsec_problems *problems);

/* A firmware image in it. Everything is borrowed until it is closed. */
struct lsec_launcher_file {
	const char *path; /* absolute; as it is in the archive, so not for terminals */
	const char *link; /* the path that has its bytes, where that is another; or NULL */
	const uint8_t *bytes;
	size_t size;
};

/* Finds the firmware image at an absolute path; links are followed. Refuses a path that is not in
 * the image or has something else. */
int lsec_launcher_find(struct lsec_launcher *launcher, const char *path,
                       struct lsec_launcher_file *ret, struct lsec_problems *problems);

struct lsec_launcher_list {
	struct lsec_launcher_file *of;
	size_t count;
};

/* Lists all firmware images, and links to them, by path; once for a launcher. What *ret has is
 * borrowed from it, the list itself is for lsec_launcher_list_clear(). Refuses more than
 * LSEC_MAX_LAUNCHER_LISTED paths, and an ambiguous path of a firmware image. */
int lsec_launcher_list(struct lsec_launcher *launcher, struct lsec_launcher_list *ret,
                       struct lsec_problems *problems);
void lsec_launcher_list_clear(struct lsec_launcher_list *list);

/* Frees all of it. NULL is fine. */
void lsec_launcher_close(struct lsec_launcher *launcher);

static inline void lsec_launcher_end(struct lsec_launcher **launcher)
{
	lsec_launcher_close(*launcher);
}
#define cleanup_launcher LSEC_CLEANUP(lsec_launcher_end)

#endif
