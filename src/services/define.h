/* SPDX-License-Identifier: Apache-2.0 */
/* Rewrites one domain, for both services that accept one, and logs it. */
#ifndef LAUNCHSEC_SERVICES_DEFINE_H
#define LAUNCHSEC_SERVICES_DEFINE_H

#include "services.h"

struct lsec_define {
	const char *method;         /* for the log, "v1alpha3 OnDefineDomain" */
	struct lsec_quote occasion; /* the same, Boot; or empty */
	const char *domain_name;    /* the field that the domain came in, for problems */
	const char *domain, *vmi;
	size_t domain_len, vmi_len;
};

/*
 * Rewrites the domain. Returns the new one, which the answer owns until it is given to the client:
 * it is logged then. Or returns NULL with the answer filled in: the lines that the command line
 * would print, and a code for the kind of error.
 */
const struct lsec_result *lsec_define(struct lsec_services *services,
                                      const struct lsec_define *asked,
                                      struct lsec_rpc_answer *answer);

#endif
