/* SPDX-License-Identifier: Apache-2.0 */
/* How much of messages and answers may be in memory; for the server's own files. */
#ifndef LAUNCHSEC_TRANSPORT_FLOW_H
#define LAUNCHSEC_TRANSPORT_FLOW_H

#include "connection.h"

/* Once a turn: ends calls beyond the limit, and lets others continue. Returns the bytes of all
 * messages and answers then. */
size_t lsec_flow_turn(struct lsec_connections *all);

#endif
