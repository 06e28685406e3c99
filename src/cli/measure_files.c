/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is measured. A file that changes meanwhile is neither what it was nor what it will be.
 */
#include "measure_files.h"

#include <string.h>

#include "base/digest.h"
#include "io.h"
#include "launcher/launcher.h"

static int refuse_change(const struct lsec_open_file *file, struct lsec_problems *problems)
{
	return lsec_problem_failed(problems, file->name,
	                           "changed while it was read; use a copy that nobody writes to");
}

/* Where a file's bytes go, a piece at a time. */
struct sink {
	void (*take)(void *to, const char *bytes, size_t len);
	void *to;
	uint64_t most;  /* enough is read once there are more */
	uint64_t total; /* that were read */
};

/* A file has to have as many bytes in the end as it had at first. */
static int read_pieces(const struct lsec_open_file *file, struct sink *sink,
                       struct lsec_problems *problems)
{
	char piece[65536];
	size_t got = 0;
	do {
		if (lsec_read_some(file, piece, sizeof(piece), &got, problems) < 0)
			return -1;
		sink->total += got;
		if (file->size >= 0 && sink->total > (uint64_t)file->size)
			return refuse_change(file, problems);
		sink->take(sink->to, piece, got);
	} while (got > 0 && sink->total <= sink->most);
	return file->size >= 0 && sink->total < (uint64_t)file->size ? refuse_change(file, problems)
	                                                             : 0;
}

static void add_to_buffer(void *to, const char *bytes, size_t len)
{
	lsec_buffer_add(to, bytes, len);
}

static void add_to_hash(void *to, const char *bytes, size_t len)
{
	lsec_hasher_add(to, bytes, len);
}

static int read_firmware(const struct lsec_open_file *file, struct lsec_buffer *ret,
                         struct lsec_problems *problems)
{
	if (file->size > (int64_t)LSEC_MAX_FIRMWARE)
		return lsec_problem_add(
			problems, file->name,
			"has %lld bytes, more than the %u (16 MiB) of the largest firmware image; name a firmware image",
			(long long)file->size, LSEC_MAX_FIRMWARE);
	struct sink sink = {add_to_buffer, ret, LSEC_MAX_FIRMWARE, 0};
	return read_pieces(file, &sink, problems);
}

int lsec_firmware_read(const char *path, struct lsec_firmware_file *ret,
                       struct lsec_problems *problems)
{
	struct lsec_open_file file;
	if (lsec_open_file(path, &file, problems) < 0)
		return -1;
	int status = read_firmware(&file, &ret->bytes, problems);
	lsec_close_file(&file);
	if (status == 0)
		ret->name = file.name;
	return status;
}

/* What to do where a path is missing that only KubeVirt up to 1.8 has. */
static void suggest_new_path(const char *path, struct lsec_problems *problems)
{
	/* What core/check_vmi.c assumes; 1.9 has the other default (docs/compatibility.md). */
	static const char before[] = "/usr/share/OVMF/OVMF.";
	if (strncmp(path, before, sizeof(before) - 1) == 0)
		lsec_problem_add(
			problems, "--launcher",
			"the path is KubeVirt's default up to 1.8; for KubeVirt 1.9 and newer, add --set firmware=/usr/share/edk2/ovmf/OVMF.%s",
			path + sizeof(before) - 1);
}

int lsec_firmware_extract(const char *launcher, const char *path, bool assumed,
                          struct lsec_firmware_file *ret, struct lsec_problems *problems)
{
	cleanup_launcher struct lsec_launcher *image = NULL;
	struct lsec_launcher_file file;
	if (path == NULL)
		return lsec_problem_add(
			problems, "--launcher",
			"the VM leaves the firmware's path to libvirt or KubeVirt; give the VM's domain with --domain, or set the annotation " LSEC_PREFIX
			"firmware to a path that --list shows");
	if (lsec_launcher_open(launcher, lsec_image_has_table, &image, problems) < 0)
		return -1;
	if (lsec_launcher_find(image, path, &file, problems) < 0) {
		if (assumed)
			suggest_new_path(path, problems);
		return -1;
	}
	lsec_buffer_add(&ret->bytes, (const char *)file.bytes, file.size);
	ret->made_name = lsec_format("%s:%s", launcher, file.link == NULL ? path : file.link);
	lsec_make_printable(ret->made_name);
	ret->name = ret->made_name;
	return 0;
}

int lsec_firmware_parse(const struct lsec_firmware_file *file, enum lsec_tee tee,
                        struct lsec_image *ret, struct lsec_problems *problems)
{
	const struct lsec_firmware firmware = {file->name, (const uint8_t *)file->bytes.bytes,
	                                       file->bytes.len};
	return lsec_image_parse(&firmware, tee, ret, problems);
}

struct lsec_file_facts lsec_firmware_facts(const struct lsec_firmware_file *file)
{
	struct lsec_file_facts ret = {.name = file->name, .size = file->bytes.len};
	const struct lsec_digest digest =
		lsec_digest_of(LSEC_SHA_256, file->bytes.bytes, file->bytes.len);
	memcpy(ret.sha256, digest.bytes, LSEC_FILE_DIGEST_SIZE);
	return ret;
}

void lsec_firmware_clear(struct lsec_firmware_file *file)
{
	lsec_buffer_clear(&file->bytes);
	free(file->made_name);
}

int lsec_file_hash(const char *path, struct lsec_file_facts *ret, struct lsec_problems *problems)
{
	struct lsec_open_file file;
	struct lsec_hasher hasher;
	if (lsec_open_file(path, &file, problems) < 0)
		return -1;
	lsec_hasher_begin(&hasher, LSEC_SHA_256);
	struct sink sink = {add_to_hash, &hasher, UINT64_MAX, 0};
	int status = read_pieces(&file, &sink, problems);
	lsec_close_file(&file);
	const struct lsec_digest digest = lsec_hasher_end(&hasher);
	ret->name = file.name;
	ret->size = sink.total;
	memcpy(ret->sha256, digest.bytes, LSEC_FILE_DIGEST_SIZE);
	return status;
}
