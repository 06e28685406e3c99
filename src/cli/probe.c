/* SPDX-License-Identifier: Apache-2.0 */
/* The host's facts as a table and as JSON. */
#include "probe.h"

#include <unistd.h>

#include "base/json.h"
#include "core/host.h"
#include "io.h"
#include "output.h"
#include "sources.h"

/* What a fact means for a TEE, in a word or two. */
static const char *meaning(const struct lsec_fact_row *row, enum lsec_state state,
                           enum lsec_tee tee)
{
	if (((row->needed | row->tells) & tee) == 0)
		return "-";
	if (state == LSEC_UNKNOWN)
		return "not seen";
	if ((row->needed & tee) == 0)
		return state == LSEC_NO && row->fix != NULL ? "missing" : "noted";
	if (state == LSEC_NO)
		return "ruled out";
	return (row->proof & tee) != 0 ? "proved" : "as needed";
}

static void add_row(struct lsec_buffer *ret, const struct lsec_host *host, size_t id)
{
	const struct lsec_fact_row *row = lsec_fact(id);
	const struct lsec_fact *fact = &host->of[id];
	cleanup_buffer struct lsec_buffer value = {0};
	if (fact->path[0] == '\0')
		lsec_fact_say(&value, host, id);
	else
		lsec_buffer_text(&value, lsec_state_name(fact->state));
	lsec_buffer_format(ret, "%-18s %-10s %-10s %-10s %s", row->name, value.bytes,
	                   meaning(row, fact->state, LSEC_TEE_SEV_SNP),
	                   meaning(row, fact->state, LSEC_TEE_TDX), row->help);
	lsec_buffer_format(ret, "%s%s (", fact->path[0] == '\0' ? "" : ": ", fact->path);
	lsec_fact_say_source(ret, id);
	lsec_buffer_text(ret, ")\n");
}

/* What is worth doing though it decides nothing. */
static void add_hints(struct lsec_buffer *ret, const struct lsec_host *host, enum lsec_tee tee)
{
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		if ((row->tells & tee) == 0 || row->fix == NULL || host->of[i].state != LSEC_NO)
			continue;
		lsec_buffer_text(ret, "  ");
		lsec_fact_say_source(ret, i);
		lsec_buffer_format(ret, ": %s; %s\n", row->lack, row->fix);
	}
}

static void add_verdict(struct lsec_buffer *ret, const struct lsec_host *host, enum lsec_tee tee)
{
	struct lsec_problems reasons LSEC_CLEANUP(lsec_problems_clear) = {0};
	enum lsec_state verdict = lsec_host_verdict(host, tee, false, &reasons);
	lsec_buffer_format(ret, "\n%s: %s\n", lsec_tee_title(tee),
	                   verdict == LSEC_UNKNOWN ? "cannot tell" : lsec_state_name(verdict));
	for (size_t i = 0; i < reasons.count; i++)
		lsec_buffer_format(ret, "  %s: %s\n", reasons.items[i].place,
		                   reasons.items[i].what);
	if (verdict == LSEC_UNKNOWN)
		lsec_buffer_text(
			ret,
			"  the kernel's settings are not visible here; run this on the host itself\n");
	/* Where it is ruled out, there is no use in the small things. */
	if (lsec_host_offers(host, tee) != LSEC_NO)
		add_hints(ret, host, tee);
}

void lsec_probe_text(struct lsec_buffer *ret, const struct lsec_host *host)
{
	lsec_buffer_format(ret, "%-18s %-10s %-10s %-10s %s\n", "FACT", "VALUE",
	                   lsec_tee_title(LSEC_TEE_SEV_SNP), lsec_tee_title(LSEC_TEE_TDX),
	                   "MEANING (SOURCE)");
	for (size_t i = 0; i < LSEC_FACTS; i++)
		add_row(ret, host, i);
	for (size_t i = 0; i < LSEC_TEES; i++)
		add_verdict(ret, host, lsec_tee_at(i));
}

void lsec_probe_json(struct lsec_buffer *ret, const struct lsec_host *host)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact *fact = &host->of[i];
		struct json_object *value = NULL;
		if (fact->state == LSEC_UNKNOWN)
			value = lsec_json_new_text(lsec_state_name(fact->state));
		else if (lsec_fact(i)->kind == LSEC_FACT_NUMBER)
			value = lsec_json_new_number((int64_t)fact->number);
		else if (fact->path[0] != '\0')
			value = lsec_json_new_text(fact->path);
		else
			value = lsec_json_new_boolean(fact->state == LSEC_YES);
		lsec_json_add(root, lsec_fact(i)->name, value);
	}
	lsec_json_print(ret, root);
}

/* --require: whether VMs of these TEEs can start here, for certain. */
static int check_required(const struct lsec_host *host, unsigned required,
                          struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < LSEC_TEES; i++) {
		enum lsec_tee tee = lsec_tee_at(i);
		if ((required & tee) == 0)
			continue;
		enum lsec_state verdict = lsec_host_verdict(host, tee, false, problems);
		if (verdict == LSEC_UNKNOWN)
			lsec_problem_add(
				problems, "--require",
				"cannot tell whether this host supports %s; \"launchsec probe\" shows which facts are missing",
				lsec_tee_title(tee));
		status |= verdict == LSEC_YES ? 0 : -1;
	}
	return status;
}

enum lsec_exit lsec_run_probe(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	if (lsec_read_host(options, &host, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	if (check_required(&host, options->required, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	const struct lsec_virt virt = {options->connect, LSEC_MAX_LIBVIRT_SECONDS};
	if (virt.uri != NULL && lsec_virt_ask(&virt, &facts, problems) < 0)
		return LSEC_EXIT_FAILED;
	if (options->format == LSEC_FORMAT_JSON)
		lsec_probe_json(&text, &host);
	else
		lsec_probe_text(&text, &host);
	if (virt.uri != NULL)
		lsec_probe_libvirt(&text, &host, &facts);
	if (!problems->failed)
		lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems);
	return lsec_exit_of(problems, LSEC_EXIT_DONE);
}
