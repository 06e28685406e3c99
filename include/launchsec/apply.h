/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core: a domain and facts in; a new domain and the changes, or every problem, out. No I/O, no
 * globals, no logging, no exit. The command line, the exec hook, the server and the tests all call
 * this one function.
 */
#ifndef LAUNCHSEC_APPLY_H
#define LAUNCHSEC_APPLY_H

#include "launchsec/config.h"
#include "launchsec/host.h"
#include "launchsec/keys.h"
#include "launchsec/problems.h"
#include "launchsec/report.h"
#include "launchsec/vmi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lsec_request {
	const char *domain; /* libvirt domain XML, need not end in a NUL */
	size_t domain_len;
	const char *domain_name;          /* names the domain in problems */
	const struct lsec_vmi *vmi;       /* required */
	const struct lsec_host *host;     /* required */
	const struct lsec_config *config; /* required */
};

struct lsec_result {
	enum lsec_tee tee;     /* LSEC_TEE_NONE: the domain is returned unchanged */
	const char *untouched; /* then why (static), else NULL */
	char *domain;          /* NUL-terminated after domain_len */
	size_t domain_len;
	char *before; /* the domain unchanged, in the same writing; for a diff */
	size_t before_len;
	struct lsec_report report;
};

/*
 * Rewrites a domain by its VMI's annotations. Returns 0 and fills *ret, or returns -1 with *ret
 * left alone and every refusal in `problems`. problems->failed: launchsec itself failed (its own
 * check); else the request is refused. `want_before` asks for result.before.
 */
int lsec_apply(const struct lsec_request *request, bool want_before, struct lsec_result *ret,
               struct lsec_problems *problems);

/* Frees what the result holds and makes it empty. NULL is fine. */
void lsec_result_clear(struct lsec_result *result);

#ifdef __cplusplus
}
#endif

#endif
