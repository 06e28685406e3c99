/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC's health check (grpc doc/health-checking.md), as a client. */
#ifndef LAUNCHSEC_SERVICES_HEALTH_CLIENT_H
#define LAUNCHSEC_SERVICES_HEALTH_CLIENT_H

#include <stdint.h>

#include "launchsec/problems.h"

/*
 * Asks the server on the UNIX socket at path `socket` whether it serves, as a whole; it has
 * `timeout` seconds. Returns 0 if it does. The problem states why not, as of lsec_client_call().
 */
int lsec_health_ask(const char *socket, int32_t timeout, struct lsec_problems *problems);

#endif
