/* SPDX-License-Identifier: Apache-2.0 */
/* The table of services. */
#include "services.h"

void lsec_services_table(struct lsec_services *services,
                         struct lsec_rpc_service ret[LSEC_SERVICES + 1])
{
	static const struct lsec_rpc_method *const tables[LSEC_SERVICES + 1] = {
		lsec_info_methods, lsec_callbacks_methods, lsec_plugin_methods,
		lsec_node_methods, lsec_health_methods,    NULL,
	};
	struct lsec_metrics *metrics = services == NULL ? NULL : services->metrics;
	for (size_t i = 0; i <= LSEC_SERVICES; i++)
		ret[i] = (struct lsec_rpc_service){
			tables[i],
			services,
			metrics == NULL ? NULL : metrics->calls[i],
		};
}
