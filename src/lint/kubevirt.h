/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of KubeVirt that the rules know. */
#ifndef LAUNCHSEC_LINT_KUBEVIRT_H
#define LAUNCHSEC_LINT_KUBEVIRT_H

/* The newest KubeVirt whose rules are known: 1.9; and the oldest on which a VM can be protected:
 * 1.5. Without a version all in between count. */
#define LSEC_KUBEVIRT_NEWEST 9
#define LSEC_KUBEVIRT_OLDEST 5

/* KubeVirt 1.x by its x; or the version is not known. */
#define LSEC_KUBEVIRT_ANY (-1)

#endif
