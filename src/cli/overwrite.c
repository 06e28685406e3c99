/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a command reads, by the table of options, and which it writes. */
#include "overwrite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "expect.h"
#include "launchsec/config.h"

static bool is_file(const char *path, struct stat *ret)
{
	return path != NULL && strcmp(path, "-") != 0 && stat(path, ret) == 0 &&
	       S_ISREG(ret->st_mode);
}

static bool is_read(const char *path, const struct stat *written)
{
	struct stat found;
	return is_file(path, &found) && found.st_dev == written->st_dev &&
	       found.st_ino == written->st_ino;
}

/* What is read where an option is not given: sources.c. */
static const char *path_without(const struct lsec_option *option)
{
	const char *path = NULL;
	if (strcmp(option->name, "config") == 0) {
		path = getenv("LAUNCHSEC_CONFIG");
		return path == NULL || path[0] == '\0' ? LSEC_CONFIG_FILE : path;
	}
	return strcmp(option->name, "host") == 0 ? getenv("LAUNCHSEC_HOST") : NULL;
}

static bool reads(const struct lsec_option *option, const struct lsec_options *given,
                  const struct stat *written)
{
	const void *field = (const char *)given + option->offset;
	if (option->kind == LSEC_OPTION_TEXT) {
		const char *path = *(const char *const *)field;
		return is_read(path == NULL ? path_without(option) : path, written);
	}
	const struct lsec_texts *paths = field;
	for (size_t i = 0; i < paths->count; i++)
		if (is_read(paths->of[i], written))
			return true;
	return false;
}

static int check(const struct lsec_options *given, const char *path, struct lsec_problems *problems)
{
	struct stat written;
	int status = 0;
	if (!is_file(path, &written))
		return 0;
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if ((option->commands & (unsigned)given->command) != 0 &&
		    (option->kind == LSEC_OPTION_TEXT || option->kind == LSEC_OPTION_TEXTS) &&
		    lsec_equal(option->complete, "file") && strcmp(option->name, "output") != 0 &&
		    reads(option, given, &written))
			status = lsec_problem_add(
				problems, "--output",
				"would overwrite the file of --%s; name another one", option->name);
	return status;
}

int lsec_refuse_overwriting(const struct lsec_options *given, struct lsec_problems *problems)
{
	int status = 0;
	if (given->output == NULL)
		return 0;
	if (given->command != LSEC_COMMAND_EXPECT)
		return check(given, given->output, problems);
	for (size_t i = 0; lsec_expect_file(i) != NULL; i++) {
		cleanup_free char *path = lsec_format("%s/%s", given->output, lsec_expect_file(i));
		status |= check(given, path, problems);
	}
	return status;
}
