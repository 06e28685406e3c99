/* SPDX-License-Identifier: Apache-2.0 */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"

/* Connections that may wait until they are accepted. */
#define BACKLOG 512

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define owned_fd LSEC_CLEANUP(close_fd) int

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, strlen(path));
	return address;
}

static int check_path(const char *path, struct lsec_problems *problems)
{
	_Static_assert(sizeof(((struct sockaddr_un *)NULL)->sun_path) == LSEC_MAX_SOCKET_PATH + 1,
	               "the limit is the system's");
	size_t len = strlen(path);
	if (len > LSEC_MAX_SOCKET_PATH)
		return lsec_problem_add(
			problems, lsec_quote(path).text,
			"found a path of %zu bytes; want " LSEC_TEXT(
				LSEC_MAX_SOCKET_PATH) " at most for a UNIX socket: "
						      "mount the directory at a shorter path",
			len);
	if (len == 0 || path[len - 1] == '/')
		return lsec_problem_add(problems, lsec_quote(path).text,
		                        "found no file name at the end; want the path of a socket");
	return 0;
}

/* Two servers that start at once on one path must not both find it free. */
static int lock(int directory)
{
	const struct timespec moment = {.tv_nsec = 10000000};
	for (int tries = 0; tries < 100; tries++) {
		if (flock(directory, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&moment, NULL);
	}
	return -1;
}

/* The directory, locked until it is closed. */
static int open_directory(const char *path, int *ret, struct lsec_problems *problems)
{
	const char *slash = strrchr(path, '/');
	lsec_owned_text directory = slash == NULL   ? strdup(".")
	                            : slash == path ? strdup("/")
	                                            : strndup(path, (size_t)(slash - path));
	if (directory == NULL)
		return lsec_problem_no_memory(problems);
	*ret = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret < 0)
		return lsec_problem_failed(
			problems, lsec_quote(directory).text,
			"cannot be opened: %s; want a directory to put the socket into: "
			"create it, or mount it into the container",
			strerror(errno));
	if (lock(*ret) < 0)
		return lsec_problem_failed(problems, lsec_quote(directory).text,
		                           "cannot be locked: %s; is another launchsec starting?",
		                           strerror(errno));
	return 0;
}

/* Whether nobody listens on the socket any more. */
static bool is_stale(const char *path)
{
	owned_fd fd = new_socket();
	struct sockaddr_un address = address_of(path);
	return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	       errno == ECONNREFUSED;
}

static int clear_way(const char *path, struct lsec_problems *problems)
{
	struct stat found;
	if (lstat(path, &found) < 0)
		return 0; /* what is wrong with the path, bind() will say */
	if (!S_ISSOCK(found.st_mode))
		return lsec_problem_failed(
			problems, lsec_quote(path).text,
			"found a file that is no socket; it is left alone: move it away, or "
			"choose another path");
	if (found.st_uid != geteuid())
		return lsec_problem_failed(problems, lsec_quote(path).text,
		                           "found a socket of user %ju; it is left alone: remove "
		                           "it, or choose another path",
		                           (uintmax_t)found.st_uid);
	if (!is_stale(path))
		return lsec_problem_failed(problems, lsec_quote(path).text,
		                           "found a socket that another process serves; stop that "
		                           "one, or choose another path");
	if (unlink(path) < 0)
		return lsec_problem_failed(problems, lsec_quote(path).text,
		                           "found a socket left behind that cannot be removed: %s",
		                           strerror(errno));
	return 0;
}

/* Whoever reaches the directory may connect: in a pod, containers of other users. */
static int bind_for_all(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(S_IXUSR | S_IXGRP | S_IXOTH);
	int status = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	umask(mask);
	return status;
}

int lsec_socket_open(const char *path, struct lsec_socket *ret, struct lsec_problems *problems)
{
	struct lsec_socket made LSEC_CLEANUP(lsec_socket_close) = LSEC_SOCKET_INIT;
	owned_fd directory = -1;
	struct stat file;
	if (check_path(path, problems) < 0 || open_directory(path, &directory, problems) < 0 ||
	    clear_way(path, problems) < 0)
		return -1;
	struct sockaddr_un address = address_of(path);
	made.path = strdup(path);
	if (made.path == NULL)
		return lsec_problem_no_memory(problems);
	made.fd = new_socket();
	if (made.fd < 0 || bind_for_all(made.fd, &address) < 0)
		return lsec_problem_failed(problems, lsec_quote(path).text,
		                           "cannot be created: %s; want a directory that this user "
		                           "may write to",
		                           strerror(errno));
	int status = listen(made.fd, BACKLOG);
	if (lstat(path, &file) < 0)
		return lsec_problem_failed(problems, lsec_quote(path).text, "is gone again: %s",
		                           strerror(errno));
	made.device = file.st_dev;
	made.inode = file.st_ino;
	if (status < 0)
		return lsec_problem_failed(problems, lsec_quote(path).text,
		                           "cannot be listened on");
	*ret = made;
	made = (struct lsec_socket)LSEC_SOCKET_INIT;
	return 0;
}

void lsec_socket_close(struct lsec_socket *socket)
{
	struct stat found;
	if (socket == NULL)
		return;
	if (socket->path != NULL && lstat(socket->path, &found) == 0 &&
	    found.st_dev == socket->device && found.st_ino == socket->inode)
		unlink(socket->path);
	if (socket->fd >= 0)
		close(socket->fd);
	free(socket->path);
	*socket = (struct lsec_socket)LSEC_SOCKET_INIT;
}
