/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are read, and what is written to descriptors. */
#include <sys/wait.h>

#include "io_directory.h"

static void test_read(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	char *text = repeat('x', 200000);
	const char *path = in_directory("file");
	write_file(path, text);
	cleanup_buffer struct lsec_buffer whole = {0};
	assert_int_equal(lsec_read_file(path, 200000, &whole, &problems), 0);
	assert_int_equal(whole.len, 200000);
	assert_string_equal(whole.bytes, text);
	/* Too long: more than is allowed is there, but not without bound. */
	cleanup_buffer struct lsec_buffer some = {0};
	assert_int_equal(lsec_read_file(path, 1000, &some, &problems), 0);
	assert_true(some.len > 1000 && some.len < 200000);
	free(text);
	write_file(path, "");
	cleanup_buffer struct lsec_buffer empty = {0};
	assert_int_equal(lsec_read_file(path, 10, &empty, &problems), 0);
	assert_int_equal(empty.len, 0);
	expect_none(&problems);
	assert_int_equal(lsec_read_file(in_directory("none"), 10, &empty, &problems), -1);
	expect_failed(&problems, in_directory("none"), "cannot be opened: No such file");
	assert_int_equal(lsec_read_file(directory, 10, &empty, &problems), -1);
	expect_failed(&problems, directory, "is a directory; name a file");
}

static void test_read_standard_input(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	write_file(in_directory("file"), "from input");
	int saved = dup(STDIN_FILENO);
	int fd = open(in_directory("file"), O_RDONLY);
	assert_true(saved >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	int status = lsec_read_file("-", 100, &text, &problems);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(fd);
	assert_int_equal(status, 0);
	assert_string_equal(text.bytes, "from input");
}

/* Into the caller's memory, up to its end, and not behind it. */
static void test_read_into(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	char bytes[8] = "-------";
	size_t len = 7;
	const char *path = in_directory("file");
	write_file(path, "abc");
	assert_int_equal(lsec_read_into(path, (struct lsec_room){bytes, 5}, &len, &problems), 0);
	assert_int_equal(len, 3);
	assert_string_equal(bytes, "abc----");
	write_file(path, "abcdef");
	assert_int_equal(lsec_read_into(path, (struct lsec_room){bytes, 5}, &len, &problems), 0);
	assert_int_equal(len, 5);
	assert_string_equal(bytes, "abcde--");
	expect_none(&problems);
	assert_int_equal(lsec_read_into(directory, (struct lsec_room){bytes, 5}, &len, &problems),
	                 -1);
	expect_failed(&problems, directory, "is a directory; name a file");
	assert_int_equal(len, 0);
	path = in_directory("none");
	assert_int_equal(lsec_read_into(path, (struct lsec_room){bytes, 5}, &len, &problems), -1);
	expect_failed(&problems, path, "cannot be opened: No such file");
}

static void test_write_all(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_write_all(-1, "nowhere", "x", 1, &problems), -1);
	expect_failed(&problems, "nowhere", "cannot be written: Bad file descriptor");
	assert_int_equal(lsec_write_all(-1, "nowhere", NULL, 0, &problems), 0);
	/* More than a pipe holds, to a reader that takes it bit by bit. */
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		char *text = repeat('y', 300000);
		_exit(lsec_write_all(fds[1], "pipe", text, 300000, &problems) == 0 ? 0 : 1);
	}
	close(fds[1]);
	char bytes[777];
	size_t total = 0;
	ssize_t got;
	while ((got = read(fds[0], bytes, sizeof(bytes))) > 0)
		total += (size_t)got;
	close(fds[0]);
	int status = -1;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(total, 300000);
}

static void test_print_problems(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	for (unsigned i = 0; i <= LSEC_MAX_PROBLEMS; i++)
		lsec_problem_add(&problems, "place", "what %u", i);
	fflush(stderr);
	int saved = dup(STDERR_FILENO);
	int fd = open(in_directory("file"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	lsec_print_problems(&problems);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	char *text = read_whole(in_directory("file"), NULL);
	expect_contains(text, "launchsec: error: place: what 0\n");
	expect_contains(text, "launchsec: error: place: what 63\n");
	expect_lacks(text, "what 64");
	expect_contains(text, "1 more problem");
	free(text);
	lsec_problems_clear(&problems);
}

/* Only what is a file, and nothing is waited for. */
static void test_open(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_open_file file;
	char bytes[8];
	size_t count = 0;
	write_file(in_directory("file"), "text");
	assert_int_equal(lsec_open_file(in_directory("file"), &file, &problems), 0);
	assert_int_equal(file.size, 4);
	assert_int_equal(lsec_read_some(&file, bytes, sizeof(bytes), &count, &problems), 0);
	assert_int_equal(count, 4);
	assert_memory_equal(bytes, "text", 4);
	assert_int_equal(lsec_read_some(&file, bytes, sizeof(bytes), &count, &problems), 0);
	assert_int_equal(count, 0);
	lsec_close_file(&file);
	assert_int_equal(lsec_read_some(&file, bytes, sizeof(bytes), &count, &problems), -1);
	expect_failed(&problems, in_directory("file"), "cannot be read");
	assert_int_equal(mkfifo(in_directory("pipe"), 0600), 0);
	assert_int_equal(lsec_open_file(in_directory("pipe"), &file, &problems), -1);
	expect_failed(&problems, in_directory("pipe"), "is a pipe");
	assert_int_equal(lsec_open_file(directory, &file, &problems), -1);
	expect_failed(&problems, directory, "is a directory");
	assert_int_equal(lsec_open_file("/dev/null", &file, &problems), -1);
	expect_failed(&problems, "/dev/null", "is a device");
	assert_int_equal(lsec_open_file(in_directory("none"), &file, &problems), -1);
	expect_failed(&problems, in_directory("none"), "cannot be opened");
	assert_int_equal(lsec_open_file("-", &file, &problems), 0);
	assert_string_equal(file.name, "standard input");
	assert_int_equal(file.size, -1);
	lsec_close_file(&file);
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD) < 0, 0);
	remove(in_directory("pipe"));
	remove(in_directory("file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),           cmocka_unit_test(test_read_standard_input),
		cmocka_unit_test(test_read_into),      cmocka_unit_test(test_write_all),
		cmocka_unit_test(test_print_problems), cmocka_unit_test(test_open),
	};
	return cmocka_run_group_tests_name("io", tests, make_directory, remove_directory);
}
