/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are replaced, and what is written through. */
#include <signal.h>
#include <sys/resource.h>

#include "io_directory.h"

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

static void expect_file(const char *path, const char *wanted)
{
	char *text = read_whole(path, NULL);
	assert_string_equal(text == NULL ? "" : text, wanted);
	free(text);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_replace_fails),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_open_elsewhere),
		cmocka_unit_test(test_open_for_reading),
	};
	return cmocka_run_group_tests_name("io_replace", tests, make_directory, remove_directory);
}
