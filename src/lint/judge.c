/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the rules' paths through a manifest, and words what they find. */
#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "conditions.h"
#include "core/cpu_models.h"
#include "input/kinds.h"
#include "kubevirt.h"
#include "rules.h"
#include "schema.h"
#include "templates.h"

/* A value as it is in the manifest. */
static struct lsec_quote describe(const struct lsec_spot *spot)
{
	struct lsec_quote ret = {"no value"};
	const char *kind = lsec_json_kind(spot->value);
	if (lsec_json_text(spot->value) != NULL)
		return lsec_quote_bytes(lsec_json_text(spot->value),
		                        (size_t)json_object_get_string_len(spot->value));
	if (json_object_is_type(spot->value, json_type_boolean))
		kind = lsec_json_is(spot->value, true) ? "true" : "false";
	else if (json_object_is_type(spot->value, json_type_object) &&
	         json_object_object_length(spot->value) == 0)
		kind = "{}";
	if (spot->value != NULL)
		snprintf(ret.text, sizeof(ret.text), "%s", kind);
	return ret;
}

/* Whether a rule holds for some of the versions that count without one given. */
static bool is_bounded(const struct lsec_rule *rule)
{
	return rule->since > LSEC_KUBEVIRT_OLDEST || rule->before != 0;
}

/* " (KubeVirt 1.7 and newer)": where a finding hangs on a version not given. */
static void add_versions(struct lsec_buffer *ret, const struct lsec_rule *rule)
{
	if (rule->since != 0 && rule->before != 0)
		lsec_buffer_format(ret, " (KubeVirt 1.%d to 1.%d)", rule->since, rule->before - 1);
	else if (rule->since != 0)
		lsec_buffer_format(ret, " (KubeVirt 1.%d and newer)", rule->since);
	else
		lsec_buffer_format(ret, " (KubeVirt before 1.%d)", rule->before);
}

static enum lsec_severity severity_of(const struct lsec_spot *spot)
{
	const struct lsec_rule *rule = spot->rule;
	bool any = spot->subject->kubevirt == LSEC_KUBEVIRT_ANY;
	int version = any ? LSEC_KUBEVIRT_NEWEST : spot->subject->kubevirt;
	bool matters = rule->problem == NULL && lsec_field_matters(spot);
	bool soft = (rule->softens != 0 && version >= rule->softens) || (any && is_bounded(rule)) ||
	            (rule->presets && spot->subject->presets && spot->value == NULL);
	if (soft)
		return LSEC_SEVERITY_WARNING;
	return matters ? LSEC_SEVERITY_ERROR : (enum lsec_severity)rule->severity;
}

/* Whether a parameter without a value stands for what would be judged. */
static bool is_open(const struct lsec_spot *spot)
{
	return spot->subject->template &&
	       (lsec_has_parameter(lsec_json_text(spot->value)) || lsec_has_parameter(spot->name));
}

/* A rule's problem, with what the manifest has. */
static void add_problem(struct lsec_buffer *ret, const struct lsec_spot *spot)
{
	const char *problem = spot->rule->problem;
	size_t len = strcspn(problem, "@");
	bool got = problem[len] == '@';
	if (got && spot->value == NULL && spot->name != NULL) {
		lsec_buffer_format(ret, "missing%s", problem + len + 1);
		return;
	}
	lsec_buffer_add(ret, problem, len);
	if (got)
		lsec_buffer_format(ret, "%s%s", describe(spot).text, problem + len + 1);
}

static void judge(struct lsec_findings *findings, const struct lsec_spot *spot, const char *place)
{
	const struct lsec_rule *rule = spot->rule;
	struct lsec_buffer what = {0};
	if (is_open(spot) || !rule->is_wrong(spot))
		return;
	if (rule->problem == NULL) {
		/* What would protect a VM there is reported by itself. */
		bool inside = strstr(rule->place, ".launchSecurity.") != NULL;
		cleanup_free char *hidden = inside ? NULL : lsec_find_hidden(spot->value);
		if (hidden != NULL)
			return;
		lsec_findings_add(findings, (struct lsec_finding){.severity = severity_of(spot),
		                                                  .rule = LSEC_FIELD_RULE,
		                                                  .place = lsec_strdup(place),
		                                                  .what = lsec_field_told(spot)});
		return;
	}
	add_problem(&what, spot);
	bool any = spot->subject->kubevirt == LSEC_KUBEVIRT_ANY && is_bounded(rule);
	if (any && rule->fix_any == NULL)
		add_versions(&what, rule);
	if (rule->is_wrong == lsec_is_misspelt_model) {
		cleanup_free char *model = lsec_cpu_model_near(lsec_json_text(spot->value));
		lsec_buffer_format(&what, " (did you mean %s?)", model);
	}
	const char *fix = any && rule->fix_any != NULL ? rule->fix_any : rule->fix;
	cleanup_free char *near = rule->is_wrong == lsec_is_unknown ? lsec_field_near(spot) : NULL;
	if (near != NULL)
		lsec_buffer_text(&what, near);
	lsec_findings_add(findings, (struct lsec_finding){.severity = severity_of(spot),
	                                                  .rule = rule->id,
	                                                  .place = lsec_strdup(place),
	                                                  .what = lsec_buffer_take(&what),
	                                                  .fix = near == NULL ? fix : NULL});
}

static const struct json_object *member_of(const struct lsec_spot *spot, const char *name)
{
	bool hooks = spot->rule->place[0] == '[';
	return hooks ? lsec_go_member(spot->value, name) : lsec_json_member(spot->value, name);
}

/* Whether an object has a member that was meant to be another one, and is reported as unknown. */
static bool has_misspelt(const struct json_object *object, const char *name)
{
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (object, key, value) {
		if (strcmp(key, name) != 0 && lsec_name_distance(key, name) != SIZE_MAX)
			return true;
	}
	return false;
}

static void visit(struct lsec_findings *findings, struct lsec_spot spot, const char *path,
                  const char *place);

static void visit_items(struct lsec_findings *findings, const struct lsec_spot *spot,
                        const char *path, const char *place)
{
	for (size_t i = 0; i < lsec_json_count(spot->value); i++) {
		struct lsec_spot next = *spot;
		cleanup_free char *behind = lsec_format("%s[%zu]", place, i);
		next.parent = spot->value;
		next.value = next.item = json_object_array_get_idx(spot->value, i);
		next.index = i;
		visit(findings, next, path, behind);
	}
}

static void visit_member(struct lsec_findings *findings, const struct lsec_spot *member,
                         const char *path, const char *place)
{
	struct lsec_quote quoted;
	const char *name = member->name;
	if (strlen(name) > 60) {
		quoted = lsec_quote(name);
		name = quoted.text;
	}
	const char *dot = place[0] == '\0' || place[strlen(place) - 1] == '.' ? "" : ".";
	cleanup_free char *behind = lsec_concat(place, dot, name);
	visit(findings, *member, path, behind);
}

/* Follows the path of a rule from a spot on, and asks at its end. */
static void visit(struct lsec_findings *findings, struct lsec_spot spot, const char *path,
                  const char *place)
{
	char name[32];
	struct lsec_spot member = spot;
	member.parent = spot.value;
	path += *path == '.';
	if (*path == '\0') {
		judge(findings, &spot, place);
	} else if (strncmp(path, "[]", 2) == 0) {
		visit_items(findings, &spot, path + 2, place);
	} else if (*path == '*') {
		const char *key = NULL;
		struct json_object *value = NULL;
		lsec_json_foreach (spot.value, key, value) {
			member.name = key;
			member.value = value;
			visit_member(findings, &member, path + 1, place);
		}
	} else {
		size_t len = strcspn(path, ".[");
		memcpy(name, path, len);
		name[len] = '\0';
		member.name = name;
		member.value = member_of(&spot, name);
		if (member.value == NULL && has_misspelt(spot.value, name))
			return;
		visit_member(findings, &member, path + len, place);
	}
}

static bool applies(const struct lsec_rule *rule, const struct lsec_subject *subject)
{
	int version = subject->kubevirt;
	if (version == LSEC_KUBEVIRT_ANY) {
		if (rule->before != 0 && rule->before <= LSEC_KUBEVIRT_OLDEST)
			return false;
	} else if (version < rule->since || (rule->before != 0 && version >= rule->before)) {
		return false;
	}
	if (rule->native != 0 && (rule->native & subject->native) == 0)
		return false;
	return rule->tees == 0 || (subject->tees != 0 && (subject->tees & ~rule->tees) == 0);
}

static void follow(struct lsec_findings *findings, const struct lsec_subject *subject,
                   const struct lsec_rule *rule)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(subject->document);
	struct lsec_spot spot = {.subject = subject, .rule = rule, .value = subject->instance};
	if (strchr(rule->place, '/') != NULL) {
		const struct json_object *metadata =
			lsec_json_member(subject->instance, "metadata");
		spot.parent = lsec_json_member(metadata, "annotations");
		spot.name = rule->place;
		spot.value = lsec_json_member(spot.parent, rule->place);
		judge(findings, &spot, rule->place);
	} else if (rule->place[0] == '[') {
		spot.value = subject->hooks;
		visit(findings, spot, rule->place, LSEC_HOOK_KEY);
	} else if (rule->place[0] == LSEC_OF_VM) {
		bool vm = kind != NULL && kind->path[0] != '\0' && kind->pool == kind->several;
		cleanup_free char *place = lsec_concat(
			subject->at, vm && kind->pool ? "spec.virtualMachineTemplate." : "");
		spot.value = vm ? subject->owner : NULL;
		visit(findings, spot, rule->place + 1, place);
	} else {
		visit(findings, spot, rule->place, subject->base);
	}
}

void lsec_judge(const struct lsec_subject *subject, struct lsec_findings *ret)
{
	struct lsec_rule field;
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++)
		if (applies(rule, subject))
			follow(ret, subject, rule);
	for (size_t i = 0; lsec_field_rule(i, &field); i++)
		if (field.place[0] != LSEC_OF_INSTANCETYPE && field.place[0] != LSEC_OF_PREFERENCE)
			follow(ret, subject, &field);
}

void lsec_judge_preset(const struct json_object *preset, bool preference, int kubevirt,
                       struct lsec_findings *ret)
{
	const struct lsec_subject subject = {.kubevirt = kubevirt};
	struct lsec_rule field;
	for (size_t i = 0; lsec_field_rule(i, &field); i++) {
		struct lsec_spot spot = {.subject = &subject, .rule = &field, .value = preset};
		if (field.place[0] == (preference ? LSEC_OF_PREFERENCE : LSEC_OF_INSTANCETYPE))
			visit(ret, spot, field.place + 1, "");
	}
}
