/* SPDX-License-Identifier: Apache-2.0 */
/* What can be found in a tree that is complete. */
#include <string.h>

#include "node.h"
#include "tree.h"

static int refuse(const struct lsec_tree *tree, const char *path, enum lsec_walk why,
                  struct lsec_problems *problems)
{
	static const char *const reasons[] = {
		[LSEC_WALK_MISSING] = "is not in the image",
		[LSEC_WALK_NO_DIRECTORY] = "is not in the image: its path leads through a file",
		[LSEC_WALK_LOOP] = "cannot be reached in the image: its symbolic links form a loop",
		[LSEC_WALK_DOUBT] =
			"is ambiguous: container runtimes combine the image's layers differently there, since a layer writes through a symbolic link of a lower one or has a path twice",
	};
	return lsec_problem_add(
		problems, tree->name,
		"%s %s; \"launchsec measure --launcher FILE --list\" shows the firmware in it",
		lsec_quote(path).text, reasons[why]);
}

/* The path of where the way ends. */
static char *real_path(const struct lsec_tree *tree)
{
	cleanup_buffer struct lsec_buffer text = {0};
	for (size_t i = 1; i < tree->depth; i++) {
		lsec_buffer_text(&text, "/");
		lsec_buffer_text(&text, tree->way[i].node->name);
	}
	return text.bytes == NULL ? lsec_strdup("/") : lsec_buffer_take(&text);
}

int lsec_tree_find(struct lsec_tree *tree, const char *path, struct lsec_tree_file *ret,
                   struct lsec_problems *problems)
{
	enum lsec_walk walk =
		lsec_tree_walk(tree, (struct lsec_span){path, strlen(path)}, false, problems);
	if (walk == LSEC_WALK_FAILED)
		return -1;
	if (walk != LSEC_WALK_DONE)
		return refuse(tree, path, walk, problems);
	const struct lsec_node *node = lsec_tree_here(tree)->node;
	if (node->content == NULL)
		return lsec_problem_add(
			problems, tree->name,
			"%s in the image is not a firmware image for confidential guests (%s); \"launchsec measure --launcher FILE --list\" shows the firmware in it",
			lsec_quote(path).text,
			node->kind == LSEC_ENTRY_DIRECTORY ? "a directory"
			: node->kind == LSEC_ENTRY_FILE
				? "the GUID of OVMF's table is missing at its end"
				: "not a file");
	*ret = (struct lsec_tree_file){real_path(tree), node->content->bytes, node->content->size};
	return 0;
}

/* Whether a node can be reached by its own path; then the way is there. */
static bool is_reached(struct lsec_tree *tree, struct lsec_node *node)
{
	struct lsec_node *chain[LSEC_MAX_LAUNCHER_DEPTH];
	size_t count = 0;
	for (; node->parent != NULL && count < LSEC_MAX_LAUNCHER_DEPTH; node = node->parent)
		chain[count++] = node;
	tree->depth = 1;
	tree->way[0] = (struct lsec_stop){tree->root, tree->root->floor};
	while (count > 0) {
		struct lsec_node *next = chain[--count];
		const struct lsec_span name = {next->name, strlen(next->name)};
		uint32_t floor = lsec_tree_here(tree)->floor;
		if (lsec_tree_child(tree, name) != next || tree->depth == LSEC_MAX_LAUNCHER_DEPTH)
			return false;
		tree->way[tree->depth++] =
			(struct lsec_stop){next, next->floor > floor ? next->floor : floor};
	}
	return true;
}

/* Adds the path of a node that is kept, or of a link to one. */
static int list_node(struct lsec_tree *tree, const struct lsec_node *node,
                     struct lsec_tree_paths *ret, struct lsec_problems *problems)
{
	cleanup_free char *path = real_path(tree);
	enum lsec_walk walk =
		lsec_tree_walk(tree, (struct lsec_span){path, strlen(path)}, false, problems);
	if (walk == LSEC_WALK_FAILED)
		return -1;
	if (walk != LSEC_WALK_DONE)
		return node->content == NULL ? 0 : refuse(tree, path, walk, problems);
	if (lsec_tree_here(tree)->node->content == NULL)
		return 0;
	if (ret->count == LSEC_MAX_LAUNCHER_LISTED)
		return lsec_problem_add(
			problems, tree->name,
			"the image has more than " LSEC_TEXT(
				LSEC_MAX_LAUNCHER_LISTED) " paths of firmware images; name a virt-launcher image");
	ret->of = lsec_grow(ret->of, ret->count, &ret->room, sizeof(*ret->of));
	ret->of[ret->count++] = lsec_steal(&path);
	return 0;
}

int lsec_tree_list(struct lsec_tree *tree, struct lsec_tree_paths *ret,
                   struct lsec_problems *problems)
{
	for (size_t i = 0; i < tree->node_count; i++) {
		struct lsec_node *node = tree->nodes[i];
		bool wanted = node->content != NULL || node->kind == LSEC_ENTRY_SYMLINK;
		if (wanted && is_reached(tree, node) && list_node(tree, node, ret, problems) < 0)
			return -1;
	}
	return 0;
}

void lsec_tree_paths_clear(struct lsec_tree_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->of[i]);
	free(paths->of);
	*paths = (struct lsec_tree_paths){0};
}
