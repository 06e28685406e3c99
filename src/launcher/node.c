/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes by their names, and ways through links. */
#include "node.h"

#include <limits.h>
#include <search.h>
#include <string.h>

/* A balanced tree, and no hash: names come from outside, and could all have one. */
static int compare(const void *left, const void *right)
{
	const struct lsec_node *a = left;
	const struct lsec_node *b = right;
	if (a->parent != b->parent)
		return (uintptr_t)a->parent < (uintptr_t)b->parent ? -1 : 1;
	return strcmp(a->name, b->name);
}

int lsec_tree_count(struct lsec_tree *tree, size_t len, struct lsec_problems *problems)
{
	if (++tree->entries > LSEC_MAX_LAUNCHER_ENTRIES)
		return lsec_problem_add(
			problems, tree->name,
			"the image's layers have more than " LSEC_TEXT(
				LSEC_MAX_LAUNCHER_ENTRIES) " entries; name a virt-launcher image");
	tree->name_bytes += len;
	if (tree->name_bytes > LSEC_MAX_LAUNCHER_NAMES)
		return lsec_problem_add(
			problems, tree->name,
			"the names of the image's files have more than %u bytes (32 MiB); name a virt-launcher image",
			LSEC_MAX_LAUNCHER_NAMES);
	return 0;
}

static int count_step(struct lsec_tree *tree, struct lsec_problems *problems)
{
	if (++tree->steps <= LSEC_MAX_LAUNCHER_STEPS)
		return 0;
	return lsec_problem_add(
		problems, tree->name,
		"the image's paths and links have more than " LSEC_TEXT(
			LSEC_MAX_LAUNCHER_STEPS) " parts to follow; name a virt-launcher image");
}

struct lsec_node *lsec_tree_named(struct lsec_tree *tree, struct lsec_node *directory,
                                  struct lsec_span name)
{
	char text[NAME_MAX + 1];
	if (name.len > NAME_MAX)
		return NULL;
	memcpy(text, name.bytes, name.len);
	text[name.len] = '\0';
	const struct lsec_node key = {.parent = directory, .name = text};
	struct lsec_node **found = tfind(&key, &tree->by_name, compare);
	return found == NULL ? NULL : *found;
}

struct lsec_node *lsec_tree_child(struct lsec_tree *tree, struct lsec_span name)
{
	const struct lsec_stop *here = lsec_tree_here(tree);
	struct lsec_node *child = lsec_tree_named(tree, here->node, name);
	return child == NULL || child->removed || child->touched < here->floor ? NULL : child;
}

void lsec_node_drop_content(struct lsec_tree *tree, struct lsec_node *node)
{
	struct lsec_content *content = node->content;
	node->content = NULL;
	if (content == NULL || --content->users > 0)
		return;
	tree->images--;
	tree->image_bytes -= content->size;
	free(content->bytes);
	free(content);
}

/* A directory where the same layer had something else: a runtime that unpacks layers on each other
 * has nothing of the lower ones in it any more, others have. */
static void replace(struct lsec_tree *tree, struct lsec_node *old, struct lsec_node *node)
{
	if (old == node)
		return;
	node->doubtful = node->kind == LSEC_ENTRY_DIRECTORY && old->kind != LSEC_ENTRY_DIRECTORY &&
	                 old->made == tree->layer && tree->layer > 1;
	lsec_node_drop_content(tree, old);
}

struct lsec_node *lsec_tree_make(struct lsec_tree *tree, struct lsec_span name,
                                 enum lsec_entry_kind kind, struct lsec_problems *problems)
{
	if (name.len > NAME_MAX) {
		lsec_problem_add(
			problems, tree->name,
			"%s in the image is longer than %d bytes, the limit for a file's name",
			lsec_quote_bytes(name.bytes, name.len).text, NAME_MAX);
		return NULL;
	}
	if (lsec_tree_count(tree, name.len, problems) < 0)
		return NULL;
	struct lsec_node *node = lsec_calloc(1, sizeof(*node));
	tree->nodes = lsec_grow(tree->nodes, tree->node_count, &tree->node_room,
	                        sizeof(struct lsec_node *));
	tree->nodes[tree->node_count++] = node;
	node->parent = lsec_tree_here(tree)->node;
	node->name = lsec_strndup(name.bytes, name.len);
	node->kind = kind;
	node->made = node->touched = tree->layer;
	struct lsec_node **place = tsearch(node, &tree->by_name, compare);
	if (place != NULL) {
		replace(tree, *place, node);
		*place = node;
		return node;
	}
	lsec_out_of_memory();
}

/* Ways. */

static int enter(struct lsec_tree *tree, struct lsec_node *node, struct lsec_problems *problems)
{
	uint32_t floor = lsec_tree_here(tree)->floor;
	/* One is left for a file. */
	if (tree->depth >= LSEC_MAX_LAUNCHER_DEPTH - 1 && node->kind == LSEC_ENTRY_DIRECTORY)
		return lsec_problem_add(
			problems, tree->name,
			"the image has more than " LSEC_TEXT(
				LSEC_MAX_LAUNCHER_DEPTH) " directories inside each other; name a virt-launcher image");
	tree->way[tree->depth++] =
		(struct lsec_stop){node, node->floor > floor ? node->floor : floor};
	return 0;
}

static enum lsec_walk follow(struct lsec_tree *tree, struct lsec_span path, bool make,
                             struct lsec_problems *problems);

/* One link more, from the directory that it is in. */
static enum lsec_walk follow_link(struct lsec_tree *tree, struct lsec_node *link, bool make,
                                  struct lsec_problems *problems)
{
	bool from_below = make && link->made < tree->layer;
	if (link->doubtful)
		return LSEC_WALK_DOUBT;
	if (++tree->links > LSEC_MAX_LAUNCHER_LINKS)
		return LSEC_WALK_LOOP;
	if (make && !from_below)
		link->touched = tree->layer;
	if (link->target[0] == '/')
		tree->depth = 1;
	enum lsec_walk status = follow(tree, (struct lsec_span){link->target, strlen(link->target)},
	                               make && !from_below, problems);
	if (!from_below || status == LSEC_WALK_FAILED)
		return status;
	/* Whether the layer goes through the link or hides it by a directory depends on whether a
	 * runtime unpacks it into the lower ones (containerd) or beside them (containers/storage,
	 * Docker). So nothing is said of either place. */
	link->doubtful = true;
	if (status == LSEC_WALK_DONE)
		lsec_tree_here(tree)->node->doubtful = true;
	return LSEC_WALK_DOUBT;
}

/* One part of a path, which is a name. */
static enum lsec_walk follow_name(struct lsec_tree *tree, struct lsec_span name, bool make,
                                  struct lsec_problems *problems)
{
	if (lsec_tree_here(tree)->node->kind != LSEC_ENTRY_DIRECTORY)
		return LSEC_WALK_NO_DIRECTORY;
	struct lsec_node *child = lsec_tree_child(tree, name);
	if (child != NULL && child->kind == LSEC_ENTRY_SYMLINK)
		return follow_link(tree, child, make, problems);
	if (make && (child == NULL || child->kind != LSEC_ENTRY_DIRECTORY))
		child = lsec_tree_make(tree, name, LSEC_ENTRY_DIRECTORY, problems);
	else if (child == NULL)
		return LSEC_WALK_MISSING;
	else if (!make && child->doubtful)
		return LSEC_WALK_DOUBT;
	if (child == NULL || enter(tree, child, problems) < 0)
		return LSEC_WALK_FAILED;
	if (make)
		child->touched = tree->layer;
	return LSEC_WALK_DONE;
}

static enum lsec_walk follow(struct lsec_tree *tree, struct lsec_span path, bool make,
                             struct lsec_problems *problems)
{
	enum lsec_walk status = LSEC_WALK_DONE;
	for (size_t at = 0; at < path.len && status == LSEC_WALK_DONE;) {
		const char *slash = memchr(path.bytes + at, '/', path.len - at);
		const struct lsec_span part = {path.bytes + at,
		                               slash == NULL ? path.len - at
		                                             : (size_t)(slash - path.bytes) - at};
		at += part.len + 1;
		if (count_step(tree, problems) < 0)
			return LSEC_WALK_FAILED;
		if (part.len == 0 || (part.len == 1 && part.bytes[0] == '.'))
			continue;
		if (part.len != 2 || memcmp(part.bytes, "..", 2) != 0)
			status = follow_name(tree, part, make, problems);
		else if (tree->depth > 1)
			tree->depth--;
	}
	return status;
}

enum lsec_walk lsec_tree_walk(struct lsec_tree *tree, struct lsec_span path, bool make,
                              struct lsec_problems *problems)
{
	tree->way[0] = (struct lsec_stop){tree->root, tree->root->floor};
	tree->depth = 1;
	tree->links = 0;
	if (make)
		tree->root->touched = tree->layer;
	else if (tree->root->doubtful)
		return LSEC_WALK_DOUBT;
	return follow(tree, path, make, problems);
}
