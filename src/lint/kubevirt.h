/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of KubeVirt that the rules know. */
#ifndef LAUNCHSEC_LINT_KUBEVIRT_H
#define LAUNCHSEC_LINT_KUBEVIRT_H

#include "launchsec/problems.h"

/* The newest KubeVirt whose rules are known: 1.9; and the oldest on which a VM can be protected:
 * 1.5. Without a version all in between count. */
#define LSEC_KUBEVIRT_NEWEST 9
#define LSEC_KUBEVIRT_OLDEST 5
/* The first one with Plugins. */
#define LSEC_KUBEVIRT_PLUGINS 9

/* KubeVirt 1.x by its x; or the version is not known. */
#define LSEC_KUBEVIRT_ANY (-1)

/* Reads "1.6", "v1.6.2": *ret is 6. Later major versions are newer than all, but 4.x, which is
 * OpenShift's, is refused with the KubeVirt it has. */
int lsec_kubevirt_version(const char *text, int *ret, struct lsec_problems *problems);

/* Reads the version of OpenShift Virtualization, "4.18": *ret is the x of its KubeVirt 1.x. */
int lsec_openshift_version(const char *text, int *ret, struct lsec_problems *problems);

#endif
