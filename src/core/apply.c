/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to a new domain: read, resolve the settings, edit, check, write. */
#include "apply.h"

#include <string.h>

#include "base/text.h"
#include "checks.h"
#include "domain/domain.h"
#include "domain/xml.h"
#include "rules.h"
#include "settings.h"

/* A VM that asked for nothing, or for `none`: byte for byte as it came. */
static void untouched(const struct lsec_request *request, bool want_before, struct lsec_result *ret)
{
	const char *domain = request->domain_len == 0 ? "" : request->domain;
	*ret = (struct lsec_result){
		.domain = lsec_memdup(domain, request->domain_len),
		.domain_len = request->domain_len,
		.before = want_before ? lsec_memdup(domain, request->domain_len) : NULL,
		.before_len = want_before ? request->domain_len : 0,
	};
}

/* Every rule, also after one that failed: all problems are reported. */
static void edit_domain(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static void (*const rules[])(struct lsec_edit *, const struct lsec_domain *) = {
		lsec_rule_firmware,        lsec_rule_oem_strings,
		lsec_rule_features,        lsec_rule_cpu,
		lsec_rule_vcpus,           lsec_rule_devices,
		lsec_rule_launch_security, lsec_rule_qemu_arguments,
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](edit, domain);
}

/*
 * Every rule must leave the edited tree unchanged, so that a wrong edit is never returned as a
 * domain. (Tests show that what libxml2 writes reads back the same, and that the rest is
 * unchanged.)
 */
static int verify(const struct lsec_xml *xml, const struct lsec_settings *settings,
                  struct lsec_problems *problems)
{
	struct lsec_domain domain LSEC_CLEANUP(lsec_domain_clear) = {0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	struct lsec_edit edit = {.settings = settings, .report = &report, .problems = problems};
	lsec_domain_parts(xml, &domain, problems);
	edit.root = domain.root;
	if (!lsec_problems_any(problems))
		edit_domain(&edit, &domain);
	if (!lsec_problems_any(problems) && edit.edits == 0)
		return 0;
	return lsec_problem_failed(
		problems, report.change_count > 0 ? report.changes[0].place : "the new domain",
		"the new domain failed launchsec's own check, which is a bug; report it with the domain");
}

/* Everything is known to be good: warn, edit, write. */
static int rewrite(const struct lsec_request *request, const struct lsec_domain *domain,
                   const struct lsec_settings *settings, struct lsec_result *result,
                   struct lsec_problems *problems)
{
	struct lsec_edit edit = {domain->root, settings, &result->report, problems, 0};
	lsec_check_warnings(request, settings, domain, &result->report, problems);
	edit_domain(&edit, domain);
	/* A rule may have refused something. */
	if (lsec_problems_any(problems) || verify(domain->xml, settings, problems) < 0)
		return -1;
	result->tee = settings->tee;
	result->domain = lsec_xml_write(domain->xml, &result->domain_len);
	if (result->domain_len > LSEC_MAX_RESULT)
		return lsec_problem_add(
			problems, request->domain_name,
			"the new domain has %zu bytes, but the limit is %u (18 MiB); shorten its texts, where some characters become entities, or remove devices",
			result->domain_len, LSEC_MAX_RESULT);
	return 0;
}

int lsec_apply_settled(const struct lsec_request *request, bool want_before,
                       struct lsec_result *ret, struct lsec_settings *settings,
                       struct lsec_problems *problems)
{
	struct lsec_asked asked;
	bool fits = request->domain_len <= LSEC_MAX_DOCUMENT;
	lsec_settings_ask(request, &asked, problems);
	bool none = request->vmi->annotation_count == 0 || lsec_asked_type_is(&asked, "none");
	if (none && fits && !lsec_problems_any(problems)) {
		untouched(request, want_before, ret);
		ret->untouched = request->vmi->annotation_count == 0
		                         ? "the VM has no annotation of launchsec"
		                         : "type is none";
		return 0;
	}

	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_domain domain LSEC_CLEANUP(lsec_domain_clear) = {0};
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	enum lsec_tee tee = LSEC_TEE_NONE;
	if (lsec_xml_read(request->domain, request->domain_len, request->domain_name, &xml,
	                  problems) == 0)
		lsec_domain_find(&xml, &domain, problems);
	const struct lsec_domain *found = domain.root == NULL ? NULL : &domain;
	lsec_settings_tee(&asked, found, &tee, problems);
	if (tee != LSEC_TEE_NONE)
		lsec_settle(&asked, tee, found, settings, problems);
	if (lsec_problems_any(problems))
		return -1;
	if (want_before)
		result.before = lsec_xml_write(&xml, &result.before_len);
	if (rewrite(request, &domain, settings, &result, problems) < 0)
		return -1;
	*ret = result;
	result = (struct lsec_result){0};
	return 0;
}

int lsec_apply(const struct lsec_request *request, bool want_before, struct lsec_result *ret,
               struct lsec_problems *problems)
{
	struct lsec_settings settings LSEC_CLEANUP(lsec_settings_clear) = {0};
	return lsec_apply_settled(request, want_before, ret, &settings, problems);
}

void lsec_result_clear(struct lsec_result *result)
{
	if (result == NULL)
		return;
	free(result->domain);
	free(result->before);
	lsec_report_clear(&result->report);
	*result = (struct lsec_result){0};
}
