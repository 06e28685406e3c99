/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: how they appear, serve and disappear. */
#include "sockets.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(test_open_and_close),
		SOCKET_TEST(test_directories),
		SOCKET_TEST(test_stale),
		SOCKET_TEST(test_long_path),
		SOCKET_TEST(test_only_the_socket),
		SOCKET_TEST(test_never_refused),
		SOCKET_TEST(test_mode),
		SOCKET_TEST(test_close_replaced),
		SOCKET_TEST(test_race),
	};
	return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
