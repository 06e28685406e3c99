/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file tree that layers make, put on each other from the lowest on (OCI image-spec, layer.md).
 * No I/O. White-outs count for lower layers only, wherever in their layer they stand.
 *
 * What is allocated and how long it takes is bounded: LSEC_MAX_LAUNCHER_ENTRIES,
 * LSEC_MAX_LAUNCHER_NAMES, LSEC_MAX_LAUNCHER_STEPS.
 */
#ifndef LAUNCHSEC_LAUNCHER_TREE_H
#define LAUNCHSEC_LAUNCHER_TREE_H

#include "base/text.h"
#include "entry.h"

struct lsec_tree;

/* An empty tree; `name` names it in problems, and is borrowed. */
struct lsec_tree *lsec_tree_new(const char *name);
void lsec_tree_free(struct lsec_tree *tree);

/* The entries that follow are of the next layer; then the layer is complete. */
void lsec_tree_begin_layer(struct lsec_tree *tree);
int lsec_tree_add(struct lsec_tree *tree, const struct lsec_entry *entry,
                  struct lsec_problems *problems);
void lsec_tree_end_layer(struct lsec_tree *tree);

/* A file that was kept. Borrowed from the tree, but for the real path, which is allocated. */
struct lsec_tree_file {
	char *real; /* absolute, without links */
	const uint8_t *bytes;
	size_t size;
};

/* Finds one; refuses what is not there, is no file, or was not kept. */
int lsec_tree_find(struct lsec_tree *tree, const char *path, struct lsec_tree_file *ret,
                   struct lsec_problems *problems);

/*
 * The paths of all files that were kept, and of links to them, in no order; *ret is for
 * lsec_tree_paths_clear() in any case.
 */
struct lsec_tree_paths {
	char **of;
	size_t count, room;
};
int lsec_tree_list(struct lsec_tree *tree, struct lsec_tree_paths *ret,
                   struct lsec_problems *problems);
void lsec_tree_paths_clear(struct lsec_tree_paths *paths);

#endif
