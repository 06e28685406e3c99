/* SPDX-License-Identifier: Apache-2.0 */
/* A server asked whether it serves, for exec probes. */
#include "health.h"

#include "output.h"
#include "services/health_client.h"

enum lsec_exit lsec_run_health(const struct lsec_options *options, struct lsec_problems *problems)
{
	if (lsec_health_ask(options->socket, options->timeout, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	return LSEC_EXIT_DONE;
}
