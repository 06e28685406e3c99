/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces the file of --metrics-file as a whole, with the few system calls that a server's sandbox
 * permits for it: the new file is made beside the old one, under a name that node_exporter ignores,
 * and renamed. It is not synchronized: after a power failure a new server begins at 0 anyway.
 */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "transport/socket.h"

/* A slow file system may be interrupted. */
static int open_at(int directory, const char *path, int flags)
{
	int fd;
	do
		fd = openat(directory, path, flags, 0644);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* A new file with that text; the system's reason is in errno. It is short, so less is written only
 * where there is no more space. */
static int create(int directory, const char *name, const struct lsec_buffer *text)
{
	ssize_t put;
	int fd = open_at(directory, name, LSEC_SANDBOX_CREATES);
	if (fd < 0)
		return -1;
	do
		put = write(fd, text->bytes, text->len);
	while (put < 0 && errno == EINTR);
	int reason = put < 0 ? errno : (size_t)put < text->len ? ENOSPC : 0;
	if (close(fd) < 0 && errno != EINTR && reason == 0)
		reason = errno;
	errno = reason;
	return reason == 0 ? 0 : -1;
}

/* The system's reason is in errno. What is there under the other name was left by a killed server,
 * or is a link of somebody else. */
static int replace(const struct lsec_metrics_file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *name = slash == NULL ? file->path : slash + 1;
	const int directory = file->directory;
	cleanup_free char *beside = lsec_format(".%s.tmp", name);
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_metrics_write(&text, &file->counters, file->table);
	unlinkat(directory, beside, 0);
	if (create(directory, beside, &text) == 0 &&
	    renameat(directory, beside, directory, name) == 0)
		return 0;
	const int reason = errno;
	unlinkat(directory, beside, 0);
	errno = reason;
	return -1;
}

/* Notes, in the log too, that the file could not be written, for the reason in errno. */
static void fail(struct lsec_metrics_file *file)
{
	const char *reason = strerror(errno);
	const struct lsec_quote path = lsec_quote(file->path);
	if (!file->failing)
		lsec_log_say(
			file->log, LSEC_WARNING,
			"--metrics-file: %s cannot be written: %s; VMs are served and counted, and the file is tried again",
			path.text, reason);
	file->failing = true;
}

int lsec_metrics_file_open(struct lsec_metrics_file *file, const char *path,
                           struct lsec_problems *problems)
{
	cleanup_free char *directory = lsec_socket_directory(path);
	file->path = path;
	file->counters.start = time(NULL);
	file->directory = open_at(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (file->directory < 0)
		return lsec_problem_failed(
			problems, directory,
			"cannot be opened: %s; create the directory for the metrics, or mount it into the container",
			strerror(errno));
	if (replace(file) == 0)
		return 0;
	if (errno != ENOSPC && errno != EDQUOT && errno != EIO)
		return lsec_problem_failed(
			problems, path,
			"cannot be written: %s; use a file in a directory that this user may write to",
			strerror(errno));
	fail(file);
	return 0;
}

void lsec_metrics_file_report(void *context)
{
	struct lsec_metrics_file *file = context;
	if (replace(file) < 0)
		fail(file);
	else
		file->failing = false;
}

void lsec_metrics_file_clear(struct lsec_metrics_file *file)
{
	if (file->directory >= 0)
		close(file->directory);
	file->directory = -1;
}
