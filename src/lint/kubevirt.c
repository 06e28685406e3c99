/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of KubeVirt, and of OpenShift Virtualization, which has one of them. */
#include "kubevirt.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/text.h"

/*
 * OpenShift Virtualization 4.14 has KubeVirt 1.0, and each later one the next: releases 1.10 to
 * 1.18 of the HyperConverged Cluster Operator, of which 1.10 is that of 4.14 and 1.18 that of 4.22
 * (hack/config there: KUBEVIRT_VERSION, and KUBEVIRT_CONSOLE_PLUGIN_VERSION, which counts as
 * OpenShift does).
 */
enum { FIRST = 14, LAST = 22 };

#define ASK_CLUSTER                                                                                \
	"--kubevirt accepts what \"oc get kubevirt -A -o "                                         \
	"jsonpath={..observedKubeVirtVersion}\" prints"

/* Reads MAJOR.MINOR, and ignores what follows a dot or a hyphen. */
static bool read_version(const char *text, unsigned long *ret_major, unsigned long *ret_minor)
{
	char *end = NULL;
	const char *at = text + (text[0] == 'v');
	if (!isdigit((unsigned char)*at))
		return false;
	*ret_major = strtoul(at, &end, 10);
	if (*end != '.' || !isdigit((unsigned char)end[1]))
		return false;
	*ret_minor = strtoul(end + 1, &end, 10);
	return *ret_major < 1000 && *ret_minor < 1000 &&
	       (*end == '\0' || *end == '.' || *end == '-');
}

int lsec_kubevirt_version(const char *text, int *ret, struct lsec_problems *problems)
{
	unsigned long major = 0;
	unsigned long minor = 0;
	bool read = read_version(text, &major, &minor);
	if (read && major == 4 && minor >= FIRST && minor <= LAST)
		return lsec_problem_add(
			problems, "--kubevirt",
			"%s is a version of OpenShift Virtualization, which has KubeVirt 1.%lu; use --kubevirt 1.%lu, or --openshift 4.%lu",
			lsec_quote(text).text, minor - FIRST, minor - FIRST, minor);
	if (read && major == 4)
		return lsec_problem_add(
			problems, "--kubevirt",
			"%s is a version of OpenShift, not of KubeVirt; " ASK_CLUSTER,
			lsec_quote(text).text);
	if (!read || major == 0)
		return lsec_problem_add(
			problems, "--kubevirt",
			"must be a version of KubeVirt from 1.0 on, such as 1.6 or v1.6.2, got %s",
			lsec_quote(text).text);
	*ret = major > 1 ? 1000 : (int)minor;
	return 0;
}

int lsec_openshift_version(const char *text, int *ret, struct lsec_problems *problems)
{
	unsigned long major = 0;
	unsigned long minor = 0;
	if (!read_version(text, &major, &minor) || major != 4 || minor < FIRST || minor > LAST)
		return lsec_problem_add(
			problems, "--openshift",
			"must be a version of OpenShift Virtualization from 4.%d to 4.%d, got %s; " ASK_CLUSTER,
			FIRST, LAST, lsec_quote(text).text);
	*ret = (int)minor - FIRST;
	return 0;
}
