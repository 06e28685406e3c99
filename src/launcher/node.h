/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes of a tree, and the way to them. A node never goes away before its tree does: what a
 * layer replaces or removes can only not be reached any more.
 */
#ifndef LAUNCHSEC_LAUNCHER_NODE_H
#define LAUNCHSEC_LAUNCHER_NODE_H

#include "base/text.h"
#include "entry.h"

/* The bytes of a file that was kept, which hard links share. */
struct lsec_content {
	uint8_t *bytes;
	size_t size;
	size_t users;
};

struct lsec_node {
	struct lsec_node *parent; /* NULL: the root */
	char *name;
	enum lsec_entry_kind kind; /* never a hard link */
	/* Layers by number: that made it; the last one that has it, or something in it; and, of a
	 * directory, the lowest one of which anything is left in it and below. */
	uint32_t made, touched, floor;
	bool removed;
	/* Runtimes read it in two ways: a symbolic link of a lower layer that a layer wrote
	 * through, or the directory that it led to; a directory that a layer has made of something
	 * else. */
	bool doubtful;
	char *target;                 /* of a symbolic link */
	struct lsec_content *content; /* or NULL */
};

/* A place on the way: a node, and the lowest layer that counts there. */
struct lsec_stop {
	struct lsec_node *node;
	uint32_t floor;
};

struct lsec_white_out {
	struct lsec_node *directory;
	char *name; /* NULL: all of it */
};

struct lsec_tree {
	const char *name;
	struct lsec_node *root;
	void *by_name; /* tsearch(3), by parent and name; what was replaced is not in it */
	struct lsec_node **nodes;
	size_t node_count, node_room;
	struct lsec_white_out *white_outs; /* of this layer, until it ends */
	size_t white_out_count, white_out_room;
	uint32_t layer;
	size_t entries, name_bytes, steps, images, image_bytes; /* against the limits */
	struct lsec_stop way[LSEC_MAX_LAUNCHER_DEPTH];          /* from the root to where it is */
	size_t depth;                                           /* of that, 1 at the root */
	unsigned links;
};

/* Why a way does not go on. */
enum lsec_walk {
	LSEC_WALK_DONE,
	LSEC_WALK_MISSING,
	LSEC_WALK_NO_DIRECTORY,
	LSEC_WALK_LOOP,
	LSEC_WALK_DOUBT,
	LSEC_WALK_FAILED, /* a problem was added */
};

/*
 * Goes from the root to the end of a path of `len` bytes; links are followed, within the root.
 * `make`: directories that are missing are made, in this layer, and all on the way are touched. The
 * way is in tree->way.
 */
enum lsec_walk lsec_tree_walk(struct lsec_tree *tree, struct lsec_span path, bool make,
                              struct lsec_problems *problems);

/* Where the way ends. */
static inline struct lsec_stop *lsec_tree_here(struct lsec_tree *tree)
{
	return &tree->way[tree->depth - 1];
}

/* What has that name in the directory where the way ends, of the layers that count; or NULL. */
struct lsec_node *lsec_tree_child(struct lsec_tree *tree, struct lsec_span name);

/* Makes a node there, in the place of one with that name. NULL: a problem was added. */
struct lsec_node *lsec_tree_make(struct lsec_tree *tree, struct lsec_span name,
                                 enum lsec_entry_kind kind, struct lsec_problems *problems);

/* The node with a name in a directory, whether it counts or not; NULL: none. */
struct lsec_node *lsec_tree_named(struct lsec_tree *tree, struct lsec_node *directory,
                                  struct lsec_span name);

/* What it holds is not needed any more. */
void lsec_node_drop_content(struct lsec_tree *tree, struct lsec_node *node);

/* Counts one more entry with so many bytes of names against the limits. */
int lsec_tree_count(struct lsec_tree *tree, size_t len, struct lsec_problems *problems);

#endif
