/* SPDX-License-Identifier: Apache-2.0 */
/* Opens sockets in a directory that each test has for itself. */
#ifndef LAUNCHSEC_TESTS_SOCKETS_H
#define LAUNCHSEC_TESTS_SOCKETS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"
#include "transport/socket.h"

/* A user that is not root. */
#define OTHER 4711

static char parent[40];
static char directory[48]; /* parent/d */
static char path[80];      /* parent/d/s.sock */

static inline int make_directory(void **state)
{
	(void)state;
	snprintf(parent, sizeof(parent), "/tmp/launchsec-test.XXXXXX");
	if (mkdtemp(parent) == NULL)
		return -1;
	snprintf(directory, sizeof(directory), "%s/d", parent);
	snprintf(path, sizeof(path), "%s/s.sock", directory);
	return mkdir(directory, 0700);
}

/* Each test leaves empty directories: nothing of ours is left in or beside them. */
static inline int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory) | rmdir(parent);
}

static inline void expect_gone(const char *name)
{
	struct stat found;
	assert_int_equal(lstat(name, &found), -1);
	assert_int_equal(errno, ENOENT);
}

static inline void open_good(const char *name, struct lsec_socket *ret)
{
	struct lsec_problems problems = {0};
	int status = lsec_socket_open(name, ret, &problems);
	expect_none(&problems);
	assert_int_equal(status, 0);
	assert_true(ret->fd >= 0);
	assert_string_equal(ret->path, name);
}

/* Must be refused with that problem; `failed` when it is not the caller's fault. */
static inline void open_bad(const char *name, const char *place, const char *what, bool failed)
{
	struct lsec_problems problems = {0};
	struct lsec_socket made = {.fd = 77};
	assert_int_equal(lsec_socket_open(name, &made, &problems), -1);
	assert_int_equal(made.fd, 77); /* left alone */
	assert_int_equal(problems.failed, failed);
	problems.failed = false;
	expect_problem(&problems, place, what);
}

static inline void open_left_alone(const char *what)
{
	open_bad(path, path, what, true);
}

static inline int connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, name, strlen(name));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

/* A socket that nobody listens on any more. */
static inline void make_stale(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, name, strlen(name));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd);
}

static inline void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static inline ino_t inode_of(const char *name)
{
	struct stat found;
	assert_int_equal(lstat(name, &found), 0);
	return found.st_ino;
}

#define SOCKET_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

#endif
