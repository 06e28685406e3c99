/* SPDX-License-Identifier: Apache-2.0 */
/* What versions of KubeVirt have, and what `init` refuses for those that do not. */
#include "init_edit.h"
#include "lint/kubevirt.h"

/* Refuses an option for which the version that was named is too old. */
static int refuse(const struct lsec_init *init, const char *option, const char *what, int minor,
                  const char *fix)
{
	return lsec_problem_add(
		init->problems, option, "%sneeds KubeVirt 1.%d or newer, but %s is 1.%d; %s", what,
		minor, init->options->openshift == NULL ? "--kubevirt" : "that of --openshift",
		init->kubevirt, fix);
}

int lsec_init_versions(struct lsec_init *init)
{
	const struct lsec_options *options = init->options;
	int status = 0;
	if ((options->kubevirt != NULL &&
	     lsec_kubevirt_version(options->kubevirt, &init->kubevirt, init->problems) < 0) ||
	    (options->openshift != NULL &&
	     lsec_openshift_version(options->openshift, &init->kubevirt, init->problems) < 0))
		return -1;
	/* 1.7 starts TDX with CentOS's QEMU, of which lint warns. */
	if (options->tee == LSEC_INIT_TDX && lsec_init_is_before(init, 7))
		status = refuse(init, "--tee", "tdx ", 8, "upgrade KubeVirt");
	if (options->tee != LSEC_INIT_TDX && lsec_init_is_before(init, LSEC_KUBEVIRT_OLDEST))
		status =
			refuse(init, "--tee", "SEV-SNP ", LSEC_KUBEVIRT_OLDEST, "upgrade KubeVirt");
	if (options->form == LSEC_INIT_PLUGIN && lsec_init_is_before(init, 9))
		status = refuse(init, "--form", "plugin ", 9, "use configmap or image");
	if (options->preference && lsec_init_is_before(init, 9))
		status = refuse(init, "--preference", "", 9, "leave it out");
	return status;
}
