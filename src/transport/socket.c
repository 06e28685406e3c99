/* SPDX-License-Identifier: Apache-2.0 */
/* Listens on a path: replaces only a stale socket, and makes the new one appear atomically. */
#include "socket.h"

#include <dirent.h>
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

#include "base/text.h"

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

static int check_path(const char *place, const char *path, struct lsec_problems *problems)
{
	_Static_assert(sizeof(((struct sockaddr_un *)NULL)->sun_path) == LSEC_MAX_SOCKET_PATH + 1,
	               "the limit is the system's");
	size_t len = strlen(path);
	if (len > LSEC_MAX_SOCKET_PATH)
		return lsec_problem_add(
			problems, place,
			"the path has %zu bytes, but the limit is " LSEC_TEXT(
				LSEC_MAX_SOCKET_PATH) " for a UNIX socket; mount the directory at a shorter path",
			len);
	if (len == 0 || path[len - 1] == '/')
		return lsec_problem_add(problems, place,
		                        "has no file name at the end; use the path of a socket");
	return 0;
}

/* What a path is called in problems. */
static const char *place_of(const char *path, const struct lsec_quote *quoted)
{
	return lsec_printable(path) && path[0] != '\0' ? path : quoted->text;
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

char *lsec_socket_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return lsec_strdup(".");
	return slash == path ? lsec_strdup("/") : lsec_strndup(path, (size_t)(slash - path));
}

/* The directory, locked until it is closed. */
static int open_directory(const char *path, char **ret_name, int *ret,
                          struct lsec_problems *problems)
{
	cleanup_free char *directory = lsec_socket_directory(path);
	const struct lsec_quote quoted = lsec_quote(directory);
	const char *place = place_of(directory, &quoted);
	do
		*ret = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (*ret < 0 && errno == EINTR);
	if (*ret < 0)
		return lsec_problem_failed(
			problems, place,
			"cannot be opened: %s; create the directory for the socket, or mount it into the container",
			strerror(errno));
	if (lock(*ret) < 0)
		return lsec_problem_failed(
			problems, place,
			"cannot be locked: %s; check whether another launchsec is starting",
			strerror(errno));
	*ret_name = lsec_steal(&directory);
	return 0;
}

#define STAGE ".launchsec-XXXXXX"

/* Removes what a killed process left in the directory, which is locked: nobody else has a stage
 * there now. */
static void sweep(int directory)
{
	DIR *list = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (struct dirent *entry = NULL; list != NULL && (entry = readdir(list)) != NULL;) {
		if (strlen(entry->d_name) != strlen(STAGE) ||
		    strncmp(entry->d_name, STAGE, strlen(STAGE) - 6) != 0)
			continue;
		owned_fd stage = openat(directory, entry->d_name,
		                        O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		if (stage >= 0 && (unlinkat(stage, "s", 0) == 0 || errno == ENOENT))
			unlinkat(directory, entry->d_name, AT_REMOVEDIR);
	}
	if (list != NULL)
		closedir(list);
}

/* Whether nobody listens on the socket any more. */
static bool is_stale(const char *path)
{
	owned_fd fd = new_socket();
	struct sockaddr_un address = address_of(path);
	return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	       errno == ECONNREFUSED;
}

static int clear_way(const char *place, const char *path, struct lsec_problems *problems)
{
	struct stat found;
	if (lstat(path, &found) < 0)
		return 0; /* bind() reports what is wrong with the path */
	if (!S_ISSOCK(found.st_mode))
		return lsec_problem_failed(
			problems, place,
			"exists and is not a socket; move it away, or choose another path");
	if (found.st_uid != geteuid())
		return lsec_problem_failed(
			problems, place,
			"exists and belongs to user %ju; remove it, or choose another path",
			(uintmax_t)found.st_uid);
	if (!is_stale(path))
		return lsec_problem_failed(
			problems, place,
			"another process serves this socket; stop it, or choose another path");
	if (unlink(path) < 0)
		return lsec_problem_failed(problems, place,
		                           "the stale socket cannot be removed: %s; remove it",
		                           strerror(errno));
	return 0;
}

/* Binds and listens on "s" in the current directory. Whoever reaches it may connect: in a pod,
 * containers of other users. */
static int listen_here(struct lsec_socket *socket)
{
	struct sockaddr_un address = address_of("s");
	struct stat file;
	mode_t mask = umask(S_IXUSR | S_IXGRP | S_IXOTH);
	int status = bind(socket->fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (status < 0 || listen(socket->fd, BACKLOG) < 0 || lstat("s", &file) < 0)
		return -1;
	socket->device = file.st_dev;
	socket->inode = file.st_ino;
	return 0;
}

/* Listens in a directory of its own and then gives the socket its name. The system's reason is
 * in errno. */
static int listen_from(const char *base, struct lsec_socket *socket, int directory)
{
	cleanup_free char *stage = lsec_format("%s/" STAGE, base);
	owned_fd here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	socket->fd = new_socket();
	if (socket->fd < 0 || mkdtemp(stage) == NULL)
		return -1;
	int status = chdir(stage);
	if (status == 0) {
		const char *name = strrchr(socket->path, '/');
		status = listen_here(socket);
		if (status == 0)
			status = linkat(AT_FDCWD, "s", directory,
			                name == NULL ? socket->path : name + 1, 0);
		int reason = errno;
		unlink("s");
		/* Where this user may not enter it, launchsec has nothing there. */
		if ((here < 0 || fchdir(here) < 0) && chdir("/") < 0)
			status = -1;
		errno = reason;
	}
	int reason = errno;
	rmdir(stage);
	errno = reason;
	return status;
}

/* Beside the directory, so that nothing but the socket is ever in it; in it where it is a mount of
 * its own, or this user may not write beside it. */
static int listen_on(struct lsec_socket *socket, const char *base, int directory)
{
	cleanup_free char *beside = lsec_format("%s/..", base);
	if (listen_from(beside, socket, directory) == 0)
		return 0;
	close_fd(&socket->fd);
	return listen_from(base, socket, directory);
}

int lsec_socket_open(const char *path, struct lsec_socket *ret, struct lsec_problems *problems)
{
	struct lsec_socket made LSEC_CLEANUP(lsec_socket_close) = LSEC_SOCKET_INIT;
	const struct lsec_quote quoted = lsec_quote(path);
	const char *place = place_of(path, &quoted);
	cleanup_free char *base = NULL;
	owned_fd directory = -1;
	if (check_path(place, path, problems) < 0 ||
	    open_directory(path, &base, &directory, problems) < 0 ||
	    clear_way(place, path, problems) < 0)
		return -1;
	sweep(directory);
	made.path = lsec_strdup(path);
	if (listen_on(&made, base, directory) < 0)
		return lsec_problem_failed(
			problems, place,
			"cannot be created: %s; use a directory that this user may write to",
			strerror(errno));
	*ret = made;
	made = (struct lsec_socket)LSEC_SOCKET_INIT;
	return 0;
}

/* By errno. What is no socket "refuses" connections too (connect(2)). EAGAIN: the queue of
 * connections is full, since nobody accepts them. */
static int refuse_connection(const char *place, const char *path, struct lsec_problems *problems)
{
	struct stat found;
	int reason = errno == EAGAIN ? EBUSY : errno;
	if (stat(path, &found) == 0 && !S_ISSOCK(found.st_mode))
		return lsec_problem_failed(
			problems, place, "is %s, not a socket; name the socket of launchsec serve",
			S_ISDIR(found.st_mode) ? "a directory" : "a file");
	return lsec_problem_failed(
		problems, place,
		"cannot be connected to: %s; start launchsec serve, or name its socket",
		strerror(reason));
}

int lsec_socket_connect(const char *path, int *ret, struct lsec_problems *problems)
{
	const struct lsec_quote quoted = lsec_quote(path);
	const char *place = place_of(path, &quoted);
	if (check_path(place, path, problems) < 0)
		return -1;
	const struct sockaddr_un address = address_of(path);
	owned_fd fd = new_socket();
	int status = fd;
	if (fd >= 0)
		status = connect(fd, (const struct sockaddr *)&address, sizeof(address));
	if (status < 0)
		return refuse_connection(place, path, problems);
	*ret = fd;
	fd = -1;
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
