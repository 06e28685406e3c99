/* SPDX-License-Identifier: Apache-2.0 */
/* Where the quote generation service of a TDX guest listens. */
#ifndef LAUNCHSEC_ANNOTATIONS_QGS_H
#define LAUNCHSEC_ANNOTATIONS_QGS_H

#include "base/json.h"

#include "value.h"

/*
 * Reads default, none, an absolute path, unix:PATH, vsock:CID:PORT or HOST:PORT into the word and
 * text of *value. Where it listens elsewhere than on a UNIX socket, the text stays as it was
 * written, and there is only one way to write each: numbers are decimal without leading zeros.
 */
int lsec_qgs_parse(const char *place, const char *text, struct lsec_value *value,
                   struct lsec_problems *problems);

/* Whether it listens where libvirt's <quoteGenerationService> cannot reach it. */
bool lsec_qgs_elsewhere(const struct lsec_value *value);

/* The address of such a service as QEMU's SocketAddress (QEMU qapi/sockets.json). */
struct json_object *lsec_qgs_address(const struct lsec_value *value);

#endif
