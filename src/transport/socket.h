/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIX sockets to listen on. A socket has a name from bind() on, but accepts connections only from
 * listen() on; KubeVirt may look into its directory at any time and uses every file there as a
 * sidecar's socket. So a socket is made in a directory of its own, beside the target (inside, where
 * the target is a mount: KubeVirt skips directories), and gets its name there when it listens.
 */
#ifndef LAUNCHSEC_TRANSPORT_SOCKET_H
#define LAUNCHSEC_TRANSPORT_SOCKET_H

#include <sys/types.h>

#include "launchsec/problems.h"

struct lsec_socket {
	int fd;
	char *path;
	dev_t device; /* of the file, so that no other is removed */
	ino_t inode;
};

#define LSEC_SOCKET_INIT                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/*
 * Listens on `path`, at most LSEC_MAX_SOCKET_PATH bytes. Replaces a stale socket of this user (of a
 * killed process); anything else of that name is a problem. Everyone who reaches the directory may
 * connect. The descriptor is non-blocking and closed at exec.
 */
int lsec_socket_open(const char *path, struct lsec_socket *ret, struct lsec_problems *problems);

/*
 * Connects to the socket at `path`; waits for nothing. The descriptor is non-blocking and closed at
 * exec; the caller closes it. A path that no UNIX socket can have is a problem of usage; all else
 * has failed.
 */
int lsec_socket_connect(const char *path, int *ret, struct lsec_problems *problems);

/* The directory that a path names a file in, to be freed. */
char *lsec_socket_directory(const char *path);

/* Stops listening, and removes the file if it is still the one that was made. NULL is fine, and
 * so is a socket that was never opened. */
void lsec_socket_close(struct lsec_socket *socket);

#endif
