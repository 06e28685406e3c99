/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests in directories. */
#include "lint_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "io.h"
#include "launchsec/limits.h"

void lsec_lint_files_clear(struct lsec_lint_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->of[i].path);
		free(files->of[i].name);
	}
	free(files->of);
	*files = (struct lsec_lint_files){0};
}

/* Takes over the path. */
static void add(struct lsec_lint_files *files, char *path, bool found)
{
	files->of = lsec_grow(files->of, files->count, &files->room, sizeof(*files->of));
	char *name = lsec_strdup(lsec_input_name(path));
	lsec_make_printable(name);
	files->of[files->count++] = (struct lsec_lint_file){path, name, found};
}

static bool is_manifest(const char *name)
{
	static const char *const ends[] = {".yaml", ".yml", ".json"};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (len > strlen(ends[i]) && strcmp(name + len - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

/* What may be of interest, so that a directory of many other files costs no memory. */
static int may_count(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && (is_manifest(entry->d_name) || entry->d_type == DT_DIR ||
	                                   entry->d_type == DT_UNKNOWN);
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static int walk(struct lsec_lint_files *files, const char *path, unsigned depth,
                struct lsec_problems *problems);

/* Links to files are followed, as a ConfigMap's volume has them; those to directories are not,
 * which may lead in a circle. */
static int take(struct lsec_lint_files *files, const char *path, unsigned depth,
                struct lsec_problems *problems)
{
	struct stat found;
	int status = lstat(path, &found);
	bool link = status == 0 && S_ISLNK(found.st_mode);
	if (link)
		status = stat(path, &found);
	if (status < 0 && (!link || is_manifest(path)))
		return lsec_problem_failed(problems, path, "cannot be read: %s", strerror(errno));
	if (status == 0 && S_ISDIR(found.st_mode) && !link)
		return walk(files, path, depth + 1, problems);
	if (status < 0 || !S_ISREG(found.st_mode) || !is_manifest(path))
		return 0;
	if (files->count == LSEC_MAX_FILES)
		return lsec_problem_add(
			problems, path,
			"the directories have more than " LSEC_TEXT(
				LSEC_MAX_FILES) " manifests, which is the limit; name fewer directories");
	add(files, lsec_strdup(path), true);
	return 0;
}

static int walk(struct lsec_lint_files *files, const char *path, unsigned depth,
                struct lsec_problems *problems)
{
	struct dirent **entries = NULL;
	int count;
	int status = 0;
	if (depth > LSEC_MAX_DIRECTORIES)
		return lsec_problem_add(
			problems, path,
			"directories inside each other are more than " LSEC_TEXT(
				LSEC_MAX_DIRECTORIES) " deep, which is the limit; name this one itself");
	do
		count = scandir(path, &entries, may_count, by_name);
	while (count < 0 && errno == EINTR);
	if (count < 0 && errno == ENOMEM)
		lsec_out_of_memory();
	if (count < 0)
		return lsec_problem_failed(problems, path, "cannot be read: %s", strerror(errno));
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	for (int i = 0; i < count; i++) {
		cleanup_free char *inside = lsec_concat(path, slash, entries[i]->d_name);
		/* After a limit nothing more is looked for. */
		status = status < 0 ? status : take(files, inside, depth, problems);
		free(entries[i]);
	}
	free(entries);
	return status;
}

int lsec_lint_files_find(const struct lsec_texts *given, struct lsec_lint_files *ret,
                         struct lsec_problems *problems)
{
	struct stat found;
	int status = 0;
	for (size_t i = 0; i < given->count; i++) {
		const char *path = given->of[i];
		if (strcmp(path, "-") != 0 && stat(path, &found) == 0 && S_ISDIR(found.st_mode))
			status |= walk(ret, path, 1, problems);
		else
			add(ret, lsec_strdup(path), false);
	}
	return status;
}
