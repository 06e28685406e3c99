/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where memory runs out, the process ends: one line on standard error, exit status 1. libxml2 would
 * go on instead, and 2.9 leaves out attribute values, namespaces, comments and CDATA: a VM could
 * lose what asks for its protection that way.
 */
#ifndef LAUNCHSEC_MEMORY_H
#define LAUNCHSEC_MEMORY_H

/*
 * Gives libxml2 allocators that end the process, and keeps it from writing to standard error. To be
 * called once in a process, before other threads and before anything is made with libxml2. A
 * process that has set allocators of its own for it must not call this, and has to see to failures
 * itself.
 */
void lsec_memory_setup(void);

#endif
