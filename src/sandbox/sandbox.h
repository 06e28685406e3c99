/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up for good, once it has opened what it serves on.
 *
 * Theory of operation. Four layers, each of which any user may put up, with no capability, inside a
 * container: no new privileges (nothing that it could run gains any), no capabilities (but the one
 * that root may need to remove its socket), Landlock (no file beneath what is named here can be
 * touched, no TCP, no signals or abstract sockets outside), and a filter of system calls. The
 * filter has a short list of what is allowed. What no code of ours or of a libc ever asks for and
 * an intruder begins with kills the process: running a program, making a process, looking into
 * another, opening a file for writing, a socket of another family, a call of another architecture.
 * All else fails with EPERM: a libc of tomorrow may try a call that is not listed, and takes
 * another way.
 *
 * Linux Documentation/userspace-api/landlock.rst, seccomp_filter.rst.
 */
#ifndef LAUNCHSEC_SANDBOX_SANDBOX_H
#define LAUNCHSEC_SANDBOX_SANDBOX_H

#include <stdbool.h>

/*
 * What stays possible. Lists end with NULL; NULL is an empty list. What does not exist by now is
 * left out. Landlock goes by where a path leads now, and does not follow links out of it later.
 * Without Landlock, any file may be removed, and read where `readable` is not empty.
 */
struct lsec_sandbox_needs {
	const char *const *removable; /* directories that files may be removed from */
	const char *const *readable;  /* files, and directories with all beneath them */
};

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
 * Whether this build can be shut in: sanitizers, and what counts coverage, open files and look into
 * the process as they like. Else nothing here is to be called.
 */
bool lsec_sandbox_built(void);

/*
 * Puts up every layer that the system permits, for this thread and all that it would start; the
 * process is to have one thread only. Cannot be undone.
 */
void lsec_sandbox_enter(const struct lsec_sandbox_needs *needs, struct lsec_sandbox *ret);

#endif
