/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: which files stay within reach. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "parts.h"

/* All that a version can forbid: rights to files, TCP, and what leaves the sandbox. Versions
 * that are not known here can forbid what those before them can. */
static struct lsec_landlock_ruleset everything(long version)
{
	struct lsec_landlock_ruleset ruleset = {.files = 0x1fff};
	if (version >= 2)
		ruleset.files |= 1U << 13; /* linking and renaming across directories */
	if (version >= 3)
		ruleset.files |= 1U << 14; /* truncating */
	if (version >= 4)
		ruleset.net = 0x3; /* binding and connecting TCP sockets */
	if (version >= 5)
		ruleset.files |= 1U << 15; /* ioctl on devices */
	if (version >= 6)
		ruleset.scoped = 0x3; /* abstract UNIX sockets, signals */
	return ruleset;
}

/* The kernel rejects rights to directories on files. A missing path needs no rule, and what cannot
 * be opened cannot be read either. */
static int allow(int ruleset, const char *path, uint64_t rights)
{
	struct stat found;
	struct lsec_landlock_path rule = {rights, open(path, O_PATH | O_CLOEXEC)};
	if (rule.parent < 0)
		return errno == ENOENT || (rights & LSEC_LANDLOCK_REMOVE_FILE) == 0 ? 0 : errno;
	if (fstat(rule.parent, &found) == 0 && !S_ISDIR(found.st_mode))
		rule.allowed &= LSEC_LANDLOCK_READ_FILE;
	long status = syscall(SYS_landlock_add_rule, ruleset, LSEC_LANDLOCK_PATH_BENEATH, &rule, 0);
	int reason = errno;
	close(rule.parent);
	return status < 0 ? reason : 0;
}

static int allow_all(int ruleset, const char *const *paths, uint64_t rights)
{
	int reason = 0;
	for (; reason == 0 && paths != NULL && *paths != NULL; paths++)
		reason = allow(ruleset, *paths, rights);
	return reason;
}

int lsec_landlock_enter(const struct lsec_sandbox_needs *needs, int *ret_version)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LSEC_LANDLOCK_VERSION);
	if (version < 1)
		return errno;
	const struct lsec_landlock_ruleset forbidden = everything(version);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &forbidden, sizeof(forbidden), 0);
	if (ruleset < 0)
		return errno;
	int reason = allow_all(ruleset, needs->removable, LSEC_LANDLOCK_REMOVE_FILE);
	if (reason == 0)
		reason = allow_all(ruleset, needs->readable,
		                   LSEC_LANDLOCK_READ_FILE | LSEC_LANDLOCK_READ_DIR);
	if (reason == 0)
		reason = allow_all(ruleset, needs->replaceable,
		                   LSEC_LANDLOCK_MAKE_FILE | LSEC_LANDLOCK_WRITE_FILE |
		                           LSEC_LANDLOCK_REMOVE_FILE);
	/* If a needed right cannot be granted, skip this layer. */
	if (reason == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		reason = errno;
	close(ruleset);
	if (reason == 0)
		*ret_version = (int)version;
	return reason;
}
