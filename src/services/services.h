/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The services that KubeVirt calls, as methods for the transport: Info and Callbacks of hook
 * sidecars, DomainHookService and NodeHookService of plugins, and gRPC's health check. All that
 * rewrites a domain comes together in define.c, which asks the core.
 */
#ifndef LAUNCHSEC_SERVICES_SERVICES_H
#define LAUNCHSEC_SERVICES_SERVICES_H

#include <stdint.h>

#include "launchsec/apply.h"
#include "log/log.h"
#include "metrics.h"
#include "transport/rpc.h"

/* Versions of the Callbacks service, a bit each. */
enum lsec_hook_version {
	LSEC_HOOK_V1ALPHA1 = 1,
	LSEC_HOOK_V1ALPHA2 = 2,
	LSEC_HOOK_V1ALPHA3 = 4,
};
#define LSEC_HOOK_VERSIONS 3
#define LSEC_HOOK_ALL_VERSIONS 7U

/* The name of the version with bit `i`: "v1alpha1", ... */
const char *lsec_hook_version_name(size_t i);

/* What the services work with; has to outlive the table made of it. */
struct lsec_services {
	const struct lsec_config *config;
	const struct lsec_host *host;
	const char *host_root; /* where a node's facts are looked for at each call; NULL: `host` has
	                          them */
	const char *name;      /* that Info reports */
	int32_t priority;      /* of OnDefineDomain, as Info reports it */
	unsigned versions;     /* mask of enum lsec_hook_version that Info reports */
	struct lsec_log *log;
	struct lsec_metrics *metrics; /* counted here; NULL: nowhere */
};

/* Fills a table for the transport, with its last row. */
void lsec_services_table(struct lsec_services *services,
                         struct lsec_rpc_service ret[LSEC_SERVICES + 1]);

/* The tables of methods; each method's context is a struct lsec_services. */
extern const struct lsec_rpc_method lsec_info_methods[];
extern const struct lsec_rpc_method lsec_callbacks_methods[];
extern const struct lsec_rpc_method lsec_plugin_methods[];
extern const struct lsec_rpc_method lsec_node_methods[];
extern const struct lsec_rpc_method lsec_health_methods[];

#endif
