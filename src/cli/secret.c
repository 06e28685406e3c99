/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: what is read of them stays in this process, and not for longer than needed. */
#include "secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "io.h"

/* A byte more than a key may have, so that its reader refuses what is longer. */
#define ROOM (LSEC_MAX_KEY + 1)

int lsec_keep_secrets(struct lsec_problems *problems)
{
	/* The limit is for dumps to files; those to a program (core_pattern) ignore it. */
	const struct rlimit none = {0, 0};
	if (prlimit(0, RLIMIT_CORE, &none, NULL) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return 0;
	return lsec_problem_failed(
		problems, "launchsec",
		"the system does not let it keep private keys out of core dumps: %s",
		strerror(errno));
}

/* Pages of their own. That they are neither dumped nor written to swap is best effort: the process
 * is not dumped at all, and the limit on locked memory may be 0. */
static char *new_pages(void)
{
	char *pages = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		lsec_out_of_memory();
	madvise(pages, ROOM, MADV_DONTDUMP);
	mlock(pages, ROOM);
	return pages;
}

int lsec_read_key(const char *option, const char *path, struct lsec_signing_key *ret,
                  struct lsec_problems *problems)
{
	const char *name = lsec_input_name(path);
	if (strchr(path, '\n') != NULL || strstr(path, "-----BEGIN") != NULL)
		return lsec_problem_add(
			problems, option,
			"must be a private key's file, not the key itself; write the file's name, or - for standard input");
	char *pages = new_pages();
	size_t len = 0;
	int status = lsec_read_into(path, (struct lsec_room){pages, ROOM}, &len, problems);
	if (status == 0)
		status = lsec_signing_key_read(pages, len, name, ret, problems);
	explicit_bzero(pages, ROOM);
	munmap(pages, ROOM);
	return status;
}
