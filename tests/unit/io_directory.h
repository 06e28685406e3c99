/* SPDX-License-Identifier: Apache-2.0 */
/* A directory for a test of its own, and what is in its files. */
#ifndef LAUNCHSEC_TESTS_IO_DIRECTORY_H
#define LAUNCHSEC_TESTS_IO_DIRECTORY_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io.h"

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

static void expect_failed(struct lsec_problems *problems, const char *place, const char *what)
{
	assert_true(problems->failed);
	assert_int_equal(problems->count, 1);
	assert_string_equal(problems->items[0].place, place);
	assert_non_null(strstr(problems->items[0].what, what));
	lsec_problems_clear(problems);
}

#endif
