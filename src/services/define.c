/* SPDX-License-Identifier: Apache-2.0 */
#include "define.h"

#include <string.h>
#include <time.h>

#include "core/lines.h"

/* A name from a VMI as the log may have it. */
static struct lsec_quote printable(const char *name)
{
	struct lsec_quote kept = {0};
	if (name == NULL)
		return kept;
	if (strlen(name) >= sizeof(kept.text) || !lsec_printable(name))
		return lsec_quote(name);
	memcpy(kept.text, name, strlen(name) + 1);
	return kept;
}

static double milliseconds_since(const struct timespec *start)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* What was decided about a request, for its one line in the log. */
struct verdict {
	const char *message;
	enum lsec_level level;
	enum lsec_rpc_code code;
	const struct lsec_lines *errors, *warnings, *changes; /* NULL for none */
	const struct lsec_result *result;                     /* NULL when refused */
	double duration;                                      /* ms */
};

static size_t add_lines(struct lsec_log_field *field, const char *name,
                        const struct lsec_lines *lines)
{
	if (lines == NULL || lines->count == 0)
		return 0;
	*field = (struct lsec_log_field){
		.name = name,
		.texts = (const char *const *)lines->of,
		.count = lines->count,
	};
	return 1;
}

static size_t add_text(struct lsec_log_field *field, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return 0;
	*field = (struct lsec_log_field){.name = name, .text = text};
	return 1;
}

/* Never the VMI, the domain, or a value of it: names, counts and reasons. */
static void log_verdict(const struct lsec_services *services, const struct lsec_define *asked,
                        const struct lsec_vmi *vmi, const struct verdict *verdict)
{
	struct lsec_log_field fields[16];
	size_t count = 0;
	const struct lsec_quote name_space = printable(vmi->name_space);
	const struct lsec_quote name = printable(vmi->name);
	const struct lsec_quote uid = printable(vmi->uid);
	count += add_text(&fields[count], "method", asked->method);
	count += add_text(&fields[count], "context", asked->occasion.text);
	count += add_text(&fields[count], "namespace", name_space.text);
	count += add_text(&fields[count], "name", name.text);
	count += add_text(&fields[count], "uid", uid.text);
	count += add_text(&fields[count], "code", lsec_rpc_code_name(verdict->code));
	if (verdict->result != NULL) {
		count += add_text(&fields[count], "tee", lsec_tee_name(verdict->result->tee));
		fields[count++] = (struct lsec_log_field){
			.name = "changes",
			.number = (double)verdict->result->report.change_count,
		};
	}
	fields[count++] = (struct lsec_log_field){
		.name = "duration_ms",
		.number = verdict->duration,
	};
	count += add_lines(&fields[count], "errors", verdict->errors);
	count += add_lines(&fields[count], "warnings", verdict->warnings);
	count += add_lines(&fields[count], "changed", verdict->changes);
	lsec_log_line(services->log, verdict->level, fields, count, verdict->message);
}

/* A document past its limit is refused by its reader; gRPC has a code for it. */
static enum lsec_rpc_code code_of(const struct lsec_define *asked,
                                  const struct lsec_problems *problems)
{
	if (problems->failed)
		return LSEC_RPC_INTERNAL;
	return asked->domain_len > LSEC_MAX_DOCUMENT || asked->vmi_len > LSEC_MAX_DOCUMENT
	               ? LSEC_RPC_RESOURCE_EXHAUSTED
	               : LSEC_RPC_INVALID_ARGUMENT;
}

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

static void refuse(const struct lsec_services *services, const struct lsec_define *asked,
                   const struct lsec_vmi *vmi, const struct lsec_problems *problems,
                   double duration, struct lsec_rpc_answer *answer)
{
	struct lsec_lines errors LSEC_CLEANUP(lsec_lines_clear) = {0};
	const struct verdict verdict = {
		.message = problems->failed ? "request failed" : "request refused",
		.level = LSEC_ERROR,
		.code = code_of(asked, problems),
		.errors = &errors,
		.duration = duration,
	};
	lsec_lines_of_problems(&errors, problems);
	lsec_lines_join(&answer->text, &errors, LSEC_ERROR_LINE);
	answer->code = verdict.code;
	log_verdict(services, asked, vmi, &verdict);
}

/* A request that was done, until it is logged. */
struct done {
	struct lsec_rpc_later later; /* first */
	const struct lsec_services *services;
	const char *method;
	struct lsec_quote occasion;
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

static void log_done(struct lsec_rpc_later *later)
{
	struct done *done LSEC_CLEANUP(done_clear) = (struct done *)later;
	const struct lsec_report *report = &done->result.report;
	struct lsec_lines warnings LSEC_CLEANUP(lsec_lines_clear) = {0};
	struct lsec_lines changes LSEC_CLEANUP(lsec_lines_clear) = {0};
	const struct lsec_define asked = {.method = done->method, .occasion = done->occasion};
	const struct verdict verdict = {
		.message = done->result.tee == LSEC_TEE_NONE ? "domain left as it came"
	                                                     : "domain rewritten",
		.level = report->warning_count > 0 ? LSEC_WARNING : LSEC_INFO,
		.code = LSEC_RPC_OK,
		.warnings = &warnings,
		.changes = &changes,
		.result = &done->result,
		.duration = done->duration,
	};
	lsec_lines_of_warnings(&warnings, report);
	if (done->services->log->least == LSEC_DEBUG)
		lsec_lines_of_changes(&changes, report);
	log_verdict(done->services, &asked, &done->vmi, &verdict);
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
	clock_gettime(CLOCK_MONOTONIC, &start);
	lsec_pool_enter(services->pool);
	int status = apply(services, asked, &done->vmi, &done->result, &problems);
	lsec_pool_leave();
	done->duration = milliseconds_since(&start);
	if (status < 0) {
		refuse(services, asked, &done->vmi, &problems, done->duration, answer);
		return NULL;
	}
	done->later.run = log_done;
	done->services = services;
	done->method = asked->method;
	done->occasion = asked->occasion;
	answer->later = &done->later;
	const struct lsec_result *result = &done->result;
	done = NULL;
	return result;
}
