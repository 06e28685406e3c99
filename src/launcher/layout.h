/* SPDX-License-Identifier: Apache-2.0 */
/* Which layers an image has: by OCI's index and manifest, or by Docker's manifest.json. */
#ifndef LAUNCHSEC_LAUNCHER_LAYOUT_H
#define LAUNCHSEC_LAUNCHER_LAYOUT_H

#include "store.h"

struct lsec_layer {
	char *file;   /* in the store */
	char *sha256; /* that it must have; NULL: nothing says */
};

/* From the lowest on. */
struct lsec_layers {
	struct lsec_layer *of;
	size_t count, room;
};

/* Finds the layers of the one image for linux/amd64 in a store. *ret is for lsec_layers_clear() in
 * any case. */
int lsec_layers_find(struct lsec_store *store, struct lsec_layers *ret,
                     struct lsec_problems *problems);
void lsec_layers_clear(struct lsec_layers *layers);

#endif
