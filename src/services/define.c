/* SPDX-License-Identifier: Apache-2.0 */
#include "define.h"

#include <string.h>

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
	struct lsec_call call;
	struct lsec_vmi vmi;
	struct lsec_result result;
	double duration;
};

static void done_clear(struct done **done)
{
	if (*done == NULL)
		return;
	lsec_vmi_clear(&(*done)->vmi);
	lsec_result_clear(&(*done)->result);
	free(*done);
}

/* The domain was made, but there was no memory to give it to the client. */
static void log_failed(const struct done *done)
{
	static char reason[] = "launchsec: out of memory";
	char *line = reason;
	const struct lsec_lines errors = {.of = &line, .count = 1};
	const struct lsec_verdict verdict = {
		.message = "request failed",
		.level = LSEC_ERROR,
		.code = LSEC_RPC_INTERNAL,
		.errors = &errors,
		.duration = done->duration,
	};
	lsec_verdict_log(done->services, &done->call, &done->vmi, &verdict);
}

static void log_done(struct lsec_rpc_later *later)
{
	struct done *done LSEC_CLEANUP(done_clear) = (struct done *)later;
	const struct lsec_report *report = &done->result.report;
	struct lsec_lines warnings LSEC_CLEANUP(lsec_lines_clear) = {0};
	struct lsec_lines changes LSEC_CLEANUP(lsec_lines_clear) = {0};
	const struct lsec_verdict verdict = {
		.message = done->result.tee == LSEC_TEE_NONE ? "domain left as it came"
	                                                     : "domain rewritten",
		.level = report->warning_count > 0 ? LSEC_WARNING : LSEC_INFO,
		.code = LSEC_RPC_OK,
		.warnings = &warnings,
		.changes = &changes,
		.tee = lsec_tee_name(done->result.tee),
		.change_count = &report->change_count,
		.duration = done->duration,
	};
	if (later->failed) {
		log_failed(done);
		return;
	}
	lsec_lines_of_warnings(&warnings, report);
	if (done->services->log->least == LSEC_DEBUG)
		lsec_lines_of_changes(&changes, report);
	lsec_verdict_log(done->services, &done->call, &done->vmi, &verdict);
}

const struct lsec_result *lsec_define(struct lsec_services *services,
                                      const struct lsec_define *asked,
                                      struct lsec_rpc_answer *answer)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct done *done LSEC_CLEANUP(done_clear) = calloc(1, sizeof(*done));
	struct timespec start;
	if (done == NULL) {
		answer->text.failed = true;
		return NULL;
	}
	done->call.method = asked->method;
	done->call.occasion = asked->occasion;
	done->call.too_large =
		asked->domain_len > LSEC_MAX_DOCUMENT || asked->vmi_len > LSEC_MAX_VMI;
	clock_gettime(CLOCK_MONOTONIC, &start);
	lsec_pool_enter(services->pool);
	int status = apply(services, asked, &done->vmi, &done->result, &problems);
	lsec_pool_leave();
	done->duration = lsec_milliseconds_since(&start);
	if (status < 0) {
		lsec_verdict_refuse(services, &done->call, &done->vmi, &problems, done->duration,
		                    answer);
		return NULL;
	}
	done->later.run = log_done;
	done->services = services;
	answer->later = &done->later;
	const struct lsec_result *result = &done->result;
	done = NULL;
	return result;
}
