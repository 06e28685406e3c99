/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's firmware descriptors (QEMU docs/interop/firmware.json): JSON files with what an image is
 * good for. Of those with a feature, the first by name is what libvirt prefers, other things being
 * equal.
 */
#include "firmware.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "core/host.h"
#include "file.h"

/* One look through the directory. */
struct search {
	struct lsec_host *host;
	char names[LSEC_FACTS][NAME_MAX + 1]; /* of the descriptor of a path so far */
	bool doubt; /* something could not be read: nothing found is no "no" */
};

static bool has_feature(const struct json_object *root, const char *word)
{
	const struct json_object *features = lsec_json_member(root, "features");
	for (size_t i = 0; i < lsec_json_count(features); i++) {
		const char *feature = lsec_json_text(json_object_array_get_idx(features, i));
		if (lsec_equal(feature, word))
			return true;
	}
	return false;
}

/* The image: a ROM's `filename`, or that of the `executable` part of a flash. */
static const char *image_of(const struct json_object *root)
{
	const struct json_object *mapping = lsec_json_member(root, "mapping");
	const struct json_object *name = lsec_json_member(mapping, "filename");
	if (name == NULL)
		name = lsec_json_member(lsec_json_member(mapping, "executable"), "filename");
	return lsec_json_text(name);
}

static void take(struct search *search, const char *name, const struct json_object *root)
{
	const char *path = image_of(root);
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		struct lsec_fact *fact = &search->host->of[i];
		char *earlier = search->names[i];
		if (lsec_fact(i)->place != LSEC_FACT_AT_FIRMWARE ||
		    !has_feature(root, lsec_fact(i)->word))
			continue;
		if (earlier[0] != '\0' && strcmp(earlier, name) < 0)
			continue;
		if (path != NULL && lsec_fact_set_path(fact, path))
			memcpy(earlier, name, strlen(name) + 1);
		else
			search->doubt = true;
	}
}

/* Whether one of the features is in there at all: most descriptors have none, and need no
 * parsing. */
static bool is_of_interest(const char *text, size_t len)
{
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const char *word = lsec_fact(i)->word;
		if (lsec_fact(i)->place == LSEC_FACT_AT_FIRMWARE &&
		    memmem(text, len, word, strlen(word)) != NULL)
			return true;
	}
	return false;
}

/* A descriptor that cannot be read leaves a doubt. */
static void read_descriptor(struct search *search, const char *directory, const char *name)
{
	char path[LSEC_MAX_PATH + 1];
	char text[LSEC_MAX_DESCRIPTOR + 1];
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	cleanup_json struct json_object *root = NULL;
	ssize_t len = lsec_host_path(path, directory, "", name)
	                      ? lsec_host_read(path, text, LSEC_MAX_DESCRIPTOR)
	                      : -1;
	if (len >= 0 && !is_of_interest(text, (size_t)len))
		return;
	const struct lsec_json_text json = {
		.bytes = text,
		.len = len < 0 ? 0 : (size_t)len,
		.longest = LSEC_MAX_DESCRIPTOR,
		.name = name,
		.what = "a firmware descriptor",
		.type = json_type_object,
	};
	if (len >= 0 && lsec_json_read(&json, &root, &ignored) == 0)
		take(search, name, root);
	else
		search->doubt = true;
}

static bool is_descriptor(const char *name)
{
	return lsec_equal(strrchr(name, '.'), ".json");
}

static void close_directory(DIR **directory)
{
	if (*directory != NULL)
		closedir(*directory);
}

void lsec_host_gather_firmware(const char *root, struct lsec_host *ret)
{
	const char *where = lsec_fact(LSEC_FACT_FIRMWARE_TDX)->path;
	char path[LSEC_MAX_PATH + 1];
	struct search search = {.host = ret};
	if (!lsec_host_path(path, root, where, ""))
		return;
	errno = 0;
	DIR *directory LSEC_CLEANUP(close_directory) = opendir(path);
	if (directory == NULL && errno == ENOMEM)
		lsec_out_of_memory(); /* or the facts of one host would depend on its free memory */
	if (directory == NULL)
		return;
	size_t count = 0;
	for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
		if (!is_descriptor(entry->d_name))
			continue;
		if (count++ == LSEC_MAX_DESCRIPTORS) {
			search.doubt = true;
			break;
		}
		read_descriptor(&search, path, entry->d_name);
	}
	for (size_t i = 0; i < LSEC_FACTS; i++)
		if (lsec_fact(i)->place == LSEC_FACT_AT_FIRMWARE &&
		    ret->of[i].state == LSEC_UNKNOWN && !search.doubt)
			ret->of[i].state = LSEC_NO;
}
