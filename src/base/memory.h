/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCHSEC_BASE_MEMORY_H
#define LAUNCHSEC_BASE_MEMORY_H

#include "launchsec/memory.h"

/* Remembers that an allocation failed in this thread. */
void lsec_memory_note_failure(void);

#endif
