/* SPDX-License-Identifier: Apache-2.0 */
/* What the server and the client give to nghttp2. */
#ifndef LAUNCHSEC_TRANSPORT_HTTP2_H
#define LAUNCHSEC_TRANSPORT_HTTP2_H

#include <nghttp2/nghttp2.h>

/* Allocators that never fail. They live as long as the process; nghttp2 takes them without const,
 * and only reads them. */
nghttp2_mem *lsec_http2_memory(void);

/* A header field; both texts are borrowed until it is submitted. */
nghttp2_nv lsec_http2_field(const char *name, const char *value);

#endif
