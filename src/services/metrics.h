/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of a server, for Prometheus: calls by method and status, which the transport counts, and
 * requests with a VM by their outcome, which verdict.c counts. Label values are from tables of the
 * program, never from a request, so their number is fixed.
 */
#ifndef LAUNCHSEC_SERVICES_METRICS_H
#define LAUNCHSEC_SERVICES_METRICS_H

#include "launchsec/keys.h"
#include "transport/rpc.h"

/* Why a VM is refused, by who has to act: its owner, the node's administrator, launchsec's
 * developers. */
enum lsec_refusal { LSEC_REFUSAL_VM, LSEC_REFUSAL_HOST, LSEC_REFUSAL_INTERNAL };
#define LSEC_REFUSALS 3

#define LSEC_SERVICES 5        /* of services.h */
#define LSEC_MOST_METHODS 6    /* of a service */
#define LSEC_DURATION_BOUNDS 4 /* of the histogram, without the infinite one */

struct lsec_metrics {
	int64_t start; /* when the server started, in seconds since 1970 */
	struct lsec_rpc_count calls[LSEC_SERVICES + 1][LSEC_MOST_METHODS];
	/* Requests with a VM. */
	uint64_t accepted[LSEC_TEES + 1]; /* by enum lsec_tee */
	uint64_t refused[LSEC_REFUSALS];
	uint64_t within[LSEC_DURATION_BOUNDS]; /* that took so long at most */
	double seconds;                        /* that all of them took */
};

/* Adds the time that one request took, in seconds. */
void lsec_metrics_time(struct lsec_metrics *metrics, double seconds);

/*
 * Appends all counters in Prometheus' text format (exposition format 0.0.4). `table` is that of
 * lsec_services_table() for the same counters.
 */
void lsec_metrics_write(struct lsec_buffer *ret, const struct lsec_metrics *metrics,
                        const struct lsec_rpc_service *table);

#endif
