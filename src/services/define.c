/* SPDX-License-Identifier: Apache-2.0 */
/* Passes a domain through the core, for both services that accept one; logs it after the answer. */
#include "define.h"

#include <string.h>

#include "base/clock.h"
#include "verdict.h"

static int apply(const struct lsec_services *services, const struct lsec_define *asked,
                 struct lsec_vmi *vmi, struct lsec_result *ret, struct lsec_problems *problems)
{
	const struct lsec_request request = {
		.domain = asked->domain,
		.domain_len = asked->domain_len,
		.domain_name = asked->domain_name,
		.vmi = vmi,
		.host = services->host,
		.config = services->config,
	};
	if (lsec_vmi_read_json(asked->vmi, asked->vmi_len, "vmi", vmi, problems) < 0)
		return -1;
	return lsec_apply(&request, false, ret, problems);
}

/* A request that was done, until it is logged. */
struct done {
	struct lsec_rpc_later later; /* first */
	const struct lsec_services *services;
	struct lsec_logged request;
	struct lsec_vmi vmi;
	struct lsec_result result;
};

static void done_clear(struct done **done)
{
	if (*done == NULL)
		return;
	lsec_vmi_clear(&(*done)->vmi);
	lsec_result_clear(&(*done)->result);
	free(*done);
}

static void log_done(struct lsec_rpc_later *later)
{
	struct done *done LSEC_CLEANUP(done_clear) = (struct done *)later;
	const struct lsec_report *report = &done->result.report;
	struct lsec_lines warnings LSEC_CLEANUP(lsec_lines_clear) = {0};
	struct lsec_lines changes LSEC_CLEANUP(lsec_lines_clear) = {0};
	const struct lsec_verdict verdict = {
		.message =
			done->result.tee == LSEC_TEE_NONE ? "domain unchanged" : "domain rewritten",
		.level = report->warning_count > 0 ? LSEC_WARNING : LSEC_INFO,
		.code = LSEC_RPC_OK,
		.warnings = &warnings,
		.changes = &changes,
		.tee = done->result.tee,
		.change_count = &report->change_count,
	};
	lsec_lines_of_warnings(&warnings, report);
	if (done->services->log->least == LSEC_DEBUG)
		lsec_lines_of_changes(&changes, report);
	lsec_verdict_log(done->services, &done->request, &verdict);
}

const struct lsec_result *lsec_define(struct lsec_services *services,
                                      const struct lsec_define *asked,
                                      struct lsec_rpc_answer *answer)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct done *done LSEC_CLEANUP(done_clear) = lsec_calloc(1, sizeof(*done));
	const int64_t start = lsec_clock();
	done->request = (struct lsec_logged){
		.method = asked->method,
		.occasion = asked->occasion,
		.too_large = asked->domain_len > LSEC_MAX_DOCUMENT || asked->vmi_len > LSEC_MAX_VMI,
		.vmi = &done->vmi,
	};
	int status = apply(services, asked, &done->vmi, &done->result, &problems);
	done->request.duration = lsec_milliseconds_since(start);
	if (status < 0) {
		lsec_verdict_refuse(services, &done->request, &problems, answer);
		return NULL;
	}
	done->later.run = log_done;
	done->services = services;
	answer->later = &done->later;
	const struct lsec_result *result = &done->result;
	done = NULL;
	return result;
}
