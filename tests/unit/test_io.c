/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/launchsec-test.XXXXXX");
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static const char *in_directory(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static size_t count_files(void)
{
	DIR *dir = opendir(directory);
	assert_non_null(dir);
	size_t count = 0;
	for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static int remove_directory(void **state)
{
	(void)state;
	static const char *const names[] = {"file", "link", "target", "pipe", "dir"};
	for (size_t i = 0; i < COUNT(names); i++)
		remove(in_directory(names[i]));
	return rmdir(directory);
}

static void write_file(const char *path, const char *text)
{
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_replace_file(path, text, strlen(text), &problems), 0);
	expect_none(&problems);
}

static void expect_file(const char *path, const char *wanted)
{
	char *text = read_whole(path, NULL);
	assert_string_equal(text == NULL ? "" : text, wanted);
	free(text);
}

static void expect_failed(struct lsec_problems *problems, const char *place, const char *what)
{
	assert_true(problems->failed);
	assert_int_equal(problems->count, 1);
	assert_string_equal(problems->items[0].place, place);
	assert_non_null(strstr(problems->items[0].what, what));
	lsec_problems_clear(problems);
}

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

static void test_replace(void **state)
{
	(void)state;
	struct stat file;
	const char *path = in_directory("file");
	umask(027);
	unlink(path);
	write_file(path, "one");
	expect_file(path, "one");
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0640);
	/* The permissions stay, the file is another. */
	assert_int_equal(chmod(path, 0604), 0);
	ino_t inode = file.st_ino;
	int fd = open(path, O_RDONLY);
	write_file(path, "two");
	expect_file(path, "two");
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0604);
	assert_true(file.st_ino != inode);
	/* Whoever reads the old one reads it to its end. */
	char bytes[4] = "";
	assert_int_equal(read(fd, bytes, 3), 3);
	assert_string_equal(bytes, "one");
	close(fd);
	umask(022);
	assert_int_equal(count_files(), 1);
}

/* Where it fails, the old file stays and nothing is left beside it. */
static void test_replace_fails(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_replace_file("/proc/self/launchsec", "x", 1, &problems), -1);
	expect_failed(&problems, "/proc/self/launchsec", "cannot be created");
	assert_int_equal(lsec_replace_file(in_directory("none/file"), "x", 1, &problems), -1);
	expect_failed(&problems, in_directory("none/file"), "cannot be created");
	/* A directory cannot be written to or replaced. */
	assert_int_equal(mkdir(in_directory("dir"), 0700), 0);
	size_t before = count_files();
	assert_int_equal(lsec_replace_file(in_directory("dir"), "x", 1, &problems), -1);
	expect_failed(&problems, in_directory("dir"), "is a directory; name a file");
	assert_int_equal(count_files(), before);
	if (geteuid() == 0)
		return; /* Permissions do not stop root. */
	write_file(in_directory("file"), "old");
	before = count_files();
	assert_int_equal(chmod(directory, 0500), 0);
	int status = lsec_replace_file(in_directory("file"), "new", 3, &problems);
	assert_int_equal(chmod(directory, 0700), 0);
	assert_int_equal(status, -1);
	expect_failed(&problems, in_directory("file"), "cannot be created: Permission denied");
	expect_file(in_directory("file"), "old");
	assert_int_equal(count_files(), before);
}

static int limited_replace(const char *path, const char *bytes, size_t len,
                           struct lsec_problems *problems)
{
	struct rlimit old;
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = (struct rlimit){4096, old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int status = lsec_replace_file(path, bytes, len, problems);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	return status;
}

/* The file size limit stands for a full disk: the write fails half-way. */
static void test_disk_full(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	const char *path = in_directory("file");
	write_file(path, "old");
	size_t before = count_files();
	char *text = repeat('x', 100000);
	fflush(NULL);
	int status = limited_replace(path, text, 100000, &problems);
	assert_int_equal(status, -1);
	expect_failed(&problems, path, "cannot be written: File too large");
	expect_file(path, "old");
	assert_int_equal(count_files(), before);
	free(text);
}

static void test_devices(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct stat file;
	assert_int_equal(lsec_replace_file("/dev/full", "x", 1, &problems), -1);
	expect_failed(&problems, "/dev/full", "cannot be written: No space left on device");
	assert_int_equal(lsec_replace_file("/dev/null", "x", 1, &problems), 0);
	assert_int_equal(stat("/dev/null", &file), 0);
	assert_true(S_ISCHR(file.st_mode));
	/* A pipe is written through. */
	char path[128];
	char bytes[8] = "";
	snprintf(path, sizeof(path), "%s/pipe", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(lsec_replace_file(path, "piped", 5, &problems), 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 5);
	assert_string_equal(bytes, "piped");
	close(fd);
	assert_int_equal(unlink(path), 0);
	expect_none(&problems);
}

/* A link keeps leading where it did: -o /dev/stdout must not replace that. */
static void test_links(void **state)
{
	(void)state;
	char link_path[128];
	char target[128];
	struct stat file;
	snprintf(link_path, sizeof(link_path), "%s/link", directory);
	snprintf(target, sizeof(target), "%s/target", directory);
	write_file(target, "old");
	unlink(link_path);
	assert_int_equal(symlink(target, link_path), 0);
	write_file(link_path, "new");
	assert_int_equal(lstat(link_path, &file), 0);
	assert_true(S_ISLNK(file.st_mode));
	expect_file(target, "new");
}

/* "… -o /dev/stdout >> log": what is in the log stays, and what comes behind gets there. */
static void test_open_elsewhere(void **state)
{
	(void)state;
	static const int streams[] = {STDOUT_FILENO, STDERR_FILENO};
	const char *path = in_directory("file");
	for (size_t i = 0; i < COUNT(streams); i++) {
		struct lsec_problems problems = {0};
		fflush(NULL);
		int kept = dup(streams[i]);
		int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
		assert_true(kept >= 0 && file >= 0);
		bool good = write(file, "before ", 7) == 7 && dup2(file, streams[i]) >= 0 &&
		            lsec_replace_file(path, "result", 6, &problems) == 0 &&
		            write(file, " behind", 7) == 7;
		dup2(kept, streams[i]);
		close(kept);
		close(file);
		assert_true(good);
		expect_file(path, "before result behind");
		expect_none(&problems);
	}
}

/* Only read from, it is a file like any. */
static void test_open_for_reading(void **state)
{
	(void)state;
	const char *path = in_directory("file");
	struct lsec_problems problems = {0};
	write_file(path, "old");
	fflush(NULL);
	int kept = dup(STDOUT_FILENO);
	int file = open(path, O_RDONLY);
	assert_true(kept >= 0 && file >= 0);
	bool good =
		dup2(file, STDOUT_FILENO) >= 0 && lsec_replace_file(path, "new", 3, &problems) == 0;
	dup2(kept, STDOUT_FILENO);
	close(kept);
	close(file);
	assert_true(good);
	expect_file(path, "new");
	expect_none(&problems);
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
		cmocka_unit_test(test_replace),        cmocka_unit_test(test_replace_fails),
		cmocka_unit_test(test_disk_full),      cmocka_unit_test(test_devices),
		cmocka_unit_test(test_links),          cmocka_unit_test(test_write_all),
		cmocka_unit_test(test_open_elsewhere), cmocka_unit_test(test_open_for_reading),
		cmocka_unit_test(test_print_problems), cmocka_unit_test(test_open),
		cmocka_unit_test(test_read_into),
	};
	return cmocka_run_group_tests_name("io", tests, make_directory, remove_directory);
}
