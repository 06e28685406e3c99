/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where memory runs out, the process ends: one line on standard error, exit status 1. libxml2 would
 * continue, and 2.9 leaves out attribute values, namespaces, comments and CDATA: a VM could lose
 * the request for its protection that way.
 */
#ifndef LAUNCHSEC_MEMORY_H
#define LAUNCHSEC_MEMORY_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Gives libxml2 and GMP allocators that end the process, keeps libxml2 from writing to standard
 * error, and wipes what GMP's numbers held. To be called once in a process, before other threads
 * and before anything is made with these libraries. A process that has set allocators of its own
 * for them must not call this, and must handle failures and wiping itself.
 */
void lsec_memory_setup(void);

#ifdef __cplusplus
}
#endif

#endif
