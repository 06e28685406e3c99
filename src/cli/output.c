/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print of a result. */
#include "output.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/lines.h"
#include "libvirt_output.h"

static bool has_text(const char *value)
{
	return value != NULL && value[0] != '\0';
}

/* A value for people: whole where it is short, else its start and length. */
static void add_value(struct lsec_buffer *ret, const char *value)
{
	enum { WHOLE = 100, START = 48 };
	size_t len = has_text(value) ? strlen(value) : 0;
	if (len == 0)
		lsec_buffer_text(ret, "(empty)");
	else if (len <= WHOLE && lsec_printable(value))
		lsec_buffer_text(ret, value);
	else if (len <= START)
		lsec_buffer_text(ret, lsec_quote(value).text);
	else
		lsec_buffer_format(ret, "%s (%zu characters)", lsec_quote_bytes(value, START).text,
		                   len);
}

static void add_change(struct lsec_buffer *ret, const struct lsec_change *change)
{
	static const char signs[] = {[LSEC_ADDED] = '+', [LSEC_SET] = '~', [LSEC_REMOVED] = '-'};
	lsec_buffer_format(ret, "  %c %s", signs[change->action], change->place);
	if (change->action == LSEC_SET) {
		lsec_buffer_text(ret, ": ");
		add_value(ret, change->old_value);
		lsec_buffer_text(ret, " -> ");
		add_value(ret, change->new_value);
	} else if (has_text(change->old_value) || has_text(change->new_value)) {
		lsec_buffer_text(ret, ": ");
		add_value(ret,
		          change->action == LSEC_ADDED ? change->new_value : change->old_value);
	}
	lsec_buffer_format(ret, "\n      %s\n", change->reason);
}

static void add_verdict(struct lsec_buffer *ret, const struct lsec_result *result)
{
	const struct lsec_report *report = &result->report;
	if (result->tee == LSEC_TEE_NONE)
		lsec_buffer_format(
			ret,
			"untouched: %s, so the domain and any launchSecurity in it stay as KubeVirt made them\n",
			result->untouched);
	else
		lsec_buffer_format(ret, "%s: accepted, %zu change%s, %zu warning%s\n",
		                   lsec_tee_name(result->tee), report->change_count,
		                   report->change_count == 1 ? "" : "s", report->warning_count,
		                   report->warning_count == 1 ? "" : "s");
}

void lsec_output_check(struct lsec_buffer *ret, const struct lsec_result *result,
                       const struct lsec_virt_facts *facts)
{
	add_verdict(ret, result);
	if (facts != NULL)
		lsec_output_libvirt(ret, facts);
}

void lsec_output_explain(struct lsec_buffer *ret, const struct lsec_result *result)
{
	const struct lsec_report *report = &result->report;
	add_verdict(ret, result);
	if (report->change_count > 0)
		lsec_buffer_text(ret, "\nchanges (+ added, ~ set, - removed):\n");
	for (size_t i = 0; i < report->change_count; i++)
		add_change(ret, &report->changes[i]);
	if (report->warning_count > 0)
		lsec_buffer_text(ret, "\nwarnings:\n");
	for (size_t i = 0; i < report->warning_count; i++)
		lsec_buffer_format(ret, "  ! %s\n      %s\n", report->warnings[i].place,
		                   report->warnings[i].what);
}

void lsec_print_warnings(const struct lsec_report *report)
{
	for (size_t i = 0; i < report->warning_count; i++)
		fprintf(stderr, LSEC_WARNING_LINE "%s: %s\n", report->warnings[i].place,
		        report->warnings[i].what);
}

enum lsec_exit lsec_exit_of(const struct lsec_problems *problems, enum lsec_exit otherwise)
{
	return problems->failed ? LSEC_EXIT_FAILED : otherwise;
}

static struct json_object *change_to_json(const struct lsec_change *change)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "action", lsec_action_name(change->action));
	lsec_json_add_text(item, "place", change->place);
	lsec_json_add_text(item, "old", change->old_value);
	lsec_json_add_text(item, "new", change->new_value);
	lsec_json_add_text(item, "reason", change->reason);
	return item;
}

struct json_object *lsec_warnings_to_json(const struct lsec_report *report)
{
	struct json_object *warnings = lsec_json_new_list();
	for (size_t i = 0; i < report->warning_count; i++) {
		struct json_object *item = lsec_json_new_object();
		lsec_json_add_text(item, "place", report->warnings[i].place);
		lsec_json_add_text(item, "what", report->warnings[i].what);
		lsec_json_append(warnings, item);
	}
	return warnings;
}

static void put_report(struct json_object *root, const struct lsec_report *report)
{
	struct json_object *changes = lsec_json_new_list();
	for (size_t i = 0; i < report->change_count; i++)
		lsec_json_append(changes, change_to_json(&report->changes[i]));
	lsec_json_add(root, "changes", changes);
	lsec_json_add(root, "warnings", lsec_warnings_to_json(report));
}

void lsec_output_json(struct lsec_buffer *ret, const struct lsec_result *result,
                      const struct lsec_virt_facts *facts, enum lsec_mode mode)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	lsec_json_add_text(root, "verdict",
	                   result->tee == LSEC_TEE_NONE ? "untouched" : "accepted");
	lsec_json_add_text(root, "type", lsec_tee_name(result->tee));
	if (mode != LSEC_MODE_CHECK)
		put_report(root, &result->report);
	if (facts != NULL)
		lsec_json_add(root, "libvirt", lsec_libvirt_to_json(facts));
	if (mode == LSEC_MODE_DOMAIN)
		lsec_json_add(root, "domain",
		              lsec_json_new_bytes(result->domain, result->domain_len));
	lsec_json_print(ret, root);
}
