/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/lines.h"

static int read_all(int fd, const char *name, size_t longest, struct lsec_buffer *ret,
                    struct lsec_problems *problems)
{
	char chunk[65536];
	while (ret->len <= longest) {
		ssize_t got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return lsec_problem_failed(problems, name, "cannot be read: %s",
			                           strerror(errno));
		if (got == 0)
			break;
		lsec_buffer_add(ret, chunk, (size_t)got);
	}
	return ret->failed ? lsec_problem_no_memory(problems) : 0;
}

int lsec_read_file(const char *path, size_t longest, struct lsec_buffer *ret,
                   struct lsec_problems *problems)
{
	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", longest, ret, problems);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lsec_problem_failed(problems, path, "cannot be opened: %s", strerror(errno));
	int status = read_all(fd, path, longest, ret, problems);
	close(fd);
	return status;
}

int lsec_write_all(int fd, const char *name, const char *bytes, size_t len,
                   struct lsec_problems *problems)
{
	while (len > 0) {
		ssize_t put = write(fd, bytes, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return lsec_problem_failed(problems, name, "cannot be written: %s",
			                           strerror(errno));
		bytes += put;
		len -= (size_t)put;
	}
	return 0;
}

/* The permissions of the file that is replaced, else those of a new one. */
static mode_t mode_for(const char *path)
{
	struct stat old;
	if (stat(path, &old) == 0)
		return old.st_mode & 0777;
	mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int write_beside(int fd, const char *beside, const char *path, const char *bytes, size_t len,
                        struct lsec_problems *problems)
{
	if (lsec_write_all(fd, path, bytes, len, problems) < 0)
		return -1;
	if (fchmod(fd, mode_for(path)) < 0 || fsync(fd) < 0 || rename(beside, path) < 0)
		return lsec_problem_failed(problems, path, "cannot be written: %s",
		                           strerror(errno));
	return 0;
}

int lsec_replace_file(const char *path, const char *bytes, size_t len,
                      struct lsec_problems *problems)
{
	struct stat old;
	/* A device or pipe is written to: there is nothing to replace. */
	if (stat(path, &old) == 0 && !S_ISREG(old.st_mode)) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return lsec_problem_failed(problems, path, "cannot be opened: %s",
			                           strerror(errno));
		int status = lsec_write_all(fd, path, bytes, len, problems);
		close(fd);
		return status;
	}
	/* Through a link, so that it stays one and its file is replaced. */
	lsec_owned_text target = realpath(path, NULL);
	if (target != NULL)
		path = target;
	lsec_owned_text beside = lsec_format("%s.XXXXXX", path);
	if (beside == NULL)
		return lsec_problem_no_memory(problems);
	int fd = mkstemp(beside);
	if (fd < 0)
		return lsec_problem_failed(problems, path, "cannot be created: %s",
		                           strerror(errno));
	int status = write_beside(fd, beside, path, bytes, len, problems);
	if (close(fd) < 0 && status == 0)
		status = lsec_problem_failed(problems, path, "cannot be written: %s",
		                             strerror(errno));
	if (status < 0)
		unlink(beside);
	return status;
}

void lsec_print_problems(const struct lsec_problems *problems)
{
	struct lsec_lines lines LSEC_CLEANUP(lsec_lines_clear) = {0};
	lsec_lines_of_problems(&lines, problems);
	for (size_t i = 0; i < lines.count; i++)
		fprintf(stderr, LSEC_ERROR_LINE "%s\n", lines.of[i]);
	if (lines.failed)
		fputs(LSEC_ERROR_LINE "launchsec: out of memory\n", stderr);
}
