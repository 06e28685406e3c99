/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome of a request with a VMI: its one line in the log, the counters, and the answer when
 * it is refused. */
#ifndef LAUNCHSEC_SERVICES_VERDICT_H
#define LAUNCHSEC_SERVICES_VERDICT_H

#include "base/lines.h"
#include "services.h"

/* A request, as the log knows it. */
struct lsec_logged {
	const char *method;         /* "v1alpha3 OnDefineDomain" */
	struct lsec_quote occasion; /* Boot; or empty */
	bool too_large;             /* its domain or VMI is over the limit of bytes */
	const struct lsec_vmi *vmi; /* of which the log has the name */
	double duration;            /* ms */
};

struct lsec_verdict {
	const char *message;
	enum lsec_level level;
	enum lsec_rpc_code code;
	const struct lsec_lines *errors, *warnings, *changes; /* NULL for none */
	enum lsec_tee tee;                                    /* when not refused */
	enum lsec_refusal refusal;                            /* when refused */
	const size_t *change_count;                           /* NULL where nothing can change */
};

/* Logs and counts a request: never the VMI, the domain, or a value of it, but names, counts and
 * reasons. */
void lsec_verdict_log(const struct lsec_services *services, const struct lsec_logged *request,
                      const struct lsec_verdict *verdict);

/*
 * Refuses a request in its answer, for the reasons in `problems`, and logs it: the lines that the
 * command line would print, and a code for the kind of error.
 */
void lsec_verdict_refuse(const struct lsec_services *services, const struct lsec_logged *request,
                         const struct lsec_problems *problems, struct lsec_rpc_answer *answer);

#endif
