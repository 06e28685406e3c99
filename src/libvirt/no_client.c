/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for client.c, virt.c and check.c where the program is built without libvirt's headers.
 */
#include "check.h"
#include "client.h"
#include "virt.h"

const bool lsec_virt_built_in = false;

static int refuse(struct lsec_problems *problems)
{
	return lsec_problem_failed(
		problems, "--connect",
		"this build has no libvirt support; use one that was built with libvirt's headers (Debian: libvirt-dev), not the static executable");
}

int lsec_virt_ask(const struct lsec_virt *virt, struct lsec_virt_facts *ret,
                  struct lsec_problems *problems)
{
	(void)virt, (void)ret;
	return refuse(problems);
}

int lsec_virt_check(const struct lsec_virt *virt, struct lsec_result *result,
                    struct lsec_virt_facts *ret, struct lsec_problems *problems)
{
	(void)virt, (void)result, (void)ret;
	return refuse(problems);
}
