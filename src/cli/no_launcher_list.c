/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for launcher_list.c where there is nothing to list. */
#include "launcher/launcher.h"
#include "launcher_list.h"

enum lsec_exit lsec_list_launcher(const struct lsec_options *options,
                                  struct lsec_problems *problems)
{
	struct lsec_launcher *launcher = NULL;
	lsec_launcher_open(options->launcher, NULL, &launcher, problems);
	return LSEC_EXIT_FAILED;
}
