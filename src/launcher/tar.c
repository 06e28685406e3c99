/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive's library, loaded and called. Unpacking and tar are two readers of it, one after the
 * other, so that what unpacks to too much is seen before tar's reader has made anything of it.
 *
 * It is loaded when it is asked for, by dlopen(): linked in, it and the libraries that it needs
 * would be loaded by every call of the exec hook.
 */
#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>

/* Every function that is called. Types come from libarchive's headers. */
#define CALLS(X)                                                                                   \
	X(archive_entry_filetype)                                                                  \
	X(archive_entry_hardlink)                                                                  \
	X(archive_entry_hardlink_utf8)                                                             \
	X(archive_entry_pathname)                                                                  \
	X(archive_entry_pathname_utf8)                                                             \
	X(archive_entry_size)                                                                      \
	X(archive_entry_sparse_count)                                                              \
	X(archive_entry_symlink)                                                                   \
	X(archive_entry_symlink_utf8)                                                              \
	X(archive_errno)                                                                           \
	X(archive_error_string)                                                                    \
	X(archive_read_data_block)                                                                 \
	X(archive_read_free)                                                                       \
	X(archive_read_header_position)                                                            \
	X(archive_read_new)                                                                        \
	X(archive_read_next_header)                                                                \
	X(archive_read_open2)                                                                      \
	X(archive_read_support_filter_gzip)                                                        \
	X(archive_read_support_filter_zstd)                                                        \
	X(archive_read_support_format_raw)                                                         \
	X(archive_read_support_format_tar)

struct lsec_tar_library {
/* A name cannot stand in parentheses here. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define POINTER(name) __typeof__(name) *name;
	CALLS(POINTER)
#undef POINTER
};

struct lsec_tar_library *lsec_tar_library_load(struct lsec_problems *problems)
{
	struct lsec_tar_library *ret = lsec_calloc(1, sizeof(*ret));
	void *handle = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
	bool good = handle != NULL;
#define FIND(name) good = good && (*(void **)&ret->name = dlsym(handle, #name)) != NULL;
	CALLS(FIND)
#undef FIND
	if (good)
		return ret;
	lsec_problem_failed(
		problems, "--launcher",
		"libarchive's library cannot be loaded (Debian: libarchive13): %s; install it, or extract the firmware and give --firmware",
		dlerror());
	free(ret);
	return NULL;
}

/* A source as libarchive reads it. */
struct feed {
	struct lsec_source *source;
	uint64_t since,
		most; /* bytes since the last entry's header began, and the limit; 0: none */
	bool failed;  /* a problem was added */
	struct lsec_problems *problems;
};

static la_ssize_t feed_bytes(struct archive *archive, void *data, const void **ret)
{
	struct feed *feed = data;
	struct lsec_span piece = {NULL, 0};
	(void)archive;
	if (feed->failed)
		return -1;
	if (feed->source->read(feed->source, &piece, feed->problems) < 0)
		feed->failed = true;
	feed->since += piece.len;
	if (!feed->failed && feed->most != 0 && feed->since > feed->most) {
		feed->failed = true;
		lsec_problem_add(
			feed->problems, feed->source->name,
			"an entry of a tar archive in the image has a header of more than %llu bytes (4 MiB); use another image",
			(unsigned long long)feed->most);
	}
	*ret = piece.bytes;
	return feed->failed ? -1 : (la_ssize_t)piece.len;
}

static la_int64_t feed_skip(struct archive *archive, void *data, la_int64_t request)
{
	const struct feed *feed = data;
	(void)archive;
	if (request <= 0 || feed->source->skip == NULL)
		return 0;
	return (la_int64_t)feed->source->skip(feed->source, (uint64_t)request);
}

/* What libarchive has against an archive, unless that is reported already. */
static int refuse(const struct lsec_tar_library *library, struct archive *archive,
                  struct feed *feed, const char *what)
{
	const char *why = library->archive_error_string(archive);
	if (feed->failed)
		return -1;
	/* libzstd says so in words alone (ZSTD_getErrorName). */
	if (library->archive_errno(archive) == ENOMEM ||
	    (why != NULL && strstr(why, "not enough memory") != NULL))
		lsec_out_of_memory();
	feed->failed = true;
	return lsec_problem_add(
		feed->problems, feed->source->name,
		"%s of the image is damaged or in an unknown format (libarchive: %s); save the image again",
		what, why == NULL ? "no reason given" : why);
}

/* Unpacking. */

struct lsec_unpacked {
	struct lsec_source source;
	const struct lsec_tar_library *library;
	struct lsec_budget *budget;
	struct archive *archive; /* NULL: it is not packed */
	struct feed feed;
	struct lsec_source peeked; /* the packed source with its first piece still in it */
	struct lsec_source *packed;
	struct lsec_span first;
	bool fresh;
};

/* The piece that was looked at comes once more. */
static int read_peeked(struct lsec_source *source, struct lsec_span *ret,
                       struct lsec_problems *problems)
{
	struct lsec_unpacked *unpacked =
		(struct lsec_unpacked *)((char *)source - offsetof(struct lsec_unpacked, peeked));
	if (!unpacked->fresh)
		return unpacked->packed->read(unpacked->packed, ret, problems);
	unpacked->fresh = false;
	*ret = unpacked->first;
	return 0;
}

static int read_unpacked(struct lsec_source *source, struct lsec_span *ret,
                         struct lsec_problems *problems)
{
	struct lsec_unpacked *unpacked = (struct lsec_unpacked *)source;
	const void *bytes = NULL;
	size_t len = 0;
	la_int64_t offset = 0;
	*ret = (struct lsec_span){NULL, 0};
	if (unpacked->archive == NULL)
		return read_peeked(&unpacked->peeked, ret, problems);
	int status = unpacked->library->archive_read_data_block(unpacked->archive, &bytes, &len,
	                                                        &offset);
	if (status == ARCHIVE_EOF)
		return 0;
	if (status != ARCHIVE_OK)
		return refuse(unpacked->library, unpacked->archive, &unpacked->feed, "a layer");
	*ret = (struct lsec_span){bytes, len};
	return lsec_budget_take(unpacked->budget, source->name, len, problems);
}

/* Sets up libarchive's reader; 1 where the bytes are not packed. */
static int open_unpacker(struct lsec_unpacked *unpacked)
{
	const struct lsec_tar_library *library = unpacked->library;
	const char *bytes = unpacked->first.bytes;
	bool gzip = unpacked->first.len >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
	bool zstd = unpacked->first.len >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0;
	struct archive_entry *entry = NULL;
	if (!gzip && !zstd)
		return 1;
	unpacked->archive = library->archive_read_new();
	if (unpacked->archive == NULL)
		lsec_out_of_memory();
	/* A libarchive without the format would run a program for it, and warns. */
	int status = gzip ? library->archive_read_support_filter_gzip(unpacked->archive)
	                  : library->archive_read_support_filter_zstd(unpacked->archive);
	if (status != ARCHIVE_OK)
		return lsec_problem_failed(unpacked->feed.problems, unpacked->source.name,
		                           "this system's libarchive cannot read %s",
		                           gzip ? "gzip" : "zstd");
	library->archive_read_support_format_raw(unpacked->archive);
	if (library->archive_read_open2(unpacked->archive, &unpacked->feed, NULL, feed_bytes, NULL,
	                                NULL) != ARCHIVE_OK)
		return refuse(library, unpacked->archive, &unpacked->feed, "a layer");
	status = library->archive_read_next_header(unpacked->archive, &entry);
	if (status != ARCHIVE_OK && status != ARCHIVE_EOF)
		return refuse(library, unpacked->archive, &unpacked->feed, "a layer");
	return 0;
}

struct lsec_unpacked *lsec_unpacked_open(const struct lsec_tar_library *library,
                                         struct lsec_source *packed, struct lsec_budget *budget,
                                         struct lsec_problems *problems)
{
	struct lsec_unpacked *ret = lsec_calloc(1, sizeof(*ret));
	*ret = (struct lsec_unpacked){
		.source = {.name = packed->name, .read = read_unpacked},
		.library = library,
		.budget = budget,
		.peeked = {.name = packed->name, .read = read_peeked},
		.packed = packed,
		.fresh = true,
		.feed = {.problems = problems},
	};
	ret->feed.source = &ret->peeked;
	if (packed->read(packed, &ret->first, problems) == 0 && open_unpacker(ret) >= 0)
		return ret;
	lsec_unpacked_close(ret);
	return NULL;
}

struct lsec_source *lsec_unpacked_source(struct lsec_unpacked *unpacked)
{
	return &unpacked->source;
}

void lsec_unpacked_close(struct lsec_unpacked *unpacked)
{
	if (unpacked != NULL && unpacked->archive != NULL)
		unpacked->library->archive_read_free(unpacked->archive);
	free(unpacked);
}

/* Tar. */

struct lsec_tar {
	const struct lsec_tar_library *library;
	struct archive *archive;
	struct archive_entry *entry;
	struct feed feed;
	bool unread; /* the entry's bytes */
};

struct lsec_tar *lsec_tar_open(const struct lsec_tar_library *library, struct lsec_source *source,
                               struct lsec_problems *problems)
{
	struct lsec_tar *ret = lsec_calloc(1, sizeof(*ret));
	ret->library = library;
	ret->feed = (struct feed){
		.source = source, .most = LSEC_MAX_LAUNCHER_HEADER, .problems = problems};
	ret->archive = library->archive_read_new();
	if (ret->archive == NULL)
		lsec_out_of_memory();
	library->archive_read_support_format_tar(ret->archive);
	if (library->archive_read_open2(ret->archive, &ret->feed, NULL, feed_bytes, feed_skip,
	                                NULL) == ARCHIVE_OK)
		return ret;
	refuse(library, ret->archive, &ret->feed, "a tar archive");
	lsec_tar_close(ret);
	return NULL;
}

void lsec_tar_close(struct lsec_tar *tar)
{
	if (tar == NULL)
		return;
	tar->library->archive_read_free(tar->archive);
	free(tar);
}

/* A piece of the entry's bytes; *ret_len 0 at the end. Each is looked at, since libarchive, left to
 * itself, reads a whole entry before it comes back. */
static int next_piece(struct lsec_tar *tar, const void **ret, size_t *ret_len, uint64_t *ret_offset)
{
	la_int64_t offset = 0;
	*ret_len = 0;
	tar->feed.since = 0;
	int status = tar->library->archive_read_data_block(tar->archive, ret, ret_len, &offset);
	*ret_offset = (uint64_t)offset;
	if (status == ARCHIVE_EOF) {
		*ret_len = 0;
		tar->unread = false;
		return 0;
	}
	return status == ARCHIVE_OK
	               ? 1
	               : refuse(tar->library, tar->archive, &tar->feed, "a tar archive");
}

static int leave_out(struct lsec_tar *tar)
{
	const void *bytes = NULL;
	size_t len = 0;
	uint64_t offset = 0;
	int status = 1;
	/* A source that can skip does so at the next header. */
	while (tar->unread && tar->feed.source->skip == NULL && status == 1)
		status = next_piece(tar, &bytes, &len, &offset);
	return status < 0 ? -1 : 0;
}

static const char *either(const char *text, const char *utf8)
{
	return text != NULL ? text : utf8;
}

static enum lsec_entry_kind kind_of(const struct lsec_tar_library *library,
                                    struct archive_entry *entry)
{
	switch (library->archive_entry_filetype(entry)) {
	case AE_IFREG:
		return LSEC_ENTRY_FILE;
	case AE_IFDIR:
		return LSEC_ENTRY_DIRECTORY;
	case AE_IFLNK:
		return LSEC_ENTRY_SYMLINK;
	default:
		return LSEC_ENTRY_OTHER;
	}
}

/* Names are bytes; those that libarchive has in UTF-8 only, from pax headers, are given as that. */
static int read_entry(struct lsec_tar *tar, struct lsec_tar_entry *ret)
{
	const struct lsec_tar_library *library = tar->library;
	struct archive_entry *entry = tar->entry;
	const char *hard = either(library->archive_entry_hardlink(entry),
	                          library->archive_entry_hardlink_utf8(entry));
	la_int64_t size = library->archive_entry_size(entry);
	ret->path = either(library->archive_entry_pathname(entry),
	                   library->archive_entry_pathname_utf8(entry));
	ret->kind = hard != NULL ? LSEC_ENTRY_HARDLINK : kind_of(library, entry);
	ret->target = hard;
	if (ret->kind == LSEC_ENTRY_SYMLINK)
		ret->target = either(library->archive_entry_symlink(entry),
		                     library->archive_entry_symlink_utf8(entry));
	ret->size = size < 0 || ret->kind != LSEC_ENTRY_FILE ? 0 : (uint64_t)size;
	ret->sparse = library->archive_entry_sparse_count(entry) > 0;
	if (ret->path == NULL || (ret->kind == LSEC_ENTRY_SYMLINK && ret->target == NULL))
		return refuse(library, tar->archive, &tar->feed, "the name of a file");
	return 0;
}

int lsec_tar_next(struct lsec_tar *tar, struct lsec_tar_entry *ret, bool *ret_more,
                  struct lsec_problems *problems)
{
	*ret = (struct lsec_tar_entry){0};
	tar->feed.problems = problems;
	if (leave_out(tar) < 0)
		return -1;
	tar->feed.since = 0;
	int status = tar->library->archive_read_next_header(tar->archive, &tar->entry);
	ret->begin = (uint64_t)tar->library->archive_read_header_position(tar->archive);
	*ret_more = status == ARCHIVE_OK || status == ARCHIVE_WARN;
	tar->unread = *ret_more;
	if (*ret_more)
		return read_entry(tar, ret);
	return status == ARCHIVE_EOF
	               ? 0
	               : refuse(tar->library, tar->archive, &tar->feed, "a tar archive");
}

int lsec_tar_read(struct lsec_tar *tar, uint8_t *ret, size_t size, struct lsec_problems *problems)
{
	const void *bytes = NULL;
	size_t len = 0;
	uint64_t offset = 0;
	int status;
	tar->feed.problems = problems;
	memset(ret, 0, size);
	while ((status = next_piece(tar, &bytes, &len, &offset)) == 1)
		if (offset < size && len > 0)
			memcpy(ret + offset, bytes, len < size - offset ? len : size - offset);
	return status;
}
