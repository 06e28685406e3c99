/* SPDX-License-Identifier: Apache-2.0 */
/* Paths at which no socket is opened. */
#include "sockets.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(test_served),         SOCKET_TEST(test_busy),
		SOCKET_TEST(test_other_user),     SOCKET_TEST(test_other_files),
		SOCKET_TEST(test_bad_paths),      SOCKET_TEST(test_no_permission),
		SOCKET_TEST(test_nothing_beside), SOCKET_TEST(test_locked),
	};
	return cmocka_run_group_tests_name("socket refused", tests, NULL, NULL);
}
