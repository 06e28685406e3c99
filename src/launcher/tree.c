/* SPDX-License-Identifier: Apache-2.0 */
/* Layers on each other, and what can be found in them. */
#include "tree.h"

#include <search.h>
#include <string.h>

#include "node.h"

/* OCI image-spec, layer.md, "Whiteouts". */
#define WHITE_OUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define RESERVED ".wh..wh." /* AUFS's own, which runtimes leave out */

struct lsec_tree *lsec_tree_new(const char *name)
{
	struct lsec_tree *tree = lsec_calloc(1, sizeof(*tree));
	tree->name = name;
	tree->root = lsec_calloc(1, sizeof(*tree->root));
	tree->root->kind = LSEC_ENTRY_DIRECTORY;
	return tree;
}

static void ignore(void *node)
{
	(void)node;
}

static void drop_white_outs(struct lsec_tree *tree)
{
	for (size_t i = 0; i < tree->white_out_count; i++)
		free(tree->white_outs[i].name);
	tree->white_out_count = 0;
}

void lsec_tree_free(struct lsec_tree *tree)
{
	if (tree == NULL)
		return;
	tdestroy(tree->by_name, ignore);
	for (size_t i = 0; i < tree->node_count; i++) {
		lsec_node_drop_content(tree, tree->nodes[i]);
		free(tree->nodes[i]->name);
		free(tree->nodes[i]->target);
		free(tree->nodes[i]);
	}
	drop_white_outs(tree);
	free(tree->white_outs);
	free(tree->nodes);
	free(tree->root);
	free(tree);
}

/* Paths of entries. */

/* A path in two: the directory, and the last name, which is empty for the root. */
struct halves {
	struct lsec_span directory, name;
};

static struct halves split(const char *path)
{
	size_t end = strlen(path);
	while (end > 0 && (path[end - 1] == '/' ||
	                   (path[end - 1] == '.' && (end == 1 || path[end - 2] == '/'))))
		end--;
	size_t begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	return (struct halves){{path, begin}, {path + begin, end - begin}};
}

static bool climbs(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")) != NULL; at += 2)
		if ((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

static bool begins(struct lsec_span name, const char *with)
{
	size_t len = strlen(with);
	return name.len >= len && memcmp(name.bytes, with, len) == 0;
}

/* Layers. */

void lsec_tree_begin_layer(struct lsec_tree *tree)
{
	tree->layer++;
}

static int note_white_out(struct lsec_tree *tree, struct lsec_span name,
                          struct lsec_problems *problems)
{
	bool opaque = name.len == strlen(OPAQUE) && begins(name, OPAQUE);
	if (begins(name, RESERVED) && !opaque)
		return 0;
	if (lsec_tree_count(tree, name.len, problems) < 0)
		return -1;
	tree->white_outs = lsec_grow(tree->white_outs, tree->white_out_count, &tree->white_out_room,
	                             sizeof(*tree->white_outs));
	tree->white_outs[tree->white_out_count++] = (struct lsec_white_out){
		.directory = lsec_tree_here(tree)->node,
		.name = opaque ? NULL
	                       : lsec_strndup(name.bytes + strlen(WHITE_OUT),
	                                      name.len - strlen(WHITE_OUT)),
	};
	return 0;
}

/* What the layer itself has there stays, and hides what the lower ones have. */
static void white_out(struct lsec_tree *tree, const struct lsec_white_out *it)
{
	struct lsec_node *node = it->directory;
	if (it->name != NULL)
		node = lsec_tree_named(tree, it->directory,
		                       (struct lsec_span){it->name, strlen(it->name)});
	if (node == NULL)
		return;
	if (node->touched == tree->layer) {
		node->floor = tree->layer;
		return;
	}
	node->removed = true;
	lsec_node_drop_content(tree, node);
}

void lsec_tree_end_layer(struct lsec_tree *tree)
{
	for (size_t i = 0; i < tree->white_out_count; i++)
		white_out(tree, &tree->white_outs[i]);
	drop_white_outs(tree);
}

static int keep(struct lsec_tree *tree, const struct lsec_entry *entry, struct lsec_node *node,
                struct lsec_problems *problems)
{
	if (++tree->images > LSEC_MAX_LAUNCHER_IMAGES ||
	    (tree->image_bytes += entry->size) > LSEC_MAX_LAUNCHER_IMAGE_BYTES)
		return lsec_problem_add(
			problems, tree->name,
			"the image has more than " LSEC_TEXT(
				LSEC_MAX_LAUNCHER_IMAGES) " firmware images, or more than %u bytes (128 MiB) of them; name a virt-launcher image",
			LSEC_MAX_LAUNCHER_IMAGE_BYTES);
	node->content = lsec_calloc(1, sizeof(*node->content));
	node->content->bytes = (uint8_t *)lsec_memdup(entry->bytes, entry->size);
	node->content->size = entry->size;
	node->content->users = 1;
	return 0;
}

/* What a hard link is another name of; NULL where that is not there, so the link is nothing
 * either. */
static struct lsec_node *linked(struct lsec_tree *tree, const char *target,
                                struct lsec_problems *problems)
{
	const struct halves halves = split(target);
	const struct lsec_stop before = *lsec_tree_here(tree);
	struct lsec_node *found = NULL;
	if (lsec_tree_walk(tree, halves.directory, false, problems) == LSEC_WALK_DONE &&
	    lsec_tree_here(tree)->node->kind == LSEC_ENTRY_DIRECTORY)
		found = lsec_tree_child(tree, halves.name);
	/* The new node goes to where the way was; only its end counts for that. */
	tree->depth = 1;
	tree->way[0] = before;
	return found == NULL || found->kind == LSEC_ENTRY_DIRECTORY ? NULL : found;
}

static int add_hard_link(struct lsec_tree *tree, const struct lsec_entry *entry,
                         struct lsec_span name, struct lsec_problems *problems)
{
	size_t before = lsec_problems_count(problems);
	const struct lsec_node *old = linked(tree, entry->target, problems);
	if (lsec_problems_count(problems) > before)
		return -1;
	if (old == NULL)
		return lsec_tree_make(tree, name, LSEC_ENTRY_OTHER, problems) == NULL ? -1 : 0;
	if (old->target != NULL && lsec_tree_count(tree, strlen(old->target), problems) < 0)
		return -1;
	/* The old one may be the one that is replaced: a link to itself. */
	struct lsec_content *content = old->content;
	if (content != NULL)
		content->users++;
	struct lsec_node *node = lsec_tree_make(tree, name, old->kind, problems);
	if (node == NULL) {
		if (content != NULL)
			content->users--;
		return -1;
	}
	node->target = lsec_strdup_or_null(old->target);
	node->content = content;
	return 0;
}

static int add_other(struct lsec_tree *tree, const struct lsec_entry *entry, struct lsec_span name,
                     struct lsec_problems *problems)
{
	struct lsec_node *child = lsec_tree_child(tree, name);
	if (entry->kind == LSEC_ENTRY_HARDLINK)
		return add_hard_link(tree, entry, name, problems);
	if (entry->kind == LSEC_ENTRY_DIRECTORY && child != NULL &&
	    child->kind == LSEC_ENTRY_DIRECTORY) {
		child->touched = tree->layer;
		return 0;
	}
	if (entry->kind == LSEC_ENTRY_SYMLINK &&
	    lsec_tree_count(tree, strlen(entry->target), problems) < 0)
		return -1;
	struct lsec_node *node = lsec_tree_make(tree, name, entry->kind, problems);
	if (node == NULL)
		return -1;
	if (entry->kind == LSEC_ENTRY_SYMLINK)
		node->target = lsec_strdup(entry->target);
	return entry->bytes == NULL ? 0 : keep(tree, entry, node, problems);
}

int lsec_tree_add(struct lsec_tree *tree, const struct lsec_entry *entry,
                  struct lsec_problems *problems)
{
	const struct halves halves = split(entry->path);
	if (climbs(entry->path))
		return lsec_problem_add(
			problems, tree->name,
			"a layer of the image has the name %s, which goes out of its directory by \"..\"; use another image",
			lsec_quote(entry->path).text);
	switch (lsec_tree_walk(tree, halves.directory, true, problems)) {
	case LSEC_WALK_DONE:
		break;
	case LSEC_WALK_FAILED:
		return -1;
	case LSEC_WALK_DOUBT:
	case LSEC_WALK_LOOP:
	case LSEC_WALK_MISSING:
	case LSEC_WALK_NO_DIRECTORY:
		/* No runtime needs to be followed there for a file that nobody looks for. */
		if (entry->bytes == NULL)
			return 0;
		return lsec_problem_add(
			problems, tree->name,
			"a layer of the image has the firmware %s below a symbolic link that loops or is from a lower layer, where container runtimes put it in different places; extract the firmware from a running virt-launcher and give --firmware",
			lsec_quote(entry->path).text);
	}
	if (halves.name.len == 0)
		return 0;
	return begins(halves.name, WHITE_OUT) ? note_white_out(tree, halves.name, problems)
	                                      : add_other(tree, entry, halves.name, problems);
}
