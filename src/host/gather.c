/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts from the kernel and the file system. Theory of operation: a container sees the host's
 * sysfs, so what is missing in a visible part of it is missing on the host. Device nodes, sockets,
 * the root cgroup and QEMU's files may be hidden from a container: a missing one is unknown, unless
 * something else proves that it does not exist.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host.h"
#include "file.h"
#include "firmware.h"

static bool is_there(const char *root, const char *path, const char *name)
{
	char full[LSEC_MAX_PATH + 1];
	return lsec_host_path(full, root, path, name) && access(full, F_OK) == 0;
}

/* Kernels before 5.13 have numbers for Y and N. */
static enum lsec_state gather_parameter(const char *root, const char *path)
{
	char full[LSEC_MAX_PATH + 1];
	char text[LSEC_MAX_FACT_FILE + 1];
	if (!lsec_host_path(full, root, path, ""))
		return LSEC_UNKNOWN;
	if (access(full, F_OK) < 0)
		return errno == ENOENT && is_there(root, "/sys/module", "") ? LSEC_NO
		                                                            : LSEC_UNKNOWN;
	if (lsec_host_read(full, text, LSEC_MAX_FACT_FILE) < 0)
		return LSEC_UNKNOWN;
	if (strcmp(text, "Y\n") == 0 || strcmp(text, "1\n") == 0)
		return LSEC_YES;
	return strcmp(text, "N\n") == 0 || strcmp(text, "0\n") == 0 ? LSEC_NO : LSEC_UNKNOWN;
}

/* The line "WORD NUMBER"; the kernel leaves out what is 0. */
static void find_line(const char *text, const char *word, struct lsec_fact *ret)
{
	size_t len = strlen(word);
	unsigned long number = 0;
	for (const char *line = text; line[0] != '\0';) {
		const char *end = strchr(line, '\n');
		if (end == NULL)
			return;
		if (strncmp(line, word, len) == 0 && line[len] == ' ') {
			char *after = NULL;
			errno = 0;
			number = strtoul(line + len + 1, &after, 10);
			if (after != end || errno != 0 || number > UINT32_MAX)
				return;
		}
		line = end + 1;
	}
	lsec_fact_set_number(ret, (unsigned)number);
}

/* misc.capacity is in the root cgroup alone, whose misc.current counts all. */
static void gather_slots(const char *root, const struct lsec_fact_row *row, struct lsec_fact *ret)
{
	char full[LSEC_MAX_PATH + 1];
	char text[LSEC_MAX_FACT_FILE + 1];
	if (is_there(root, "/sys/fs/cgroup", "misc.capacity") &&
	    lsec_host_path(full, root, row->path, "") &&
	    lsec_host_read(full, text, LSEC_MAX_FACT_FILE) >= 0)
		find_line(text, row->word, ret);
}

/* A container has only the nodes that it was given; sysfs knows them all. */
static enum lsec_state gather_device(const char *root, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char full[LSEC_MAX_PATH + 1];
	struct stat stat_of;
	if (lsec_host_path(full, root, path, "") && stat(full, &stat_of) == 0 &&
	    S_ISCHR(stat_of.st_mode))
		return LSEC_YES;
	if (!is_there(root, "/sys/class/misc", ""))
		return LSEC_UNKNOWN;
	return is_there(root, "/sys/class/misc", name) ? LSEC_YES : LSEC_NO;
}

/* Where the directory is there without it, the service is not running. */
static enum lsec_state look_for_socket(const char *root, const char *path)
{
	char full[LSEC_MAX_PATH + 1];
	struct stat stat_of;
	if (!lsec_host_path(full, root, path, ""))
		return LSEC_UNKNOWN;
	if (stat(full, &stat_of) == 0)
		return S_ISSOCK(stat_of.st_mode) ? LSEC_YES : LSEC_NO;
	if (errno != ENOENT)
		return LSEC_UNKNOWN;
	*strrchr(full, '/') = '\0';
	return access(full, F_OK) == 0 ? LSEC_NO : LSEC_UNKNOWN;
}

/* /var/run is a link to /run, on Debian and Ubuntu an absolute one, which leads out of another
 * root. */
static enum lsec_state gather_at_run(const char *root, const char *path,
                                     enum lsec_state (*look)(const char *, const char *))
{
	enum lsec_state state = root[0] == '\0' ? LSEC_UNKNOWN : look(root, path + strlen("/var"));
	return state == LSEC_UNKNOWN ? look(root, path) : state;
}

/* QEMU's user and group in virt-launcher (KubeVirt pkg/util, NonRootUID). Its device plugin
 * mounts the service's directory there and changes no rights. */
#define QEMU_ID 107
#define MAY_ENTER 1U
#define MAY_WRITE 2U

static bool may(const struct stat *stat_of, unsigned right)
{
	if (stat_of->st_uid == QEMU_ID)
		return (stat_of->st_mode >> 6 & right) != 0;
	if (stat_of->st_gid == QEMU_ID)
		return (stat_of->st_mode >> 3 & right) != 0;
	return (stat_of->st_mode & right) != 0;
}

/* By owner and mode; an access control list is not looked at. */
static enum lsec_state look_at_rights(const char *root, const char *path)
{
	char full[LSEC_MAX_PATH + 1];
	struct stat of_socket;
	struct stat of_directory;
	if (!lsec_host_path(full, root, path, "") || stat(full, &of_socket) < 0 ||
	    !S_ISSOCK(of_socket.st_mode))
		return LSEC_UNKNOWN;
	*strrchr(full, '/') = '\0';
	if (stat(full, &of_directory) < 0)
		return LSEC_UNKNOWN;
	return may(&of_socket, MAY_WRITE) && may(&of_directory, MAY_ENTER) ? LSEC_YES : LSEC_NO;
}

void lsec_host_gather_files(const char *root, struct lsec_host *ret)
{
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		struct lsec_fact *fact = &ret->of[i];
		if (row->place == LSEC_FACT_AT_CPU)
			continue;
		*fact = (struct lsec_fact){0};
		if (row->place == LSEC_FACT_AT_PARAMETER)
			fact->state = gather_parameter(root, row->path);
		else if (row->place == LSEC_FACT_AT_CGROUP)
			gather_slots(root, row, fact);
		else if (row->place == LSEC_FACT_AT_DEVICE)
			fact->state = gather_device(root, row->path);
		else if (row->place == LSEC_FACT_AT_SOCKET)
			fact->state = gather_at_run(root, row->path, look_for_socket);
		else if (row->place == LSEC_FACT_AT_RIGHTS)
			fact->state = gather_at_run(root, row->path, look_at_rights);
	}
	lsec_host_gather_firmware(root, ret);
}

void lsec_host_gather(const char *root, struct lsec_host *ret)
{
	*ret = (struct lsec_host){0};
	lsec_host_gather_cpu(ret);
	lsec_host_gather_files(root, ret);
}
