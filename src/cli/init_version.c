/* SPDX-License-Identifier: Apache-2.0 */
/* What versions of KubeVirt have, and what `init` refuses for those that do not. */
#include "init_edit.h"
#include "lint/kubevirt.h"

int lsec_init_versions(struct lsec_init *init)
{
	const struct lsec_options *options = init->options;
	if ((options->kubevirt != NULL &&
	     lsec_kubevirt_version(options->kubevirt, &init->kubevirt, init->problems) < 0) ||
	    (options->openshift != NULL &&
	     lsec_openshift_version(options->openshift, &init->kubevirt, init->problems) < 0))
		return -1;
	if (options->tee == LSEC_INIT_TDX && lsec_init_is_before(init, 7))
		return lsec_problem_add(init->problems, "--kubevirt",
		                        "KubeVirt before 1.7 has no TDX; use 1.8 or newer");
	if ((options->form == LSEC_INIT_PLUGIN || options->preference) &&
	    lsec_init_is_before(init, 9))
		return lsec_problem_add(
			init->problems, "--kubevirt",
			"KubeVirt before 1.9 has no plugins and no launchSecurity in preferences; use --form configmap or image");
	return 0;
}
