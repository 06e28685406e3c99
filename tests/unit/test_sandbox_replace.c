/* SPDX-License-Identifier: Apache-2.0 */
/* What a process in the sandbox can do with a directory in which it may replace files. */
#include "sandbox_stage.h"

static long create(const char *name, int flags)
{
	return openat(AT_FDCWD, in(name), flags, 0600);
}

ATTEMPT(create_new, create("metrics/new", LSEC_SANDBOX_CREATES))
ATTEMPT(create_old, create("metrics/file", LSEC_SANDBOX_CREATES))
ATTEMPT(create_elsewhere, create("other/new", LSEC_SANDBOX_CREATES))
ATTEMPT(create_or_open, create("metrics/new", LSEC_SANDBOX_CREATES & ~O_EXCL))
ATTEMPT(create_to_read, create("metrics/new", LSEC_SANDBOX_CREATES | O_RDWR))
ATTEMPT(open_old, create("metrics/file", O_WRONLY | O_CLOEXEC))
ATTEMPT(truncate_old, create("metrics/file", O_WRONLY | O_TRUNC | O_CLOEXEC))
ATTEMPT(read_old, read_path("metrics/file"))

static long replace_file(void)
{
	int fd = openat(AT_FDCWD, in("metrics/new"), LSEC_SANDBOX_CREATES, 0600);
	if (fd < 0 || write(fd, "new", 3) != 3 || close(fd) < 0)
		return -1;
	return renameat(AT_FDCWD, in("metrics/new"), AT_FDCWD, in("metrics/file"));
}

static long move(const char *from, const char *to)
{
	long status = renameat(AT_FDCWD, in(from), AT_FDCWD, in(to));
	errno = errno == EXDEV ? EACCES : errno; /* Landlock says either */
	return status;
}

ATTEMPT(move_out, move("metrics/file", "other/new"))
ATTEMPT(move_in, move("other/file", "metrics/file"))
ATTEMPT(move_elsewhere, move("other/file", "other/new"))

/* With a directory of files to replace: with Landlock, and without. */
static const struct {
	const char *name;
	long (*attempt)(void);
	int with, without;
} replacing[] = {
	{"create a file", create_new, 0, 0},
	{"replace a file", replace_file, 0, 0},
	{"create a file that exists", create_old, EEXIST, EEXIST},
	{"create or open", create_or_open, KILLED, KILLED},
	{"create to read", create_to_read, KILLED, KILLED},
	{"open a file that exists", open_old, KILLED, KILLED},
	{"truncate a file that exists", truncate_old, KILLED, KILLED},
	{"read a file that exists", read_old, EPERM, EPERM},
	{"create elsewhere", create_elsewhere, EACCES, 0},
	{"move out", move_out, EACCES, 0},
	{"move in", move_in, EACCES, 0},
	{"move elsewhere", move_elsewhere, EACCES, 0},
};

static void test_replacing(void **state)
{
	(void)state;
	char metrics[128];
	snprintf(metrics, sizeof(metrics), "%s/metrics", base);
	const char *const replaceable[] = {metrics, NULL};
	const struct lsec_sandbox_needs writer = {NULL, NULL, replaceable};
	const struct lsec_sandbox_needs plain = {0};
	for (size_t i = 0; i < COUNT(replacing); i++) {
		if (LSEC_ARCHITECTURE == 0 && replacing[i].with != 0 && replacing[i].with != EACCES)
			continue; /* a filter's */
		check(replacing[i].name, replacing[i].attempt, "a file to replace", &writer,
		      landlock > 0 ? replacing[i].with : replacing[i].without);
		if (LSEC_ARCHITECTURE == 0) {
			check(replacing[i].name, replacing[i].attempt, "nothing", &plain, EACCES);
			continue;
		}
		int found = outcome_of(replacing[i].attempt, &plain);
		assert_true(found == KILLED || found == EPERM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_replacing)};
	return cmocka_run_group_tests_name("sandbox_replace", tests, make_files, remove_files);
}
