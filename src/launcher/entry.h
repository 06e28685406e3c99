/* SPDX-License-Identifier: Apache-2.0 */
/* What a layer has in it. */
#ifndef LAUNCHSEC_LAUNCHER_ENTRY_H
#define LAUNCHSEC_LAUNCHER_ENTRY_H

#include <stddef.h>
#include <stdint.h>

enum lsec_entry_kind {
	LSEC_ENTRY_DIRECTORY,
	LSEC_ENTRY_FILE,
	LSEC_ENTRY_SYMLINK,
	LSEC_ENTRY_HARDLINK,
	LSEC_ENTRY_OTHER, /* a device, a pipe, a socket */
};

/* An entry of a layer, as it is in the archive. */
struct lsec_entry {
	enum lsec_entry_kind kind;
	const char *path;
	const char *target; /* of a link */
	/* Of a file that is kept: its bytes, which are copied. NULL: only that it is there. */
	const uint8_t *bytes;
	size_t size;
};

#endif
