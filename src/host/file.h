/* SPDX-License-Identifier: Apache-2.0 */
/* Files that facts are read from. */
#ifndef LAUNCHSEC_HOST_FILE_H
#define LAUNCHSEC_HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launchsec/limits.h"

/* Joins a path under `root`, and a name in it or "". False: too long. */
bool lsec_host_path(char ret[LSEC_MAX_PATH + 1], const char *root, const char *path,
                    const char *name);

/* Reads a whole file of less than `room` bytes and adds a NUL, for which there must be room. -1
 * where it cannot be read or is longer. */
ssize_t lsec_host_read(const char *path, char *ret, size_t room);

#endif
