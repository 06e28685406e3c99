/* SPDX-License-Identifier: Apache-2.0 */
#include "lint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "conditions.h"
#include "input/vmi.h"
#include "rules.h"

int lsec_kubevirt_version(const char *text, int *ret, struct lsec_problems *problems)
{
	char *end = NULL;
	const char *at = text + (text[0] == 'v');
	unsigned long major = isdigit((unsigned char)*at) ? strtoul(at, &end, 10) : 0;
	const char *minor = major > 0 && *end == '.' ? end + 1 : "";
	unsigned long number = isdigit((unsigned char)*minor) ? strtoul(minor, &end, 10) : 1000;
	if (number >= 1000 || major >= 1000 || (*end != '\0' && *end != '.' && *end != '-'))
		return lsec_problem_add(
			problems, "--kubevirt",
			"found %s; want a version of KubeVirt from 1.0 on: 1.6, or v1.6.2",
			lsec_quote(text).text);
	*ret = major > 1 ? 1000 : (int)number;
	return 0;
}

/* A value as it stands in the manifest; a member's name, where that is the matter. */
static struct lsec_quote describe(const struct lsec_spot *spot)
{
	struct lsec_quote ret = {"nothing"};
	const struct lsec_rule *rule = spot->rule;
	bool named = rule->words[0] != '\0' && rule->place[strlen(rule->place) - 1] == '*';
	if (named)
		return lsec_quote(spot->name);
	if (spot->value != NULL && strcmp(rule->place, LSEC_HOOK_KEY) == 0) {
		size_t count = json_array_size(spot->subject->hooks);
		snprintf(ret.text, sizeof(ret.text), "%zu sidecar%s", count, count == 1 ? "" : "s");
		return ret;
	}
	const char *kind = lsec_json_kind(spot->value);
	if (json_is_string(spot->value))
		return lsec_quote_bytes(json_string_value(spot->value),
		                        json_string_length(spot->value));
	if (json_is_boolean(spot->value))
		kind = json_is_true(spot->value) ? "true" : "false";
	else if (json_is_object(spot->value) && json_object_size(spot->value) == 0)
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

/* Where findings go while a rule is looked at. */
struct walk {
	struct lsec_findings *findings;
	struct lsec_problems *problems;
};

static int judge(const struct walk *walk, const struct lsec_spot *spot, const char *place)
{
	const struct lsec_rule *rule = spot->rule;
	struct lsec_buffer what = {0};
	if (!rule->is_wrong(spot))
		return 0;
	lsec_buffer_format(&what, "found %s; want %s", describe(spot).text, rule->want);
	if (spot->subject->kubevirt == LSEC_KUBEVIRT_ANY && is_bounded(rule))
		add_versions(&what, rule);
	return lsec_findings_add(walk->findings,
	                         (struct lsec_finding){severity_of(spot), rule->id, strdup(place),
	                                               lsec_buffer_take(&what), rule->mend},
	                         walk->problems);
}

static const json_t *member_of(const struct lsec_spot *spot, const char *name)
{
	bool hooks = spot->rule->place[0] == '[';
	return hooks ? lsec_go_member(spot->value, name) : lsec_json_member(spot->value, name);
}

static int visit(const struct walk *walk, struct lsec_spot spot, const char *path,
                 const char *place);

static int visit_items(const struct walk *walk, const struct lsec_spot *spot, const char *path,
                       const char *place)
{
	for (size_t i = 0; i < json_array_size(spot->value); i++) {
		struct lsec_spot next = *spot;
		cleanup_free char *behind = lsec_format("%s[%zu]", place, i);
		next.parent = spot->value;
		next.value = next.item = json_array_get(spot->value, i);
		next.index = i;
		if (behind == NULL)
			return lsec_problem_no_memory(walk->problems);
		if (visit(walk, next, path, behind) < 0)
			return -1;
	}
	return 0;
}

static int visit_member(const struct walk *walk, const struct lsec_spot *spot, const char *name,
                        const json_t *value, const char *path, const char *place)
{
	struct lsec_spot next = *spot;
	const char *dot = place[0] == '\0' || place[strlen(place) - 1] == '.' ? "" : ".";
	cleanup_free char *behind =
		lsec_format("%s%s%s", place, dot, strlen(name) > 60 ? lsec_quote(name).text : name);
	next.parent = spot->value;
	next.name = name;
	next.value = value;
	if (behind == NULL)
		return lsec_problem_no_memory(walk->problems);
	return visit(walk, next, path, behind);
}

/* Follows the path of a rule from a spot on, and asks at its end. */
static int visit(const struct walk *walk, struct lsec_spot spot, const char *path,
                 const char *place)
{
	char name[32];
	path += *path == '.';
	if (*path == '\0')
		return judge(walk, &spot, place);
	if (strncmp(path, "[]", 2) == 0)
		return visit_items(walk, &spot, path + 2, place);
	if (*path == '*') {
		const char *key = NULL;
		json_t *value = NULL;
		json_object_foreach (lsec_unconst(spot.value), key, value) {
			if (visit_member(walk, &spot, key, value, path + 1, place) < 0)
				return -1;
		}
		return 0;
	}
	size_t len = strcspn(path, ".[");
	memcpy(name, path, len);
	name[len] = '\0';
	return visit_member(walk, &spot, name, member_of(&spot, name), path + len, place);
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

static int follow(const struct walk *walk, const struct lsec_subject *subject,
                  const struct lsec_rule *rule)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(subject->document);
	struct lsec_spot spot = {.subject = subject, .rule = rule, .value = subject->instance};
	if (strchr(rule->place, '/') != NULL) {
		const json_t *metadata = lsec_json_member(subject->instance, "metadata");
		spot.parent = lsec_json_member(metadata, "annotations");
		spot.name = rule->place;
		spot.value = lsec_json_member(spot.parent, rule->place);
		return judge(walk, &spot, rule->place);
	}
	if (rule->place[0] == '[') {
		spot.value = subject->hooks;
		return visit(walk, spot, rule->place, LSEC_HOOK_KEY);
	}
	return visit(walk, spot, rule->place, kind == NULL ? "" : kind->path);
}

/* The list in the annotation of the sidecars. What is no list is told. */
static int read_hooks(const json_t *instance, json_t **ret, struct lsec_findings *findings,
                      struct lsec_problems *problems)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const json_t *metadata = lsec_json_member(instance, "metadata");
	const json_t *value =
		lsec_json_member(lsec_json_member(metadata, "annotations"), LSEC_HOOK_KEY);
	if (value == NULL)
		return 0;
	/* Go's reader, as ours; KubeVirt pkg/hooks/hooks.go UnmarshalHookSidecarList. */
	if (json_is_string(value))
		lsec_json_read_list(json_string_value(value), json_string_length(value),
		                    LSEC_MAX_INITDATA_VALUE, LSEC_HOOK_KEY,
		                    "a list of hook sidecars", ret, &refused);
	else
		lsec_problem_add(&refused, LSEC_HOOK_KEY,
		                 "found %s; want a string: put it in quotes",
		                 lsec_json_kind(value));
	if (json_array_size(*ret) > LSEC_MAX_SIDECARS) {
		lsec_problem_add(&refused, LSEC_HOOK_KEY,
		                 "the list has %zu sidecars, but the limit is %d; shorten it",
		                 json_array_size(*ret), LSEC_MAX_SIDECARS);
		lsec_json_put(ret);
		*ret = NULL;
	}
	return lsec_findings_take(findings, "hook-json", &refused, problems);
}

/* What launchSecurity names, as a mask. */
static unsigned read_native(const json_t *instance)
{
	const json_t *domain = lsec_json_member(lsec_json_member(instance, "spec"), "domain");
	const json_t *security = lsec_json_member(domain, "launchSecurity");
	return (lsec_json_member(security, "sev") == NULL ? 0 : LSEC_NATIVE_SEV) |
	       (lsec_json_member(security, "snp") == NULL ? 0 : LSEC_NATIVE_SNP) |
	       (lsec_json_member(security, "tdx") == NULL ? 0 : LSEC_NATIVE_TDX);
}

/* The core's warnings name places of the domain: those of the manifest for them. */
static const char *place_in_manifest(const char *place, bool *ret_spec)
{
	static const char *const places[][2] = {
		{"/domain/os/loader", "spec.domain.firmware.bootloader.efi.secureBoot"},
		{"/domain/os/nvram", "spec.domain.firmware.bootloader.efi.persistent"},
		{"/domain/os/kernel", "spec.domain.firmware.kernelBoot"},
		{"/domain/cpu/model", "spec.domain.cpu.model"},
		{"/domain/cpu/@mode", "spec.domain.cpu.model"},
		{"/domain/sysinfo/oemStrings", LSEC_PREFIX "oem-strings"},
	};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(place, places[i][0]) == 0)
			place = places[i][1];
	*ret_spec = strncmp(place, "spec.", 5) == 0;
	return place;
}

static int take_report(const struct lsec_report *report, const struct lsec_subject *subject,
                       struct lsec_findings *findings, struct lsec_problems *problems)
{
	const char *path = lsec_vmi_kind(subject->document)->path;
	for (size_t i = 0; i < report->warning_count; i++) {
		bool spec = false;
		const char *place = place_in_manifest(report->warnings[i].place, &spec);
		struct lsec_finding finding = {LSEC_SEVERITY_WARNING, "apply",
		                               lsec_format("%s%s", spec ? path : "", place),
		                               strdup(report->warnings[i].what), NULL};
		if (lsec_findings_add(findings, finding, problems) < 0)
			return -1;
	}
	return 0;
}

/* What launchsec itself will say: the annotations, by the core. */
static int check(const struct lsec_lint_request *request, struct lsec_subject *subject,
                 struct lsec_vmi *vmi, struct lsec_report *report, unsigned *ret_tees,
                 struct lsec_problems *ret)
{
	const json_t *domain =
		lsec_json_member(lsec_json_member(subject->instance, "spec"), "domain");
	const json_t *firmware = lsec_json_member(domain, "firmware");
	const json_t *boot =
		lsec_json_member(lsec_json_member(firmware, "kernelBoot"), "container");
	const json_t *model = lsec_json_member(lsec_json_member(domain, "cpu"), "model");
	bool efi = lsec_json_member(lsec_json_member(firmware, "bootloader"), "efi") != NULL;
	struct lsec_expected expected = {
		.security_open = subject->presets,
		.efi = efi || subject->presets,
		.kernel = lsec_json_member(boot, "kernelPath") != NULL,
		.cpu_model = json_string_value(model),
	};
	/* KubeVirt's default, unless the cluster, an instancetype or a preference has another. */
	if (model == NULL && !subject->presets)
		expected.cpu_model = "host-model";
	/* Annotations that cannot be read ask, too. */
	subject->asks = lsec_json_member(request->document, "metadata") != NULL;
	int status = lsec_vmi_check_size(request->document, request->name, ret);
	status |= lsec_vmi_refuse_lost(request->document, "", ret);
	if (lsec_vmi_from_json(request->document, request->name, vmi, ret) < 0)
		return -1;
	subject->asks = vmi->annotation_count > 0;
	return status | lsec_check_vmi(vmi, request->config, &expected, ret_tees, report, ret);
}

static bool is_none(const struct lsec_vmi *vmi)
{
	for (size_t i = 0; i < vmi->annotation_count; i++)
		if (strcmp(vmi->annotations[i].key, "type") == 0)
			return strcmp(vmi->annotations[i].value, "none") == 0;
	return false;
}

int lsec_lint(const struct lsec_lint_request *request, unsigned *ret_tees,
              struct lsec_findings *ret, struct lsec_problems *problems)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	struct lsec_subject subject = {
		.document = request->document, .vmi = &vmi, .kubevirt = request->kubevirt};
	/* KubeVirt has Plugins from 1.9 on. */
	subject.plugin = request->plugin &&
	                 (request->kubevirt == LSEC_KUBEVIRT_ANY || request->kubevirt >= 9);
	const struct walk walk = {ret, problems};
	cleanup_json json_t *hooks = NULL;
	subject.instance = lsec_vmi_instance(request->document, &subject.owner);
	const json_t *spec = lsec_json_member(subject.owner, "spec");
	subject.presets = lsec_json_member(spec, "instancetype") != NULL ||
	                  lsec_json_member(spec, "preference") != NULL;
	subject.native = read_native(subject.instance);
	*ret_tees = 0;
	check(request, &subject, &vmi, &report, ret_tees, &refused);
	subject.tees = *ret_tees;
	if (lsec_findings_take(ret, "annotations", &refused, problems) < 0)
		return -1;
	if (is_none(&vmi) || !json_is_object(subject.instance))
		return 0;
	if (read_hooks(subject.instance, &hooks, ret, problems) < 0)
		return -1;
	subject.hooks = hooks;
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++)
		if (applies(rule, &subject) && follow(&walk, &subject, rule) < 0)
			return -1;
	return take_report(&report, &subject, ret, problems);
}
