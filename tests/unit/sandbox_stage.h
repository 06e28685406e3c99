/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, and attempts at them in a sandbox: each in a child of its own. Where this kernel has no
 * Landlock, files are expected to be what the filter alone makes of them; and what Landlock alone
 * makes of them on an architecture without a filter.
 */
#ifndef LAUNCHSEC_TESTS_SANDBOX_STAGE_H
#define LAUNCHSEC_TESTS_SANDBOX_STAGE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/parts.h"
#include "support.h"

/*
 * The directory that all of it happens in:
 *
 *   sockets/s   a socket that is served       sockets/empty/
 *   kept/file                                 kept/link -> ../other/file
 *   other/file                                alone
 *   metrics/file
 */
static char base[64];
static int listener = -1;
static int landlock; /* version; 0: none */

static const char *in(const char *name)
{
	static char paths[4][128];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static void make_file(const char *name)
{
	FILE *file = fopen(in(name), "we");
	assert_non_null(file);
	fputs("text", file);
	fclose(file);
}

static struct sockaddr_un address(void)
{
	struct sockaddr_un ret = {.sun_family = AF_UNIX};
	snprintf(ret.sun_path, sizeof(ret.sun_path), "%s/sockets/s", base);
	return ret;
}

static int make_files(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/launchsec-test.XXXXXX");
	assert_non_null(mkdtemp(base));
	static const char *const directories[] = {"sockets", "sockets/empty", "kept", "other",
	                                          "metrics"};
	for (size_t i = 0; i < COUNT(directories); i++)
		assert_int_equal(mkdir(in(directories[i]), 0700), 0);
	make_file("kept/file");
	make_file("other/file");
	make_file("alone");
	make_file("metrics/file");
	assert_int_equal(symlink("../other/file", in("kept/link")), 0);
	const struct sockaddr_un to = address();
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(listener, 8), 0);
	landlock = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LSEC_LANDLOCK_VERSION);
	if (landlock < 1) {
		print_message("this kernel has no Landlock (%s): tested without it\n",
		              strerror(errno));
		landlock = 0;
	}
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	static const char *const files[] = {
		"sockets/s", "sockets/gone", "kept/file",    "kept/link",   "other/file",
		"other/new", "alone",        "metrics/file", "metrics/new",
	};
	static const char *const directories[] = {"sockets/empty", "sockets", "kept",
	                                          "other",         "metrics", "."};
	close(listener);
	for (size_t i = 0; i < COUNT(files); i++)
		unlink(in(files[i]));
	for (size_t i = 0; i + 1 < COUNT(directories); i++)
		rmdir(in(directories[i]));
	return rmdir(base);
}

/* Attempts: each returns what the system call does. They run in a child, which may not look at
 * anything else. */
#define ATTEMPT(name, call)                                                                        \
	static long name(void)                                                                     \
	{                                                                                          \
		return call;                                                                       \
	}

static long read_path(const char *name)
{
	char byte;
	int fd = open(in(name), O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, &byte, 1);
}

enum { KILLED = -SIGSYS, ABORTED = -SIGABRT };

/* What an attempt comes to: 0, its errno, or the signal that it died of, negative. */
static int outcome_of(long (*attempt)(void), const struct lsec_sandbox_needs *needs)
{
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct lsec_sandbox sandbox;
		prctl(PR_SET_DUMPABLE, 0); /* no core files */
		lsec_sandbox_enter(needs, &sandbox);
		errno = 0;
		syscall(SYS_exit_group, attempt() < 0 ? errno : 0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Tries something in a sandbox with `needs`, which `what` names, in files as they were made. */
static void check(const char *name, long (*attempt)(void), const char *what,
                  const struct lsec_sandbox_needs *needs, int expected)
{
	make_file("sockets/gone");
	make_file("other/file");
	make_file("metrics/file");
	unlink(in("metrics/new"));
	unlink(in("other/new"));
	int found = outcome_of(attempt, needs);
	if (found != expected)
		fail_msg("%s, with %s: found %d; want %d", name, what, found, expected);
}

#endif
