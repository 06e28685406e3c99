/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks gzip within a limit. */
#ifndef LAUNCHSEC_BASE_GUNZIP_H
#define LAUNCHSEC_BASE_GUNZIP_H

#include "text.h"

/* Whether bytes begin as gzip does (RFC 1952 2.3.1). */
bool lsec_is_gzip(const char *bytes, size_t len);

/*
 * Unpacks one member of gzip, the whole of `len` bytes, into at most `longest` bytes; what unpacks
 * to more is refused before it costs more. `place` names it in problems.
 */
int lsec_gunzip(const char *place, struct lsec_span packed, size_t longest, struct lsec_buffer *ret,
                struct lsec_problems *problems);

#endif
