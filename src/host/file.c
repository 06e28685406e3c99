/* SPDX-License-Identifier: Apache-2.0 */
/* Files that facts are read from. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool lsec_host_path(char ret[LSEC_MAX_PATH + 1], const char *root, const char *path,
                    const char *name)
{
	int len = snprintf(ret, LSEC_MAX_PATH + 1, "%s%s%s%s", root, path,
	                   name[0] == '\0' ? "" : "/", name);
	return len >= 0 && len <= LSEC_MAX_PATH;
}

ssize_t lsec_host_read(const char *path, char *ret, size_t room)
{
	/* A pipe without a writer must not block. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	ssize_t got = -1;
	if (fd < 0)
		return -1;
	do {
		got = read(fd, ret + len, room - len);
		len += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && len < room) || (got < 0 && errno == EINTR));
	close(fd);
	if (got != 0)
		return -1;
	ret[len] = '\0';
	return (ssize_t)len;
}
