/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by name, and those that a manifest ignores. */
#include "ignore.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "input/kinds.h"
#include "rules.h"

static const struct lsec_rule_name others[] = {
	{"file", "", "the file cannot be read", NULL, LSEC_SEVERITY_ERROR},
	{"annotations", "", "launchsec refuses the annotations", NULL, LSEC_SEVERITY_ERROR},
	{"apply", "", "launchsec warns of something when it changes the domain", NULL,
         LSEC_SEVERITY_WARNING},
	{"hook-json", "", "the annotation is not a JSON list of hook sidecars", NULL,
         LSEC_SEVERITY_ERROR},
	{"field", "", "unknown field, in an object with fields that matter to confidential VMs",
         NULL, LSEC_SEVERITY_ERROR},
	{"launch-security", "", "launchSecurity is misspelled, misplaced or not an object", NULL,
         LSEC_SEVERITY_ERROR},
	{"preset", "", "the VM and its instancetype set the same field: KubeVirt refuses the VM",
         NULL, LSEC_SEVERITY_ERROR},
	{"unprotected", "",
         "with --require-protection: the input does not show that the VM is protected", NULL,
         LSEC_SEVERITY_ERROR},
	{"kind", "", "the kind is almost that of a VM, an instancetype or a preference", NULL,
         LSEC_SEVERITY_ERROR},
	{"parameter", "", "a template's parameter in an annotation has no value", NULL,
         LSEC_SEVERITY_WARNING},
	{"not-checked", "", "a VM in an object that lint cannot check", NULL,
         LSEC_SEVERITY_WARNING},
	{"ignore", "", "the annotation " LSEC_IGNORE_PREFIX "RULE has an unknown rule or no reason",
         NULL, LSEC_SEVERITY_ERROR},
};

void lsec_rule_tell(struct lsec_buffer *ret, const char *problem)
{
	const char *got = strstr(problem, LSEC_RULE_GOT);
	size_t len = got == NULL ? strlen(problem) : (size_t)(got - problem);
	lsec_buffer_add(ret, problem, len);
	if (got != NULL)
		lsec_buffer_text(ret, got + strlen(LSEC_RULE_GOT));
}

static bool is_listed(const struct lsec_rule_name *rules, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rules[i].id, id) == 0)
			return true;
	return false;
}

size_t lsec_rule_names(struct lsec_rule_name ret[LSEC_MOST_RULES])
{
	size_t count = sizeof(others) / sizeof(others[0]);
	memcpy(ret, others, sizeof(others));
	for (const struct lsec_rule *rule = lsec_rules();
	     rule->id[0] != '\0' && count < LSEC_MOST_RULES; rule++)
		if (!is_listed(ret, count, rule->id))
			ret[count++] = (struct lsec_rule_name){rule->id, rule->place, rule->problem,
			                                       rule->fix,
			                                       (enum lsec_severity)rule->severity};
	return count;
}

const char *lsec_rule_find(const char *id, const char *place, struct lsec_problems *problems)
{
	struct lsec_rule_name rules[LSEC_MOST_RULES];
	const char *nearest = NULL;
	size_t least = SIZE_MAX;
	size_t count = lsec_rule_names(rules);
	for (size_t i = 0; i < count; i++) {
		size_t distance = lsec_name_distance(id, rules[i].id);
		if (strcmp(id, rules[i].id) == 0)
			return rules[i].id;
		if (distance < least) {
			least = distance;
			nearest = rules[i].id;
		}
	}
	if (nearest != NULL) {
		lsec_problem_add(problems, place, "unknown rule %s; did you mean %s?",
		                 lsec_quote(id).text, nearest);
		return NULL;
	}
	lsec_problem_add(problems, place,
	                 "unknown rule %s; use the rule of a finding, as --format json shows it",
	                 lsec_quote(id).text);
	return NULL;
}

static bool is_blank(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return *text == '\0';
}

/* Reads the annotations of one metadata. */
static void read_from(const struct json_object *object, struct lsec_findings *ret,
                      struct lsec_problems *refused)
{
	const size_t len = strlen(LSEC_IGNORE_PREFIX);
	const struct json_object *metadata = lsec_json_member(object, "metadata");
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (lsec_json_member(metadata, "annotations"), key, value) {
		if (strncmp(key, LSEC_IGNORE_PREFIX, len) != 0)
			continue;
		const char *rule = lsec_rule_find(key + len, key, refused);
		const char *reason = lsec_json_text(value);
		if (rule == NULL)
			continue;
		if (strcmp(rule, "ignore") == 0)
			lsec_problem_add(refused, key,
			                 "the rule ignore cannot be ignored; remove it");
		else if (reason == NULL || is_blank(reason))
			lsec_problem_add(refused, key,
			                 "has no reason; set it to a text that states why");
		else
			lsec_findings_ignore(ret, rule, reason);
	}
}

void lsec_ignores_read(const struct json_object *document, struct lsec_findings *ret)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const struct json_object *owner = NULL;
	const struct json_object *instance = lsec_vmi_instance(document, &owner);
	const struct json_object *all[] = {document, owner, instance};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL && (i == 0 || all[i] != all[i - 1]))
			read_from(all[i], ret, &refused);
	lsec_findings_take(ret, "ignore", &refused);
}
