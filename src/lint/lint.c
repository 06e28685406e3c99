/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's manifest against the rules. */
#include "lint.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "conditions.h"
#include "core/check_vmi.h"
#include "input/kinds.h"
#include "input/vmi.h"
#include "rules.h"

/* A value as it stands in the manifest; a member's name, where that is the matter. */
static struct lsec_quote describe(const struct lsec_spot *spot)
{
	struct lsec_quote ret = {"nothing"};
	const struct lsec_rule *rule = spot->rule;
	bool named = rule->words[0] != '\0' && rule->place[strlen(rule->place) - 1] == '*';
	if (named)
		return lsec_quote(spot->name);
	if (spot->value != NULL && strcmp(rule->place, LSEC_HOOK_KEY) == 0) {
		size_t count = lsec_json_count(spot->subject->hooks);
		snprintf(ret.text, sizeof(ret.text), "%zu sidecar%s", count, count == 1 ? "" : "s");
		return ret;
	}
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
	bool soft = (rule->softens != 0 && version >= rule->softens) || (any && is_bounded(rule)) ||
	            (rule->presets && spot->subject->presets && spot->value == NULL);
	return soft ? LSEC_SEVERITY_WARNING : (enum lsec_severity)rule->severity;
}

static void judge(struct lsec_findings *findings, const struct lsec_spot *spot, const char *place)
{
	const struct lsec_rule *rule = spot->rule;
	struct lsec_buffer what = {0};
	if (!rule->is_wrong(spot))
		return;
	lsec_buffer_format(&what, "found %s; want %s", describe(spot).text, rule->want);
	if (spot->subject->kubevirt == LSEC_KUBEVIRT_ANY && is_bounded(rule))
		add_versions(&what, rule);
	lsec_findings_add(findings, (struct lsec_finding){.severity = severity_of(spot),
	                                                  .rule = rule->id,
	                                                  .place = lsec_strdup(place),
	                                                  .what = lsec_buffer_take(&what),
	                                                  .mend = rule->mend});
}

static const struct json_object *member_of(const struct lsec_spot *spot, const char *name)
{
	bool hooks = spot->rule->place[0] == '[';
	return hooks ? lsec_go_member(spot->value, name) : lsec_json_member(spot->value, name);
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
	const char *name = member->name;
	const char *dot = place[0] == '\0' || place[strlen(place) - 1] == '.' ? "" : ".";
	cleanup_free char *behind =
		lsec_format("%s%s%s", place, dot, strlen(name) > 60 ? lsec_quote(name).text : name);
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
	} else {
		visit(findings, spot, rule->place, kind == NULL ? "" : kind->path);
	}
}

/* The list in the annotation of the sidecars; NULL for what is no list, which is told. */
static struct json_object *read_hooks(const struct json_object *instance,
                                      struct lsec_findings *findings)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const struct json_object *metadata = lsec_json_member(instance, "metadata");
	const struct json_object *value =
		lsec_json_member(lsec_json_member(metadata, "annotations"), LSEC_HOOK_KEY);
	struct json_object *list = NULL;
	if (value == NULL)
		return NULL;
	/* Go's reader, as ours; KubeVirt pkg/hooks/hooks.go UnmarshalHookSidecarList. */
	const struct lsec_json_text text = {
		.bytes = lsec_json_text(value),
		.len = (size_t)json_object_get_string_len(value),
		.longest = LSEC_MAX_INITDATA_VALUE,
		.name = LSEC_HOOK_KEY,
		.what = "a list of hook sidecars",
		.type = json_type_array,
	};
	if (text.bytes != NULL)
		lsec_json_read(&text, &list, &refused);
	else
		lsec_problem_add(&refused, LSEC_HOOK_KEY,
		                 "found %s; want a string: put it in quotes",
		                 lsec_json_kind(value));
	if (lsec_json_count(list) > LSEC_MAX_SIDECARS) {
		lsec_problem_add(&refused, LSEC_HOOK_KEY,
		                 "the list has %zu sidecars, but the limit is %d; shorten it",
		                 lsec_json_count(list), LSEC_MAX_SIDECARS);
		json_object_put(list);
		list = NULL;
	}
	lsec_findings_take(findings, "hook-json", &refused);
	return list;
}

/* What launchSecurity names, as a mask. */
static unsigned read_native(const struct json_object *instance)
{
	const struct json_object *domain =
		lsec_json_member(lsec_json_member(instance, "spec"), "domain");
	const struct json_object *security = lsec_json_member(domain, "launchSecurity");
	return (lsec_json_member(security, "sev") == NULL ? 0 : LSEC_NATIVE_SEV) |
	       (lsec_json_member(security, "snp") == NULL ? 0 : LSEC_NATIVE_SNP) |
	       (lsec_json_member(security, "tdx") == NULL ? 0 : LSEC_NATIVE_TDX);
}

static void take_report(const struct lsec_report *report, const struct lsec_subject *subject,
                        struct lsec_findings *findings)
{
	const char *path = lsec_vmi_kind(subject->document)->path;
	for (size_t i = 0; i < report->warning_count; i++) {
		const char *place = lsec_place_in_manifest(report->warnings[i].place);
		bool spec = strncmp(place, "spec.", 5) == 0;
		struct lsec_finding finding = {.severity = LSEC_SEVERITY_WARNING,
		                               .rule = "apply",
		                               .place =
		                                       lsec_format("%s%s", spec ? path : "", place),
		                               .what = lsec_strdup(report->warnings[i].what)};
		lsec_findings_add(findings, finding);
	}
}

/* What launchsec itself will say: the annotations, by the core. */
static void check(const struct lsec_lint_request *request, struct lsec_subject *subject,
                  struct lsec_vmi *vmi, struct lsec_report *report, struct lsec_problems *ret)
{
	const struct json_object *domain =
		lsec_json_member(lsec_json_member(subject->instance, "spec"), "domain");
	const struct json_object *firmware = lsec_json_member(domain, "firmware");
	const struct json_object *boot =
		lsec_json_member(lsec_json_member(firmware, "kernelBoot"), "container");
	const struct json_object *model =
		lsec_json_member(lsec_json_member(domain, "cpu"), "model");
	bool efi = lsec_json_member(lsec_json_member(firmware, "bootloader"), "efi") != NULL;
	struct lsec_expected expected = {
		.config = request->config,
		.security_open = subject->presets,
		.efi = efi || subject->presets,
		.kernel = lsec_json_member(boot, "kernelPath") != NULL,
		.cpu_model = lsec_json_text(model),
	};
	/* KubeVirt's default, unless the cluster, an instancetype or a preference has another. */
	if (model == NULL && !subject->presets)
		expected.cpu_model = "host-model";
	/* Annotations that cannot be read ask, too. */
	subject->asks = lsec_json_member(request->document, "metadata") != NULL;
	lsec_vmi_check_size(request->document, request->name, ret);
	lsec_vmi_refuse_lost(request->document, "", ret);
	if (lsec_vmi_from_json(request->document, request->name, vmi, ret) < 0)
		return;
	subject->asks = vmi->annotation_count > 0;
	lsec_check_vmi(vmi, &expected, &subject->tees, report, ret);
}

static bool is_none(const struct lsec_vmi *vmi)
{
	for (size_t i = 0; i < vmi->annotation_count; i++)
		if (strcmp(vmi->annotations[i].key, "type") == 0)
			return strcmp(vmi->annotations[i].value, "none") == 0;
	return false;
}

unsigned lsec_lint(const struct lsec_lint_request *request, struct lsec_findings *ret)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	struct lsec_subject subject = {
		.document = request->document, .vmi = &vmi, .kubevirt = request->kubevirt};
	/* KubeVirt has Plugins from 1.9 on. */
	subject.plugin = request->plugin &&
	                 (request->kubevirt == LSEC_KUBEVIRT_ANY || request->kubevirt >= 9);
	subject.instance = lsec_vmi_instance(request->document, &subject.owner);
	const struct json_object *spec = lsec_json_member(subject.owner, "spec");
	subject.presets = lsec_json_member(spec, "instancetype") != NULL ||
	                  lsec_json_member(spec, "preference") != NULL;
	subject.native = read_native(subject.instance);
	check(request, &subject, &vmi, &report, &refused);
	lsec_findings_take(ret, "annotations", &refused);
	if (is_none(&vmi) || !json_object_is_type(subject.instance, json_type_object))
		return subject.tees;
	cleanup_json struct json_object *hooks = read_hooks(subject.instance, ret);
	subject.hooks = hooks;
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++)
		if (applies(rule, &subject))
			follow(ret, &subject, rule);
	take_report(&report, &subject, ret);
	return subject.tees;
}
