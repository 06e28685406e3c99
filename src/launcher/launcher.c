/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an image: its layers, from the lowest on, into a tree. */
#include "launcher.h"

#include "layout.h"
#include "tree.h"

const bool lsec_launcher_built_in = true;

/* Firmware images have whole pages. */
#define PAGE 4096U

struct lsec_launcher {
	char *name;
	lsec_launcher_judge *judge;
	struct lsec_tree *tree;
	struct lsec_tree_paths paths; /* of lsec_launcher_list() */
	char **real;                  /* of each, and of what was found last */
	size_t real_count, real_room;
};

/* A file is read where it may be firmware by its size. */
static int add_entry(struct lsec_launcher *launcher, struct lsec_tar *tar,
                     const struct lsec_tar_entry *found, uint8_t *room,
                     struct lsec_problems *problems)
{
	struct lsec_entry entry = {
		.kind = found->kind, .path = found->path, .target = found->target};
	bool fits = found->kind == LSEC_ENTRY_FILE && found->size > 0 && found->size % PAGE == 0 &&
	            found->size <= LSEC_MAX_FIRMWARE;
	if (fits && lsec_tar_read(tar, room, found->size, problems) < 0)
		return -1;
	if (fits && launcher->judge(room, found->size)) {
		entry.bytes = room;
		entry.size = found->size;
	}
	return lsec_tree_add(launcher->tree, &entry, problems);
}

static int add_entries(struct lsec_launcher *launcher, struct lsec_tar *tar,
                       struct lsec_problems *problems)
{
	cleanup_free uint8_t *room = lsec_malloc(LSEC_MAX_FIRMWARE);
	struct lsec_tar_entry entry;
	bool more = true;
	lsec_tree_begin_layer(launcher->tree);
	while (more) {
		if (lsec_tar_next(tar, &entry, &more, problems) < 0)
			return -1;
		if (more && add_entry(launcher, tar, &entry, room, problems) < 0)
			return -1;
	}
	lsec_tree_end_layer(launcher->tree);
	return 0;
}

/* What comes after the tar archive is unpacked and read, too: it belongs to the digest. */
static int add_unpacked(struct lsec_launcher *launcher, const struct lsec_store *store,
                        struct lsec_source *source, struct lsec_problems *problems)
{
	struct lsec_tar *tar = lsec_tar_open(store->library, source, problems);
	if (tar == NULL)
		return -1;
	int status = add_entries(launcher, tar, problems);
	lsec_tar_close(tar);
	return status < 0 ? -1 : lsec_source_drain(source, problems);
}

static int add_layer(struct lsec_launcher *launcher, struct lsec_store *store,
                     const struct lsec_layer *layer, struct lsec_problems *problems)
{
	struct lsec_blob blob LSEC_CLEANUP(lsec_blob_close) = {0};
	if (lsec_blob_open(store, layer->file, &blob, problems) < 0)
		return -1;
	struct lsec_unpacked *unpacked =
		lsec_unpacked_open(store->library, &blob.source, &store->budget, problems);
	if (unpacked == NULL)
		return -1;
	int status = add_unpacked(launcher, store, lsec_unpacked_source(unpacked), problems);
	lsec_unpacked_close(unpacked);
	if (status < 0 || lsec_source_drain(&blob.source, problems) < 0)
		return -1;
	return layer->sha256 == NULL ? 0 : lsec_blob_check(&blob, layer->sha256, problems);
}

static int add_layers(struct lsec_launcher *launcher, struct lsec_store *store,
                      struct lsec_problems *problems)
{
	struct lsec_layers layers LSEC_CLEANUP(lsec_layers_clear) = {0};
	if (lsec_layers_find(store, &layers, problems) < 0)
		return -1;
	for (size_t i = 0; i < layers.count; i++)
		if (add_layer(launcher, store, &layers.of[i], problems) < 0)
			return -1;
	return 0;
}

int lsec_launcher_open(const char *archive, lsec_launcher_judge *judge, struct lsec_launcher **ret,
                       struct lsec_problems *problems)
{
	struct lsec_store store;
	struct lsec_tar_library *library = lsec_tar_library_load(problems);
	if (library == NULL || lsec_store_open(archive, library, &store, problems) < 0) {
		free(library);
		return -1;
	}
	struct lsec_launcher *launcher = lsec_calloc(1, sizeof(*launcher));
	launcher->name = lsec_strdup(archive);
	launcher->judge = judge;
	launcher->tree = lsec_tree_new(launcher->name);
	int status = add_layers(launcher, &store, problems);
	lsec_store_close(&store);
	free(library);
	if (status < 0)
		lsec_launcher_close(launcher);
	else
		*ret = launcher;
	return status;
}

void lsec_launcher_close(struct lsec_launcher *launcher)
{
	if (launcher == NULL)
		return;
	lsec_tree_free(launcher->tree);
	lsec_tree_paths_clear(&launcher->paths);
	for (size_t i = 0; i < launcher->real_count; i++)
		free(launcher->real[i]);
	free(launcher->real);
	free(launcher->name);
	free(launcher);
}

int lsec_launcher_find(struct lsec_launcher *launcher, const char *path,
                       struct lsec_launcher_file *ret, struct lsec_problems *problems)
{
	struct lsec_tree_file file;
	if (lsec_tree_find(launcher->tree, path, &file, problems) < 0)
		return -1;
	launcher->real = lsec_grow(launcher->real, launcher->real_count, &launcher->real_room,
	                           sizeof(*launcher->real));
	launcher->real[launcher->real_count++] = file.real;
	*ret = (struct lsec_launcher_file){
		.path = path,
		.link = strcmp(path, file.real) == 0 ? NULL : file.real,
		.bytes = file.bytes,
		.size = file.size,
	};
	return 0;
}

static int by_path(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Of hard links the first by path has the bytes, the others are links to it. */
struct firsts {
	const struct lsec_launcher_file *of[LSEC_MAX_LAUNCHER_IMAGES];
	size_t count;
};

static void link_to_first(struct firsts *firsts, struct lsec_launcher_file *file)
{
	if (file->link != NULL)
		return;
	for (size_t i = 0; i < firsts->count; i++)
		if (firsts->of[i]->bytes == file->bytes)
			file->link = firsts->of[i]->path;
	if (file->link == NULL && firsts->count < LSEC_MAX_LAUNCHER_IMAGES)
		firsts->of[firsts->count++] = file;
}

int lsec_launcher_list(struct lsec_launcher *launcher, struct lsec_launcher_list *ret,
                       struct lsec_problems *problems)
{
	struct lsec_tree_paths *paths = &launcher->paths;
	struct lsec_launcher_list list = {0};
	struct firsts firsts = {.count = 0};
	if (lsec_tree_list(launcher->tree, paths, problems) < 0)
		return -1;
	if (paths->count > 0)
		qsort(paths->of, paths->count, sizeof(*paths->of), by_path);
	list.of = lsec_calloc(paths->count, sizeof(*list.of));
	for (size_t i = 0; i < paths->count; i++) {
		struct lsec_launcher_file *file = &list.of[i];
		if (lsec_launcher_find(launcher, paths->of[i], file, problems) < 0) {
			lsec_launcher_list_clear(&list);
			return -1;
		}
		link_to_first(&firsts, file);
		list.count++;
	}
	*ret = list;
	return 0;
}

void lsec_launcher_list_clear(struct lsec_launcher_list *list)
{
	free(list->of);
	*list = (struct lsec_launcher_list){0};
}
