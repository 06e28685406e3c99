/* SPDX-License-Identifier: Apache-2.0 */
/* A request's line in the log, field by field, and its refusal. */
#include "verdict.h"

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

static void count_verdict(struct lsec_metrics *metrics, const struct lsec_verdict *verdict,
                          double seconds)
{
	if (verdict->code == LSEC_RPC_OK)
		metrics->accepted[verdict->tee]++;
	else
		metrics->refused[verdict->refusal]++;
	lsec_metrics_time(metrics, seconds);
}

void lsec_verdict_log(const struct lsec_services *services, const struct lsec_logged *request,
                      const struct lsec_verdict *verdict)
{
	struct lsec_log_field fields[16];
	size_t count = 0;
	const struct lsec_quote name_space = lsec_plain_or_quote(request->vmi->name_space);
	const struct lsec_quote name = lsec_plain_or_quote(request->vmi->name);
	const struct lsec_quote uid = lsec_plain_or_quote(request->vmi->uid);
	count += add_text(&fields[count], "method", request->method);
	count += add_text(&fields[count], "context", request->occasion.text);
	count += add_text(&fields[count], "namespace", name_space.text);
	count += add_text(&fields[count], "name", name.text);
	count += add_text(&fields[count], "uid", uid.text);
	count += add_text(&fields[count], "code", lsec_rpc_code_name(verdict->code));
	if (verdict->code == LSEC_RPC_OK)
		count += add_text(&fields[count], "tee", lsec_tee_name(verdict->tee));
	if (verdict->change_count != NULL)
		fields[count++] = (struct lsec_log_field){
			.name = "changes",
			.number = (double)*verdict->change_count,
		};
	fields[count++] = (struct lsec_log_field){
		.name = "duration_ms",
		.number = request->duration,
	};
	count += add_lines(&fields[count], "errors", verdict->errors);
	count += add_lines(&fields[count], "warnings", verdict->warnings);
	count += add_lines(&fields[count], "changed", verdict->changes);
	lsec_log_line(services->log, verdict->level, fields, count, verdict->message);
	if (services->metrics != NULL)
		count_verdict(services->metrics, verdict, request->duration / 1000);
}

/* A document past its limit is refused by its reader; gRPC has a code for it. */
static enum lsec_rpc_code code_of(const struct lsec_logged *request,
                                  const struct lsec_problems *problems)
{
	if (problems->failed)
		return LSEC_RPC_INTERNAL;
	return request->too_large ? LSEC_RPC_RESOURCE_EXHAUSTED : LSEC_RPC_INVALID_ARGUMENT;
}

void lsec_verdict_refuse(const struct lsec_services *services, const struct lsec_logged *request,
                         const struct lsec_problems *problems, struct lsec_rpc_answer *answer)
{
	struct lsec_lines errors LSEC_CLEANUP(lsec_lines_clear) = {0};
	const struct lsec_verdict verdict = {
		.message = problems->failed ? "request failed" : "request refused",
		.level = LSEC_ERROR,
		.code = code_of(request, problems),
		.refusal = problems->failed    ? LSEC_REFUSAL_INTERNAL
	                   : problems->of_host ? LSEC_REFUSAL_HOST
	                                       : LSEC_REFUSAL_VM,
		.errors = &errors,
	};
	lsec_lines_of_problems(&errors, problems);
	lsec_lines_join(&answer->text, &errors, LSEC_ERROR_LINE);
	answer->code = verdict.code;
	lsec_verdict_log(services, request, &verdict);
}
