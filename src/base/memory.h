/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCHSEC_BASE_MEMORY_H
#define LAUNCHSEC_BASE_MEMORY_H

#include <jansson.h>
#include <stddef.h>

#include "launchsec/memory.h"

/* json_loadb() that refuses repeated keys. All numbers are reals, since integers may be larger
 * than jansson's; texts may hold NULs. NULL also when memory ran out, which
 * lsec_memory_ran_out() tells. */
json_t *lsec_json_load(const char *bytes, size_t len, json_error_t *error);

#endif
