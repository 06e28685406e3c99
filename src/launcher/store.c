/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files of an archive by one look at its headers, and reads them from where they lie. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"

#define BLOCK 512U /* of tar */
#define PIECE 65536U

static int open_file(int directory, const char *path)
{
	int fd;
	do
		/* Whatever lies there: a pipe that nobody writes to must not hold us up. */
		fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* Blobs. */

static int read_blob(struct lsec_source *source, struct lsec_span *ret,
                     struct lsec_problems *problems)
{
	struct lsec_blob *blob = (struct lsec_blob *)source;
	size_t len = blob->left < PIECE ? (size_t)blob->left : PIECE;
	ssize_t got;
	*ret = (struct lsec_span){blob->bytes, 0};
	if (len == 0)
		return 0;
	do
		got = pread(blob->fd, blob->bytes, len, (off_t)blob->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return lsec_problem_failed(problems, source->name, "cannot be read: %s",
		                           strerror(errno));
	if (got == 0)
		return lsec_problem_failed(
			problems, source->name,
			"changed while it was read; use a copy that nobody writes to");
	blob->offset += (uint64_t)got;
	blob->left -= (uint64_t)got;
	lsec_hasher_add(&blob->hasher, blob->bytes, (size_t)got);
	ret->len = (size_t)got;
	return lsec_budget_take(&blob->store->budget, source->name, ret->len, problems);
}

static void begin_blob(struct lsec_store *store, struct lsec_blob *ret)
{
	*ret = (struct lsec_blob){
		.source = {.name = store->name, .read = read_blob},
		.store = store,
		.fd = store->fd,
		.bytes = lsec_malloc(PIECE),
	};
	lsec_hasher_begin(&ret->hasher, LSEC_SHA_256);
}

void lsec_blob_close(struct lsec_blob *blob)
{
	if (blob->own_fd)
		close(blob->fd);
	free(blob->bytes);
	*blob = (struct lsec_blob){0};
}

int lsec_blob_check(struct lsec_blob *blob, const char *sha256, struct lsec_problems *problems)
{
	const struct lsec_digest digest = lsec_hasher_end(&blob->hasher);
	cleanup_free char *found = lsec_hex_encode(digest.bytes, digest.len);
	if (strcmp(found, sha256) == 0)
		return 0;
	return lsec_problem_add(
		problems, blob->source.name,
		"the blob sha256:%s of the image has the SHA-256 %s, so the archive is damaged or was changed; save the image again",
		sha256, found);
}

/* The archive's files. */

static uint64_t skip_blob(struct lsec_source *source, uint64_t len)
{
	struct lsec_blob *blob = (struct lsec_blob *)source;
	uint64_t skipped = len < blob->left ? len : blob->left;
	blob->offset += skipped;
	blob->left -= skipped;
	return skipped;
}

/* A name from the root on, without what does not matter; NULL for one that leaves it. */
static char *tidy_name(const char *directory, size_t len, const char *name)
{
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_buffer_text(&text, "");
	if (name[0] != '/')
		lsec_buffer_add(&text, directory, len);
	while (*name != '\0') {
		size_t part = strcspn(name, "/");
		bool dots = strncmp(name, "..", 2) == 0 && part == 2;
		if (dots && text.len == 0)
			return NULL;
		if (dots) {
			const char *slash = strrchr(text.bytes, '/');
			text.len = slash == NULL ? 0 : (size_t)(slash - text.bytes);
			text.bytes[text.len] = '\0';
		} else if (part > 0 && !(part == 1 && name[0] == '.')) {
			lsec_buffer_text(&text, text.len == 0 ? "" : "/");
			lsec_buffer_add(&text, name, part);
		}
		name += part + (name[part] == '/');
	}
	return lsec_buffer_take(&text);
}

static int note_blob(struct lsec_store *store, const struct lsec_tar_entry *entry,
                     struct lsec_problems *problems)
{
	char *name = tidy_name("", 0, entry->path);
	const char *slash = name == NULL ? NULL : strrchr(name, '/');
	bool file = entry->kind == LSEC_ENTRY_FILE && !entry->sparse;
	char *link = NULL;
	if (entry->kind == LSEC_ENTRY_SYMLINK && name != NULL)
		link = tidy_name(name, slash == NULL ? 0 : (size_t)(slash - name), entry->target);
	else if (entry->kind == LSEC_ENTRY_HARDLINK)
		link = tidy_name("", 0, entry->target);
	if (name == NULL || (!file && link == NULL)) {
		free(name);
		free(link);
		return 0;
	}
	store->blobs = lsec_grow(store->blobs, store->count, &store->room, sizeof(*store->blobs));
	store->blobs[store->count++] = (struct lsec_blob_name){name, link, 0, entry->size};
	if (store->count > LSEC_MAX_LAUNCHER_BLOBS)
		return lsec_problem_add(
			problems, store->name,
			"has more than " LSEC_TEXT(
				LSEC_MAX_LAUNCHER_BLOBS) " files; name an image as an archive (skopeo copy docker://IMAGE oci-archive:FILE)");
	return 0;
}

/* An entry's bytes end where the next header begins, in blocks. */
static int place_blob(struct lsec_store *store, size_t before, uint64_t next,
                      struct lsec_problems *problems)
{
	if (store->count == before)
		return 0;
	struct lsec_blob_name *blob = &store->blobs[before];
	uint64_t whole = (blob->size + BLOCK - 1) / BLOCK * BLOCK;
	if (blob->link != NULL)
		return 0;
	if (blob->size > store->size || whole > next || next - whole + blob->size > store->size)
		return lsec_problem_add(problems, store->name,
		                        "is cut off in %s; save the image again",
		                        lsec_quote(blob->name).text);
	blob->offset = next - whole;
	return 0;
}

static int list_archive(struct lsec_store *store, struct lsec_tar *tar,
                        struct lsec_problems *problems)
{
	struct lsec_tar_entry entry;
	bool more = true;
	if (lsec_tar_next(tar, &entry, &more, problems) < 0)
		return -1;
	while (more) {
		size_t before = store->count;
		if (note_blob(store, &entry, problems) < 0 ||
		    lsec_tar_next(tar, &entry, &more, problems) < 0 ||
		    place_blob(store, before, entry.begin, problems) < 0)
			return -1;
	}
	return 0;
}

static int read_archive(struct lsec_store *store, struct lsec_problems *problems)
{
	struct lsec_blob whole LSEC_CLEANUP(lsec_blob_close) = {0};
	unsigned char magic[4] = {0};
	if (pread(store->fd, magic, sizeof(magic), 0) >= 2 &&
	    ((magic[0] == 0x1f && magic[1] == 0x8b) ||
	     memcmp(magic, "\x28\xb5\x2f\xfd", sizeof(magic)) == 0))
		return lsec_problem_add(
			problems, store->name,
			"is compressed as a whole, but its parts must be seekable; decompress it first (gunzip or unzstd)");
	begin_blob(store, &whole);
	whole.left = store->size;
	whole.source.skip = skip_blob;
	struct lsec_tar *tar = lsec_tar_open(store->library, &whole.source, problems);
	if (tar == NULL)
		return -1;
	int status = list_archive(store, tar, problems);
	lsec_tar_close(tar);
	return status;
}

int lsec_store_open(const char *path, const struct lsec_tar_library *library,
                    struct lsec_store *ret, struct lsec_problems *problems)
{
	struct stat facts;
	*ret = (struct lsec_store){
		.name = path,
		.library = library,
		.budget = {LSEC_MAX_LAUNCHER_BYTES},
	};
	ret->fd = open_file(AT_FDCWD, path);
	if (ret->fd < 0 || fstat(ret->fd, &facts) < 0) {
		lsec_problem_failed(problems, path, "cannot be opened: %s", strerror(errno));
		lsec_store_close(ret);
		return -1;
	}
	ret->directory = S_ISDIR(facts.st_mode);
	ret->size = (uint64_t)facts.st_size;
	int status = 0;
	if (!ret->directory && !S_ISREG(facts.st_mode))
		status = lsec_problem_failed(
			problems, path,
			"is neither a file nor a directory; save the image to a file first");
	else if (!ret->directory)
		status = read_archive(ret, problems);
	if (status < 0)
		lsec_store_close(ret);
	return status;
}

void lsec_store_close(struct lsec_store *store)
{
	if (store->fd >= 0)
		close(store->fd);
	for (size_t i = 0; i < store->count; i++) {
		free(store->blobs[i].name);
		free(store->blobs[i].link);
	}
	free(store->blobs);
	*store = (struct lsec_store){.fd = -1};
}

/* Reading them. */

/* The file with a name, links followed; NULL: not there, or, with a problem, there twice. */
static const struct lsec_blob_name *find_blob(const struct lsec_store *store, const char *name,
                                              struct lsec_problems *problems)
{
	const struct lsec_blob_name *found = NULL;
	for (unsigned links = 0; links <= LSEC_MAX_LAUNCHER_LINKS; links++) {
		found = NULL;
		for (size_t i = 0; i < store->count; i++) {
			if (strcmp(store->blobs[i].name, name) != 0)
				continue;
			if (found != NULL) {
				lsec_problem_add(
					problems, store->name,
					"has %s twice, so it is undefined which of them counts; save the image again",
					lsec_quote(name).text);
				return NULL;
			}
			found = &store->blobs[i];
		}
		if (found == NULL || found->link == NULL)
			return found;
		name = found->link;
	}
	return NULL;
}

bool lsec_store_has(struct lsec_store *store, const char *name)
{
	if (store->directory)
		return faccessat(store->fd, name, F_OK, 0) == 0;
	for (size_t i = 0; i < store->count; i++)
		if (strcmp(store->blobs[i].name, name) == 0)
			return true;
	return false;
}

static int refuse_missing(const struct lsec_store *store, const char *name,
                          struct lsec_problems *problems)
{
	return lsec_problem_add(problems, store->name,
	                        "has no file %s, which its manifest names; save the image again",
	                        lsec_quote(name).text);
}

static int open_in_directory(struct lsec_store *store, const char *name, struct lsec_blob *ret,
                             struct lsec_problems *problems)
{
	struct stat facts;
	int fd = open_file(store->fd, name);
	if (fd < 0 && errno == ENOENT)
		return refuse_missing(store, name, problems);
	if (fd < 0)
		return lsec_problem_failed(problems, store->name, "%s cannot be opened: %s",
		                           lsec_quote(name).text, strerror(errno));
	begin_blob(store, ret);
	ret->fd = fd;
	ret->own_fd = true;
	if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)) {
		ret->left = (uint64_t)facts.st_size;
		return 0;
	}
	lsec_blob_close(ret);
	return lsec_problem_failed(problems, store->name, "%s is not a file",
	                           lsec_quote(name).text);
}

int lsec_blob_open(struct lsec_store *store, const char *name, struct lsec_blob *ret,
                   struct lsec_problems *problems)
{
	size_t before = lsec_problems_count(problems);
	if (store->directory)
		return open_in_directory(store, name, ret, problems);
	const struct lsec_blob_name *blob = find_blob(store, name, problems);
	if (blob == NULL && lsec_problems_count(problems) > before)
		return -1;
	if (blob == NULL)
		return refuse_missing(store, name, problems);
	begin_blob(store, ret);
	ret->offset = blob->offset;
	ret->left = blob->size;
	return 0;
}

int lsec_store_read(struct lsec_store *store, const char *name, const char *sha256,
                    struct lsec_buffer *ret, struct lsec_problems *problems)
{
	struct lsec_blob blob LSEC_CLEANUP(lsec_blob_close) = {0};
	struct lsec_span piece = {NULL, 1};
	if (lsec_blob_open(store, name, &blob, problems) < 0)
		return -1;
	if (blob.left > LSEC_MAX_LAUNCHER_MANIFEST)
		return lsec_problem_add(
			problems, store->name,
			"%s has more than %u bytes (4 MiB), the limit for a manifest; name an image as an archive",
			lsec_quote(name).text, LSEC_MAX_LAUNCHER_MANIFEST);
	while (piece.len > 0) {
		if (read_blob(&blob.source, &piece, problems) < 0)
			return -1;
		lsec_buffer_add(ret, piece.bytes, piece.len);
	}
	return sha256 == NULL ? 0 : lsec_blob_check(&blob, sha256, problems);
}
