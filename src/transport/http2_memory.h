/* SPDX-License-Identifier: Apache-2.0 */
/* The allocators that sessions of nghttp2 are given: they never fail. */
#ifndef LAUNCHSEC_TRANSPORT_HTTP2_MEMORY_H
#define LAUNCHSEC_TRANSPORT_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>

/* Lives as long as the process; nghttp2 takes it without const, and only reads it. */
nghttp2_mem *lsec_http2_memory(void);

#endif
