/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of real files that look like a host's, and what is gathered there. */
#ifndef LAUNCHSEC_TESTS_HOST_TREE_H
#define LAUNCHSEC_TESTS_HOST_TREE_H

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launchsec/host.h"
#include "support.h"

#define AMD "/sys/module/kvm_amd/parameters/"
#define INTEL "/sys/module/kvm_intel/parameters/"
#define CGROUP "/sys/fs/cgroup/"
#define DESCRIPTORS "/usr/share/qemu/firmware/"
#define QGS "/var/run/tdx-qgs"

/* A host's root, made for one case. */
struct tree {
	char root[32];
};

static inline int remove_one(const char *path, const struct stat *stat_of, int type,
                             struct FTW *ftw)
{
	(void)stat_of;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_clear(struct tree *tree)
{
	nftw(tree->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
#define TREE LSEC_CLEANUP(tree_clear) struct tree

static inline void plant(struct tree *tree)
{
	strcpy(tree->root, "/tmp/launchsec-test-XXXXXX");
	assert_non_null(mkdtemp(tree->root));
}

/* The full path, with the directories on the way there. */
static inline char *path_in(const struct tree *tree, const char *path)
{
	char *full = lsec_format("%s%s", tree->root, path);
	assert_non_null(full);
	for (char *c = full + strlen(tree->root) + 1; *c != '\0'; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		mkdir(full, 0755);
		*c = '/';
	}
	return full;
}

static inline void put_bytes(const struct tree *tree, const char *path, const char *bytes,
                             size_t len)
{
	cleanup_free char *full = path_in(tree, path);
	FILE *file = fopen(full, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* A file; a path that ends in / is a directory. */
static inline void put(const struct tree *tree, const char *path, const char *text)
{
	if (path[strlen(path) - 1] == '/')
		free(path_in(tree, path));
	else
		put_bytes(tree, path, text, strlen(text));
}

static inline struct lsec_host gather(const struct tree *tree)
{
	struct lsec_host host;
	memset(&host, 0xff, sizeof(host)); /* whatever was there is forgotten */
	lsec_host_gather_files(tree->root, &host);
	return host;
}

#endif
