/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image. With a first byte of 0 the rest is an archive, read as it is; else it is a list of
 * entries, layer on layer, which tar's checksums do not stand in front of. Every file that is
 * listed is found, with bytes that an entry had, at a real path that has no link in it and is its
 * own real path. What is refused says why.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "launcher/launcher.h"
#include "launcher/tree.h"
#include "launchsec/measure.h"

static void check_path(const char *path)
{
	HOLDS(path[0] == '/', "a path that is not absolute: %s", path);
	HOLDS(strstr(path, "/../") == NULL && strstr(path, "//") == NULL, "an untidy path: %s",
	      path);
}

/* Archives. */

static void read_archive(const uint8_t *data, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_launcher *launcher = NULL;
	struct lsec_launcher_list list = {0};
	char path[64];
	int fd = memfd_create("image", MFD_CLOEXEC);
	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no file for the archive");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int status = lsec_launcher_open(path, lsec_image_has_table, &launcher, &problems);
	close(fd);
	if (status == 0)
		status = lsec_launcher_list(launcher, &list, &problems);
	HOLDS((status == 0) != lsec_problems_any(&problems), "refused without a problem");
	if (status < 0)
		fuzz_check_problems(&problems);
	for (size_t i = 0; i < list.count; i++) {
		const struct lsec_launcher_file *file = &list.of[i];
		check_path(file->path);
		HOLDS(lsec_image_has_table(file->bytes, file->size), "no firmware was listed");
		HOLDS(i == 0 || strcmp(list.of[i - 1].path, file->path) < 0, "not sorted");
	}
	lsec_launcher_list_clear(&list);
	lsec_launcher_close(launcher);
}

/* Entries. */

/* A path of up to seven names, a byte for each. */
static char *next_path(struct fuzz_input *input, char room[128])
{
	static const char *const names[] = {
		"a",    "b", "c",   "d",   "..",   ".", "", ".wh.a", ".wh.b", ".wh..wh..opq",
		".wh.", "/", "a/b", "b/c", "a/..", "e"};
	size_t count = fuzz_byte(input) % 8;
	room[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		strcat(room, i == 0 ? "" : "/");
		strcat(room, names[fuzz_byte(input) % COUNT(names)]);
	}
	return room;
}

static void check_file(struct lsec_tree *tree, const char *path, unsigned files)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_tree_file file;
	struct lsec_tree_file again;
	check_path(path);
	HOLDS(lsec_tree_find(tree, path, &file, &problems) == 0, "%s is listed and not found",
	      path);
	HOLDS(file.size == sizeof(files), "bytes of another size");
	unsigned number;
	memcpy(&number, file.bytes, sizeof(number));
	HOLDS(number < files, "bytes that no entry had");
	check_path(file.real);
	HOLDS(lsec_tree_find(tree, file.real, &again, &problems) == 0 &&
	              again.bytes == file.bytes && strcmp(again.real, file.real) == 0,
	      "%s is no real path", file.real);
	free(file.real);
	free(again.real);
}

static void read_entries(struct fuzz_input *input)
{
	static const enum lsec_entry_kind kinds[] = {
		LSEC_ENTRY_DIRECTORY, LSEC_ENTRY_FILE,     LSEC_ENTRY_FILE,  LSEC_ENTRY_FILE,
		LSEC_ENTRY_SYMLINK,   LSEC_ENTRY_HARDLINK, LSEC_ENTRY_OTHER,
	};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_tree_paths paths = {0};
	struct lsec_tree *tree = lsec_tree_new("image");
	unsigned files = 0;
	int status = 0;
	lsec_tree_begin_layer(tree);
	while (status == 0 && input->size > 0) {
		char path[128];
		char target[128];
		uint8_t what = fuzz_byte(input) % (COUNT(kinds) + 1);
		if (what == COUNT(kinds)) {
			lsec_tree_end_layer(tree);
			lsec_tree_begin_layer(tree);
			continue;
		}
		struct lsec_entry entry = {.kind = kinds[what], .path = next_path(input, path)};
		if (entry.kind == LSEC_ENTRY_SYMLINK || entry.kind == LSEC_ENTRY_HARDLINK)
			entry.target = next_path(input, target);
		unsigned number = files;
		if (entry.kind == LSEC_ENTRY_FILE && fuzz_byte(input) % 4 != 0) {
			entry.bytes = (const uint8_t *)&number;
			entry.size = sizeof(number);
			files++;
		}
		status = lsec_tree_add(tree, &entry, &problems);
	}
	lsec_tree_end_layer(tree);
	if (status == 0)
		status = lsec_tree_list(tree, &paths, &problems);
	HOLDS((status == 0) != lsec_problems_any(&problems), "refused without a problem");
	if (status < 0)
		fuzz_check_problems(&problems);
	for (size_t i = 0; status == 0 && i < paths.count; i++)
		check_file(tree, paths.of[i], files);
	lsec_tree_paths_clear(&paths);
	lsec_tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data + 1, size - 1};
	if (size == 0)
		return 0;
	if (data[0] == 0)
		read_archive(data + 1, size - 1);
	else
		read_entries(&input);
	return 0;
}
