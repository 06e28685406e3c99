/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/apply.h"

#include <string.h>

#include "base/text.h"
#include "checks.h"
#include "domain/domain.h"
#include "domain/xml.h"
#include "rules.h"
#include "settings.h"

/* A VM that asked for nothing, or for `none`: byte for byte as it came. */
static int untouched(const struct lsec_request *request, bool want_before, struct lsec_result *ret,
                     struct lsec_problems *problems)
{
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	char **copies[] = {&result.domain, want_before ? &result.before : NULL};
	for (size_t i = 0; i < 2 && copies[i] != NULL; i++) {
		*copies[i] = malloc(request->domain_len + 1);
		if (*copies[i] == NULL)
			return lsec_problem_no_memory(problems);
		if (request->domain_len > 0)
			memcpy(*copies[i], request->domain, request->domain_len);
		(*copies[i])[request->domain_len] = '\0';
	}
	result.domain_len = request->domain_len;
	result.before_len = want_before ? request->domain_len : 0;
	*ret = result;
	result = (struct lsec_result){0};
	return 0;
}

/* Every rule, also behind one that failed: all problems are to be told. */
static int edit_domain(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static int (*const rules[])(struct lsec_edit *, const struct lsec_domain *) = {
		lsec_rule_firmware,        lsec_rule_oem_strings,
		lsec_rule_features,        lsec_rule_cpu,
		lsec_rule_vcpus,           lsec_rule_devices,
		lsec_rule_launch_security, lsec_rule_qemu_arguments,
	};
	int status = 0;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		status |= rules[i](edit, domain);
	return status;
}

/*
 * Trust, but verify: the new domain is read again, and every rule has to leave it alone. So what
 * goes wrong in an edit or in libxml2's writing does not leave here as a domain. (That the rest is
 * as it came, tests have to show.)
 */
static int verify(const struct lsec_result *result, const struct lsec_settings *settings,
                  struct lsec_problems *problems)
{
	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_domain domain LSEC_CLEANUP(lsec_domain_clear) = {0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	struct lsec_edit edit = {.settings = settings, .report = &report, .problems = problems};
	static const char name[] = "the new domain";
	int status = lsec_xml_read_own(result->domain, result->domain_len, name, &xml, problems);
	if (status == 0)
		status = lsec_domain_find(&xml, &domain, problems);
	edit.root = domain.root;
	if (status == 0)
		status = edit_domain(&edit, &domain);
	if (status == 0 && edit.edits == 0)
		return 0;
	return lsec_problem_failed(
		problems, report.change_count > 0 ? report.changes[0].place : name,
		"is not as it was meant when it is read again; this is a fault in launchsec: please report it with the domain");
}

/* Everything is known to be good: warn, edit, write. The tree is given up before the result is
 * read again, so that only one is in memory. */
static int rewrite(const struct lsec_request *request, bool want_before, struct lsec_xml *xml,
                   const struct lsec_domain *domain, const struct lsec_settings *settings,
                   struct lsec_result *ret, struct lsec_problems *problems)
{
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {.tee = settings->tee};
	struct lsec_edit edit = {domain->root, settings, &result.report, problems, 0};
	if (want_before && lsec_xml_write(xml, &result.before, &result.before_len, problems) < 0)
		return -1;
	if (lsec_check_warnings(request, settings, domain, &result.report, problems) < 0 ||
	    edit_domain(&edit, domain) < 0 ||
	    lsec_xml_write(xml, &result.domain, &result.domain_len, problems) < 0)
		return -1;
	lsec_xml_clear(xml);
	if (result.domain_len > LSEC_MAX_RESULT)
		return lsec_problem_add(
			problems, request->domain_name,
			"becomes %zu bytes, but at most %u (18 MiB) are written; shorten its texts, in which some characters are written as entities, or take out devices",
			result.domain_len, LSEC_MAX_RESULT);
	if (verify(&result, settings, problems) < 0)
		return -1;
	*ret = result;
	result = (struct lsec_result){0};
	return 0;
}

int lsec_apply(const struct lsec_request *request, bool want_before, struct lsec_result *ret,
               struct lsec_problems *problems)
{
	if (request->vmi->annotation_count == 0 && request->domain_len <= LSEC_MAX_DOCUMENT)
		return untouched(request, want_before, ret, problems);
	struct lsec_asked asked;
	lsec_settings_ask(request, &asked, problems);
	if (lsec_asked_type_is(&asked, "none") && !lsec_problems_any(problems) &&
	    request->domain_len <= LSEC_MAX_DOCUMENT)
		return untouched(request, want_before, ret, problems);

	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_domain domain LSEC_CLEANUP(lsec_domain_clear) = {0};
	struct lsec_settings settings LSEC_CLEANUP(lsec_settings_clear) = {0};
	enum lsec_tee tee = LSEC_TEE_NONE;
	if (lsec_xml_read(request->domain, request->domain_len, request->domain_name, &xml,
	                  problems) == 0)
		lsec_domain_find(&xml, &domain, problems);
	const struct lsec_domain *found = domain.root == NULL ? NULL : &domain;
	lsec_settings_tee(request, &asked, found, &tee, problems);
	if (tee != LSEC_TEE_NONE)
		lsec_settle(request, &asked, tee, found, &settings, problems);
	if (lsec_problems_any(problems))
		return -1;
	return rewrite(request, want_before, &xml, &domain, &settings, ret, problems);
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
