/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up for good, once it has opened its sockets.
 *
 * Theory of operation. Four layers, each of which any user may set up without capabilities inside a
 * container: no new privileges (no program that it runs gains any), no capabilities (except the one
 * that root may need to remove its socket), Landlock (no files outside of those listed here, no
 * TCP, no signals or abstract sockets outside), and a filter of system calls. The filter has a
 * short list of allowed calls. Calls that neither launchsec nor a libc makes and that an intruder
 * begins with kill the process: running a program, creating a process, reading another process,
 * opening a file for writing, a socket of another family, a call of another architecture. All
 * others fail with EPERM: a later libc may try a call that is not listed, and falls back to
 * another. Replacing files, for --metrics-file, adds two calls: to create one that is new, and to
 * rename.
 *
 * Linux Documentation/userspace-api/landlock.rst, seccomp_filter.rst.
 */
#ifndef LAUNCHSEC_SANDBOX_SANDBOX_H
#define LAUNCHSEC_SANDBOX_SANDBOX_H

#include <fcntl.h>
#include <stdbool.h>

/*
 * What stays allowed. Lists end with NULL; NULL is an empty list. Missing paths are left out.
 * Landlock resolves a path now, and does not follow links out of it later. Without Landlock, any
 * file may be removed, and read if `readable` is not empty, and with `replaceable` also created and
 * renamed; but none that exists may be opened for writing.
 */
struct lsec_sandbox_needs {
	const char *const *removable; /* directories that files may be removed from */
	const char *const *readable;  /* files, and directories with all beneath them */
	/* Directories in which files may be created, with openat(LSEC_SANDBOX_CREATES), renamed
	 * with renameat(), and removed. */
	const char *const *replaceable;
};

/* How a file is created in a sandbox: it must not exist. Some C libraries add O_LARGEFILE. */
#define LSEC_SANDBOX_CREATES (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_LARGEFILE)

enum lsec_sandbox_layer {
	LSEC_LAYER_PRIVILEGES,
	LSEC_LAYER_CAPABILITIES,
	LSEC_LAYER_LANDLOCK,
	LSEC_LAYER_FILTER,
};
#define LSEC_LAYERS 4

/* What is in force. */
struct lsec_sandbox {
	int reasons[LSEC_LAYERS]; /* why a layer is not, an errno; 0: it is */
	int landlock;             /* version of its interface; 0: none */
};

/*
 * Whether this build can be confined: sanitizers and coverage tools open files and inspect the
 * process. Otherwise nothing here may be called.
 */
bool lsec_sandbox_built(void);

/*
 * Sets up every layer that the system permits, for this thread and all that it would start; the
 * process must have only one thread. Cannot be undone.
 */
void lsec_sandbox_enter(const struct lsec_sandbox_needs *needs, struct lsec_sandbox *ret);

#endif
