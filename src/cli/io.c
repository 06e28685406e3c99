/* SPDX-License-Identifier: Apache-2.0 */
/* Files and standard streams. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/lines.h"

#define A_DIRECTORY "is a directory; name a file"

/* A slow file system may be interrupted; what was asked of it is asked again. */
static int open_file(const char *path, int flags)
{
	int fd;
	do
		fd = open(path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* By errno. */
static int not_read(const char *name, struct lsec_problems *problems)
{
	if (errno == EISDIR)
		return lsec_problem_failed(problems, name, A_DIRECTORY);
	return lsec_problem_failed(problems, name, "cannot be read: %s", strerror(errno));
}

static int read_all(int fd, const char *name, size_t longest, struct lsec_buffer *ret,
                    struct lsec_problems *problems)
{
	char chunk[65536];
	while (ret->len <= longest) {
		ssize_t got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return not_read(name, problems);
		if (got == 0)
			break;
		lsec_buffer_add(ret, chunk, (size_t)got);
	}
	return 0;
}

const char *lsec_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Opens a file, or standard input for "-". */
static int open_input(const char *path, struct lsec_problems *problems)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open_file(path, O_RDONLY);
	if (fd < 0)
		lsec_problem_failed(problems, path, "cannot be opened: %s", strerror(errno));
	return fd;
}

static void close_input(int fd)
{
	if (fd != STDIN_FILENO)
		close(fd);
}

int lsec_read_file(const char *path, size_t longest, struct lsec_buffer *ret,
                   struct lsec_problems *problems)
{
	int fd = open_input(path, problems);
	if (fd < 0)
		return -1;
	int status = read_all(fd, lsec_input_name(path), longest, ret, problems);
	close_input(fd);
	return status;
}

int lsec_read_into(const char *path, struct lsec_room room, size_t *ret_len,
                   struct lsec_problems *problems)
{
	int fd = open_input(path, problems);
	ssize_t got = 1;
	*ret_len = 0;
	if (fd < 0)
		return -1;
	while (got != 0 && *ret_len < room.size) {
		got = read(fd, room.bytes + *ret_len, room.size - *ret_len);
		if (got < 0 && errno != EINTR)
			break;
		*ret_len += got < 0 ? 0 : (size_t)got;
	}
	int status = got < 0 ? not_read(lsec_input_name(path), problems) : 0;
	close_input(fd);
	return status;
}

int lsec_open_file(const char *path, struct lsec_open_file *ret, struct lsec_problems *problems)
{
	struct stat found;
	*ret = (struct lsec_open_file){STDIN_FILENO, lsec_input_name(path), -1};
	if (strcmp(path, "-") == 0)
		return 0;
	ret->fd = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (ret->fd < 0)
		return lsec_problem_failed(problems, path, "cannot be opened: %s", strerror(errno));
	int status = fstat(ret->fd, &found);
	if (status == 0 && S_ISREG(found.st_mode)) {
		ret->size = found.st_size;
		return 0;
	}
	int error = errno;
	lsec_close_file(ret);
	if (status < 0)
		return lsec_problem_failed(problems, path, "cannot be read: %s", strerror(error));
	return lsec_problem_failed(problems, path, "is %s; name a file",
	                           S_ISDIR(found.st_mode)    ? "a directory"
	                           : S_ISFIFO(found.st_mode) ? "a pipe"
	                                                     : "a device");
}

void lsec_close_file(struct lsec_open_file *file)
{
	if (file->fd > STDIN_FILENO)
		close(file->fd);
	file->fd = -1;
}

int lsec_read_some(const struct lsec_open_file *file, char *ret, size_t room, size_t *ret_count,
                   struct lsec_problems *problems)
{
	ssize_t got;
	do
		got = read(file->fd, ret, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return lsec_problem_failed(problems, file->name, "cannot be read: %s",
		                           strerror(errno));
	*ret_count = (size_t)got;
	return 0;
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

static int not_written(const char *path, struct lsec_problems *problems)
{
	return lsec_problem_failed(problems, path, "cannot be written: %s", strerror(errno));
}

/* A device or pipe is written to: there is nothing to replace. */
static int write_through(const char *path, const char *bytes, size_t len,
                         struct lsec_problems *problems)
{
	int fd = open_file(path, O_WRONLY);
	if (fd < 0)
		return errno == EISDIR ? lsec_problem_failed(problems, path, A_DIRECTORY)
		                       : lsec_problem_failed(problems, path, "cannot be opened: %s",
		                                             strerror(errno));
	int status = lsec_write_all(fd, path, bytes, len, problems);
	if (close(fd) < 0 && errno != EINTR && status == 0)
		status = not_written(path, problems);
	return status;
}

/* The name ends with XXXXXX, which is replaced. */
static int create(char *name)
{
	char *end = name + strlen(name) - 6;
	int fd;
	do {
		memset(end, 'X', 6);
		fd = mkstemp(name);
	} while (fd < 0 && errno == EINTR);
	return fd;
}

/* So that nothing of it can fail any more once it has its name. */
static int finish(int fd, mode_t mode)
{
	int status;
	do
		status = fsync(fd);
	while (status < 0 && errno == EINTR);
	return status < 0 ? -1 : fchmod(fd, mode);
}

/* Interrupted, close() has closed nevertheless, and the bytes are on the disk. */
static int fill(int fd, const char *path, const struct lsec_span *content, mode_t mode,
                struct lsec_problems *problems)
{
	int status = lsec_write_all(fd, path, content->bytes, content->len, problems);
	if (status == 0 && finish(fd, mode) < 0)
		status = not_written(path, problems);
	if (close(fd) < 0 && errno != EINTR && status == 0)
		status = not_written(path, problems);
	return status;
}

void lsec_new_file_clear(struct lsec_new_file *file)
{
	if (file->beside != NULL)
		unlink(file->beside);
	free(file->path);
	free(file->beside);
	*file = (struct lsec_new_file){NULL, NULL};
}

static int make_beside(const char *path, const struct lsec_span *content, mode_t mode,
                       struct lsec_new_file *ret, struct lsec_problems *problems)
{
	cleanup_free char *name = lsec_format("%s.XXXXXX", path);
	int fd = create(name);
	if (fd < 0)
		return lsec_problem_failed(problems, path, "cannot be created: %s%s",
		                           strerror(errno),
		                           errno == ENOENT ? "; create its directory first" : "");
	struct lsec_new_file made LSEC_CLEANUP(lsec_new_file_clear) = {lsec_strdup(path),
	                                                               lsec_steal(&name)};
	if (fill(fd, path, content, mode, problems) < 0)
		return -1;
	*ret = made;
	made = (struct lsec_new_file){NULL, NULL};
	return 0;
}

int lsec_put_in_place(struct lsec_new_file *file, struct lsec_problems *problems)
{
	if (file->beside == NULL)
		return 0;
	if (rename(file->beside, file->path) < 0)
		return not_written(file->path, problems);
	free(lsec_steal(&file->beside));
	return 0;
}

/* Standard output or error, where that is this file and may be written; else -1. */
static int stream_of(const struct stat *file)
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat open_file;
		if (fstat(fd, &open_file) == 0 && open_file.st_dev == file->st_dev &&
		    open_file.st_ino == file->st_ino &&
		    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
			return fd;
	}
	return -1;
}

int lsec_write_beside(const char *path, const char *bytes, size_t len, struct lsec_new_file *ret,
                      struct lsec_problems *problems)
{
	const struct lsec_span content = {bytes, len};
	struct stat old;
	int status = stat(path, &old);
	if (status < 0 && errno != ENOENT)
		return not_written(path, problems);
	if (status < 0) {
		mode_t mask = umask(0);
		umask(mask);
		return make_beside(path, &content, 0666 & ~mask, ret, problems);
	}
	if (!S_ISREG(old.st_mode))
		return write_through(path, bytes, len, problems);
	/* As /dev/stdout: others have it open too, and would go on writing to what was replaced. */
	int stream = stream_of(&old);
	if (stream >= 0)
		return lsec_write_all(stream, path, bytes, len, problems);
	/* Through a link, so that it stays one and its file is replaced. */
	cleanup_free char *target = realpath(path, NULL);
	if (target == NULL)
		return not_written(path, problems);
	return make_beside(target, &content, old.st_mode & 0777, ret, problems);
}

int lsec_replace_file(const char *path, const char *bytes, size_t len,
                      struct lsec_problems *problems)
{
	struct lsec_new_file file LSEC_CLEANUP(lsec_new_file_clear) = {NULL, NULL};
	if (lsec_write_beside(path, bytes, len, &file, problems) < 0)
		return -1;
	return lsec_put_in_place(&file, problems);
}

int lsec_print(const char *path, const char *bytes, size_t len, struct lsec_problems *problems)
{
	if (path != NULL && strcmp(path, "-") != 0)
		return lsec_replace_file(path, bytes, len, problems);
	return lsec_write_all(STDOUT_FILENO, "standard output", bytes, len, problems);
}

void lsec_print_problems(const struct lsec_problems *problems)
{
	struct lsec_lines lines LSEC_CLEANUP(lsec_lines_clear) = {0};
	lsec_lines_of_problems(&lines, problems);
	for (size_t i = 0; i < lines.count; i++)
		fprintf(stderr, LSEC_ERROR_LINE "%s\n", lines.of[i]);
}

/* Whether a pipe holds bytes that somebody may still read: with no reader left, poll() says so. */
static bool is_unread(int fd)
{
	struct pollfd end = {.fd = fd};
	int unread = 0;
	return ioctl(fd, FIONREAD, &unread) == 0 && unread > 0 && poll(&end, 1, 0) == 0;
}

void lsec_wait_until_read(int fd)
{
	enum { FIRST = 50, LONGEST = 5000, LIMIT = 1000000 }; /* microseconds */
	struct stat file;
	if (fstat(fd, &file) < 0 || !S_ISFIFO(file.st_mode))
		return;
	/* The reader is awake after some ten microseconds, unless the machine is busy. */
	long step = FIRST;
	for (long waited = 0; waited < LIMIT && is_unread(fd); waited += step) {
		step = waited < LONGEST ? waited + FIRST : LONGEST;
		const struct timespec pause = {.tv_nsec = step * 1000};
		nanosleep(&pause, NULL);
	}
}
