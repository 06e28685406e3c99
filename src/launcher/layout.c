/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI image-spec (image-layout.md, image-index.md, manifest.md, descriptor.md), and what `docker
 * save` and `podman save` write without it (moby image/spec/v1.2.md, "Combined Image JSON +
 * Filesystem Changeset Format").
 */
#include "layout.h"

#include "base/json.h"

/* Reads JSON of the store; `sha256` NULL: nothing says what it must be. */
static struct json_object *read_json(struct lsec_store *store, const char *file, const char *sha256,
                                     enum json_type type, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	struct json_object *ret = NULL;
	if (lsec_store_read(store, file, sha256, &text, problems) < 0)
		return NULL;
	cleanup_free char *name = lsec_format("%s:%s", store->name, file);
	const struct lsec_json_text json = {
		.bytes = text.bytes == NULL ? "" : text.bytes,
		.len = text.len,
		.longest = LSEC_MAX_LAUNCHER_MANIFEST,
		.name = name,
		.what = "a manifest of an image",
		.type = type,
	};
	int status = lsec_json_read(&json, &ret, problems);
	if (status <= 0)
		return ret;
	json_object_put(ret);
	lsec_problem_add(
		problems, name,
		"repeats a key, so it is undefined which of them counts; save the image again");
	return NULL;
}

static int add_layer(const struct lsec_store *store, const char *file, const char *sha256,
                     struct lsec_layers *ret, struct lsec_problems *problems)
{
	if (ret->count == LSEC_MAX_LAUNCHER_LAYERS)
		return lsec_problem_add(
			problems, store->name,
			"the image has more than " LSEC_TEXT(
				LSEC_MAX_LAUNCHER_LAYERS) " layers; name a virt-launcher image");
	ret->of = lsec_grow(ret->of, ret->count, &ret->room, sizeof(*ret->of));
	ret->of[ret->count++] = (struct lsec_layer){lsec_strdup(file), lsec_strdup_or_null(sha256)};
	return 0;
}

void lsec_layers_clear(struct lsec_layers *layers)
{
	for (size_t i = 0; i < layers->count; i++) {
		free(layers->of[i].file);
		free(layers->of[i].sha256);
	}
	free(layers->of);
	*layers = (struct lsec_layers){0};
}

/* OCI. */

/* A blob by a descriptor: its file, which is named by its digest. */
#define SHA256 "sha256:"
#define BLOBS "blobs/sha256/"
#define DIGITS 64
struct blob {
	char file[sizeof(BLOBS) + DIGITS];
};

static const char *sha256_of(const struct blob *blob)
{
	return blob->file + strlen(BLOBS);
}

static int find_blob(const struct lsec_store *store, const struct json_object *descriptor,
                     struct blob *ret, struct lsec_problems *problems)
{
	const char *digest = lsec_json_text(lsec_json_member(descriptor, "digest"));
	if (digest == NULL || strncmp(digest, SHA256, strlen(SHA256)) != 0 ||
	    strlen(digest) != strlen(SHA256) + DIGITS ||
	    strspn(digest + strlen(SHA256), "0123456789abcdef") != DIGITS)
		return lsec_problem_add(
			problems, store->name,
			"the image's manifest has the digest %s, which must be sha256: and 64 hex digits; save the image again",
			digest == NULL ? "null" : lsec_quote(digest).text);
	memcpy(ret->file, BLOBS, strlen(BLOBS));
	memcpy(ret->file + strlen(BLOBS), digest + strlen(SHA256), DIGITS + 1);
	return 0;
}

/* The manifests of images for linux/amd64 that were found: one, or it is an error. */
struct search {
	struct lsec_store *store;
	struct blob found;
	size_t count, read;
	struct lsec_problems *problems;
};

static bool is_other_platform(const struct json_object *descriptor)
{
	const struct json_object *platform = lsec_json_member(descriptor, "platform");
	const char *os = lsec_json_text(lsec_json_member(platform, "os"));
	const char *cpu = lsec_json_text(lsec_json_member(platform, "architecture"));
	return platform != NULL && !(lsec_equal(os, "linux") && lsec_equal(cpu, "amd64"));
}

static bool is_index(const struct json_object *descriptor)
{
	const char *type = lsec_json_text(lsec_json_member(descriptor, "mediaType"));
	return lsec_equal(type, "application/vnd.oci.image.index.v1+json") ||
	       lsec_equal(type, "application/vnd.docker.distribution.manifest.list.v2+json");
}

/* Reads an index, and those in it. */
static int search_index(struct search *search, const char *file, const char *sha256, unsigned depth)
{
	cleanup_json struct json_object *index =
		read_json(search->store, file, sha256, json_type_object, search->problems);
	if (index == NULL)
		return -1;
	const struct json_object *manifests = lsec_json_member(index, "manifests");
	for (size_t i = 0; i < lsec_json_count(manifests); i++) {
		const struct json_object *item = json_object_array_get_idx(manifests, i);
		struct blob blob;
		if (is_other_platform(item))
			continue;
		if (find_blob(search->store, item, &blob, search->problems) < 0)
			return -1;
		if (!is_index(item)) {
			bool same = search->count > 0 && strcmp(blob.file, search->found.file) == 0;
			search->found = blob;
			search->count += !same;
			continue;
		}
		if (depth == LSEC_MAX_LAUNCHER_NESTED ||
		    ++search->read > LSEC_MAX_LAUNCHER_MANIFESTS)
			return lsec_problem_add(
				search->problems, search->store->name,
				"the archive has more than " LSEC_TEXT(LSEC_MAX_LAUNCHER_MANIFESTS) " indexes of images, or more than " LSEC_TEXT(
					LSEC_MAX_LAUNCHER_NESTED) " inside each other; save one image");
		if (search_index(search, blob.file, sha256_of(&blob), depth + 1) < 0)
			return -1;
	}
	return 0;
}

static int read_manifest(struct lsec_store *store, const struct blob *manifest,
                         struct lsec_layers *ret, struct lsec_problems *problems)
{
	cleanup_json struct json_object *root =
		read_json(store, manifest->file, sha256_of(manifest), json_type_object, problems);
	if (root == NULL)
		return -1;
	const struct json_object *layers = lsec_json_member(root, "layers");
	if (lsec_json_count(layers) == 0)
		return lsec_problem_add(
			problems, store->name,
			"the manifest sha256:%s has no layers, so it is not an image's; name an image as an archive",
			sha256_of(manifest));
	for (size_t i = 0; i < lsec_json_count(layers); i++) {
		struct blob blob;
		if (find_blob(store, json_object_array_get_idx(layers, i), &blob, problems) < 0 ||
		    add_layer(store, blob.file, sha256_of(&blob), ret, problems) < 0)
			return -1;
	}
	return 0;
}

static int refuse_count(const struct lsec_store *store, size_t count,
                        struct lsec_problems *problems)
{
	return lsec_problem_add(
		problems, store->name,
		"has %zu images for linux/amd64 instead of one; save the virt-launcher image alone",
		count);
}

static int find_oci(struct lsec_store *store, struct lsec_layers *ret,
                    struct lsec_problems *problems)
{
	struct search search = {.store = store, .problems = problems};
	if (search_index(&search, "index.json", NULL, 0) < 0)
		return -1;
	if (search.count != 1)
		return refuse_count(store, search.count, problems);
	return read_manifest(store, &search.found, ret, problems);
}

/* Docker. */

static int find_docker(struct lsec_store *store, struct lsec_layers *ret,
                       struct lsec_problems *problems)
{
	cleanup_json struct json_object *root =
		read_json(store, "manifest.json", NULL, json_type_array, problems);
	if (root == NULL)
		return -1;
	if (lsec_json_count(root) != 1)
		return refuse_count(store, lsec_json_count(root), problems);
	const struct json_object *layers =
		lsec_json_member(json_object_array_get_idx(root, 0), "Layers");
	if (lsec_json_count(layers) == 0)
		return lsec_problem_add(
			problems, store->name,
			"manifest.json names no layers; save the virt-launcher image again");
	for (size_t i = 0; i < lsec_json_count(layers); i++) {
		const char *file = lsec_json_text(json_object_array_get_idx(layers, i));
		if (file == NULL)
			return lsec_problem_add(
				problems, store->name,
				"layer %zu in manifest.json must be a file's name; save the image again",
				i);
		if (add_layer(store, file, NULL, ret, problems) < 0)
			return -1;
	}
	return 0;
}

int lsec_layers_find(struct lsec_store *store, struct lsec_layers *ret,
                     struct lsec_problems *problems)
{
	if (lsec_store_has(store, "index.json"))
		return find_oci(store, ret, problems);
	if (!store->directory && lsec_store_has(store, "manifest.json"))
		return find_docker(store, ret, problems);
	return lsec_problem_add(
		problems, store->name,
		"is not an image: it has no index.json (OCI image layout) and no manifest.json (docker save); save one with skopeo copy docker://IMAGE oci-archive:FILE");
}
