/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/socket.h"

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

/* A user that is not root. */
#define OTHER 4711

static char parent[40];
static char directory[48]; /* parent/d */
static char path[80];      /* parent/d/s.sock */

static int make_directory(void **state)
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
static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory) | rmdir(parent);
}

static void expect_gone(const char *name)
{
	struct stat found;
	assert_int_equal(lstat(name, &found), -1);
	assert_int_equal(errno, ENOENT);
}

static void open_good(const char *name, struct lsec_socket *ret)
{
	struct lsec_problems problems = {0};
	int status = lsec_socket_open(name, ret, &problems);
	expect_none(&problems);
	assert_int_equal(status, 0);
	assert_true(ret->fd >= 0);
	assert_string_equal(ret->path, name);
}

/* Must be refused with that problem; `failed` when it is not the caller's fault. */
static void open_bad(const char *name, const char *place, const char *what, bool failed)
{
	struct lsec_problems problems = {0};
	struct lsec_socket made = {.fd = 77};
	assert_int_equal(lsec_socket_open(name, &made, &problems), -1);
	assert_int_equal(made.fd, 77); /* left alone */
	assert_int_equal(problems.failed, failed);
	problems.failed = false;
	expect_problem(&problems, place, what);
}

static void open_left_alone(const char *what)
{
	open_bad(path, path, what, true);
}

static int connect_to(const char *name)
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
static void make_stale(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, name, strlen(name));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd);
}

static void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static size_t count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	size_t count = 0;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static ino_t inode_of(const char *name)
{
	struct stat found;
	assert_int_equal(lstat(name, &found), 0);
	return found.st_ino;
}

static void test_open_and_close(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	open_good(path, &made);
	assert_int_equal(made.inode, inode_of(path));
	assert_true((fcntl(made.fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(made.fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(accept(made.fd, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	int client = connect_to(path);
	assert_true(client >= 0);
	int server = accept(made.fd, NULL, NULL);
	assert_true(server >= 0);
	close(client);
	close(server);
	int fd = made.fd;
	lsec_socket_close(&made);
	assert_int_equal(made.fd, -1);
	assert_null(made.path);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	expect_gone(path);
	lsec_socket_close(&made); /* again is fine */
	lsec_socket_close(NULL);
	open_good(path, &made); /* and so is the same name again */
	lsec_socket_close(&made);
}

/* Without a slash, and right below the root. */
static void test_directories(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(chdir(directory), 0);
	open_good("s.sock", &made);
	assert_int_equal(made.inode, inode_of(path));
	lsec_socket_close(&made);
	expect_gone(path);
	assert_int_equal(fchdir(here), 0);
	close(here);
	/* The root may not be ours to write to; it must be what is meant. */
	struct lsec_problems problems = {0};
	if (lsec_socket_open("/launchsec-test.sock", &made, &problems) < 0)
		expect_among(&problems, "/launchsec-test.sock", "cannot be created");
	lsec_problems_clear(&problems);
	lsec_socket_close(&made);
	expect_gone("/launchsec-test.sock");
}

static void test_stale(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	make_stale(path);
	assert_int_equal(connect_to(path), -1);
	open_good(path, &made);
	int client = connect_to(path);
	assert_true(client >= 0);
	close(client);
	lsec_socket_close(&made);
	expect_gone(path);
}

static void test_served(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	open_good(path, &made);
	ino_t inode = inode_of(path);
	open_left_alone("another process serves this socket; stop it");
	assert_int_equal(inode_of(path), inode);
	lsec_socket_close(&made);
}

/* One that has as many waiting clients as it can is served, too. */
static void test_busy(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, strlen(path));
	int waiting[8];
	size_t count = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 0), 0);
	while (count < COUNT(waiting) && (waiting[count] = connect_to(path)) >= 0)
		count++;
	assert_true(count < COUNT(waiting));
	open_left_alone("another process serves this socket");
	inode_of(path);
	while (count > 0)
		close(waiting[--count]);
	close(fd);
	unlink(path);
}

static void test_other_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("only root can make a socket of another user\n");
		return;
	}
	make_stale(path);
	assert_int_equal(lchown(path, OTHER, OTHER), 0);
	open_left_alone("exists and belongs to user 4711");
	assert_int_equal(unlink(path), 0);
}

/* What is no socket is left alone, whatever it leads to. */
static void test_other_files(void **state)
{
	(void)state;
	char target[128];
	snprintf(target, sizeof(target), "%s/target", directory);
	make_file(path);
	open_left_alone("exists and is not a socket");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	open_left_alone("exists and is not a socket");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	open_left_alone("exists and is not a socket");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(target, path), 0); /* to nothing */
	open_left_alone("exists and is not a socket");
	make_stale(target); /* to a socket left behind */
	ino_t inode = inode_of(target);
	open_left_alone("exists and is not a socket");
	assert_int_equal(inode_of(target), inode);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(target), 0);
}

static void test_bad_paths(void **state)
{
	(void)state;
	char name[128];
	char missing[128];
	open_bad("", "\"\"", "has no file name at the end; use the path of a socket", false);
	open_bad("/", "/", "has no file name at the end", false);
	open_bad("a/b/", "a/b/", "has no file name at the end", false);
	snprintf(name, sizeof(name), "%s/none/s.sock", directory);
	snprintf(missing, sizeof(missing), "%s/none", directory);
	open_bad(
		name, missing,
		"cannot be opened: No such file or directory; create the directory for the socket, or mount it into the container",
		true);
	/* What is not printable is quoted. */
	open_bad("/none\n/s", "\"/none\\x0a\"", "cannot be opened", true);
	open_bad("a\x1b/", "\"a\\x1b/\"", "has no file name", false);
	make_file(path);
	snprintf(name, sizeof(name), "%s/s.sock", path);
	open_bad(name, path, "cannot be opened: Not a directory", true);
	assert_int_equal(unlink(path), 0);
}

/* The longest path is one byte shorter than the address has room for. */
static void test_long_path(void **state)
{
	(void)state;
	for (size_t len = LSEC_MAX_SOCKET_PATH - 1; len <= LSEC_MAX_SOCKET_PATH + 2; len++) {
		char *longer = repeat('s', len);
		memcpy(longer, path, strlen(path));
		if (len <= LSEC_MAX_SOCKET_PATH) {
			struct lsec_socket made = LSEC_SOCKET_INIT;
			open_good(longer, &made);
			inode_of(longer);
			int client = connect_to(longer);
			assert_true(client >= 0);
			close(client);
			lsec_socket_close(&made);
			expect_gone(longer);
		} else {
			cleanup_free char *what =
				lsec_format("the path has %zu bytes, but the limit is 107", len);
			open_bad(longer, longer, what, false);
		}
		free(longer);
	}
}

/* Becomes another user, where it is root, and opens; then all is as before. */
static int open_as_other(struct lsec_socket *ret, struct lsec_problems *problems)
{
	uid_t user = geteuid();
	if (user == 0)
		assert_int_equal(seteuid(OTHER), 0);
	int status = lsec_socket_open(path, ret, problems);
	assert_int_equal(seteuid(user), 0);
	return status;
}

/* A directory that this user may not write to, beside what is the user's or not. */
static void test_no_permission(void **state)
{
	(void)state;
	size_t before = count_descriptors();
	for (unsigned open_parent = 0; open_parent < 2; open_parent++) {
		struct lsec_problems problems = {0};
		struct lsec_socket made = LSEC_SOCKET_INIT;
		assert_int_equal(chmod(parent, open_parent ? 0777 : 0555), 0);
		assert_int_equal(chmod(directory, 0555), 0);
		int status = open_as_other(&made, &problems);
		assert_int_equal(chmod(directory, 0700) | chmod(parent, 0700), 0);
		assert_int_equal(status, -1);
		assert_true(problems.failed);
		problems.failed = false;
		expect_problem(
			&problems, path,
			"cannot be created: Permission denied; use a directory that this user may write to");
		expect_gone(path);
		assert_int_equal(count_descriptors(), before);
	}
}

/* Where the place beside the directory is not ours, or another mount, the one inside serves. */
static void test_nothing_beside(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_socket made = LSEC_SOCKET_INIT;
	size_t before = count_descriptors();
	assert_int_equal(chmod(parent, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(directory, OTHER, OTHER), 0);
	int status = open_as_other(&made, &problems);
	expect_none(&problems);
	assert_int_equal(status, 0);
	int client = connect_to(path);
	assert_true(client >= 0);
	close(client);
	lsec_socket_close(&made);
	expect_gone(path);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(chmod(parent, 0700), 0);
}

/* Nothing else is ever in the directory, and the process is where it was. */
static void test_only_the_socket(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	char before[256];
	char after[256];
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event = (const struct inotify_event *)events;
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	assert_true(inotify_add_watch(watch, directory, IN_CREATE | IN_MOVED_TO) >= 0);
	assert_non_null(getcwd(before, sizeof(before)));
	open_good(path, &made);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after);
	ssize_t len = read(watch, events, sizeof(events));
	assert_true(len > 0);
	assert_string_equal(event->name, "s.sock");
	assert_int_equal(len, sizeof(*event) + event->len); /* no other */
	close(watch);
	lsec_socket_close(&made);
}

/* Opens and closes whenever it is told to. */
static void open_often(int orders, int done)
{
	char byte;
	while (read(orders, &byte, 1) == 1) {
		struct lsec_problems problems = {0};
		struct lsec_socket made = LSEC_SOCKET_INIT;
		if (lsec_socket_open(path, &made, &problems) < 0 || read(orders, &byte, 1) != 1)
			_exit(1);
		lsec_socket_close(&made);
		if (write(done, &byte, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

/* Once there is a name, there is somebody who listens. */
static void test_never_refused(void **state)
{
	(void)state;
	int orders[2];
	int done[2];
	char byte = 0;
	assert_int_equal(pipe2(orders, O_CLOEXEC) | pipe2(done, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		close(orders[1]);
		open_often(orders[0], done[1]);
	}
	close(orders[0]);
	for (size_t i = 0; i < 300; i++) {
		int client;
		assert_int_equal(write(orders[1], &byte, 1), 1);
		while ((client = connect_to(path)) < 0)
			assert_int_equal(errno, ENOENT);
		close(client);
		assert_int_equal(write(orders[1], &byte, 1), 1);
		assert_int_equal(read(done[0], &byte, 1), 1);
	}
	close(orders[1]);
	close(done[0]);
	close(done[1]);
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Whoever reaches the directory may connect, whatever the process' umask is. */
static void test_mode(void **state)
{
	(void)state;
	static const mode_t masks[] = {0, 022, 077, 0777};
	for (size_t i = 0; i < COUNT(masks); i++) {
		struct lsec_socket made = LSEC_SOCKET_INIT;
		struct stat found;
		mode_t before = umask(masks[i]);
		open_good(path, &made);
		assert_int_equal(umask(before), masks[i]); /* it is put back */
		assert_int_equal(lstat(path, &found), 0);
		assert_true(S_ISSOCK(found.st_mode));
		assert_int_equal(found.st_mode & 07777, 0666);
		lsec_socket_close(&made);
	}
}

/* A file that took the name meanwhile belongs to somebody else. */
static void test_close_replaced(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	open_good(path, &made);
	assert_int_equal(unlink(path), 0);
	lsec_socket_close(&made);
	expect_gone(path);
	open_good(path, &made);
	char aside[140];
	snprintf(aside, sizeof(aside), "%s.old", path);
	assert_int_equal(rename(path, aside), 0); /* keeps the inode's number in use */
	struct lsec_socket other = LSEC_SOCKET_INIT;
	open_good(path, &other);
	ino_t inode = inode_of(path);
	lsec_socket_close(&made);
	assert_int_equal(inode_of(path), inode);
	assert_int_equal(unlink(aside), 0);
	lsec_socket_close(&other);
	expect_gone(path);
}

/* Another one that is starting holds the directory: for a moment it is waited for. */
static void test_locked(void **state)
{
	(void)state;
	struct lsec_socket made = LSEC_SOCKET_INIT;
	int lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	open_bad(path, directory, "cannot be locked: Resource temporarily unavailable", true);
	expect_gone(path);
	pid_t child = fork();
	if (child == 0) {
		usleep(50000);
		_exit(flock(lock, LOCK_UN) == 0 ? 0 : 1);
	}
	open_good(path, &made);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(lock);
	/* It is not held on to. */
	lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
	close(lock);
	lsec_socket_close(&made);
}

/* Opens, tells whether it could, and serves until the pipe is closed. */
static void compete(int start, int done)
{
	struct lsec_problems problems = {0};
	struct lsec_socket made = LSEC_SOCKET_INIT;
	char byte;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* where the test fails before it ends it */
	if (read(start, &byte, 1) != 0)
		_exit(2);
	byte = lsec_socket_open(path, &made, &problems) == 0 ? 'y' : 'n';
	if (write(done, &byte, 1) != 1)
		_exit(2);
	for (;;)
		pause();
}

/* Of those that start at once on a socket left behind, one gets it. */
static void test_race(void **state)
{
	(void)state;
	enum { RUNNERS = 8 };
	pid_t children[RUNNERS];
	int start[2];
	int done[2];
	size_t winners = 0;
	make_stale(path);
	assert_int_equal(pipe2(start, O_CLOEXEC) | pipe2(done, O_CLOEXEC), 0);
	for (size_t i = 0; i < RUNNERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			close(start[1]);
			compete(start[0], done[1]);
		}
	}
	close(start[1]);
	for (size_t i = 0; i < RUNNERS; i++) {
		char byte = 0;
		assert_int_equal(read(done[0], &byte, 1), 1);
		winners += byte == 'y';
	}
	for (size_t i = 0; i < RUNNERS; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	close(start[0]);
	close(done[0]);
	close(done[1]);
	assert_int_equal(winners, 1);
	assert_int_equal(unlink(path), 0);
}

#define SOCKET_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(test_open_and_close), SOCKET_TEST(test_directories),
		SOCKET_TEST(test_stale),          SOCKET_TEST(test_served),
		SOCKET_TEST(test_busy),           SOCKET_TEST(test_other_user),
		SOCKET_TEST(test_other_files),    SOCKET_TEST(test_bad_paths),
		SOCKET_TEST(test_long_path),      SOCKET_TEST(test_no_permission),
		SOCKET_TEST(test_nothing_beside), SOCKET_TEST(test_only_the_socket),
		SOCKET_TEST(test_never_refused),  SOCKET_TEST(test_mode),
		SOCKET_TEST(test_close_replaced), SOCKET_TEST(test_locked),
		SOCKET_TEST(test_race),
	};
	return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
