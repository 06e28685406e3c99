/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a host as text, for output, records and messages. */
#ifndef LAUNCHSEC_CORE_HOST_H
#define LAUNCHSEC_CORE_HOST_H

#include "base/text.h"
#include "launchsec/host.h"

/* Directories the sandbox must let us read to gather facts; devices and sockets are only looked
 * for. */
#define LSEC_FACT_DIRECTORIES 3
extern const char *const lsec_fact_directories[LSEC_FACT_DIRECTORIES];

/* "yes", "no" or "unknown". */
const char *lsec_state_name(enum lsec_state state);

/* Sets a number, which is "no" where it is 0. */
void lsec_fact_set_number(struct lsec_fact *fact, unsigned number);

/* Sets a path. False, and nothing set, where it is not absolute, printable ASCII and short
 * enough. */
bool lsec_fact_set_path(struct lsec_fact *fact, const char *path);

/* Adds what was found: the number or path, else the state's name. */
void lsec_fact_say(struct lsec_buffer *ret, const struct lsec_host *host, size_t id);

/* Adds where it is found: "/sys/fs/cgroup/misc.capacity sev_es". */
void lsec_fact_say_source(struct lsec_buffer *ret, size_t id);

#endif
