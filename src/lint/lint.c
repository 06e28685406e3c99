/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's manifest against the rules. */
#include "lint.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "core/asked_tee.h"
#include "core/check_vmi.h"
#include "core/checks.h"
#include "input/kinds.h"
#include "input/vmi.h"
#include "judge.h"
#include "places.h"
#include "presets.h"
#include "templates.h"

/* The list in the annotation of the sidecars; NULL for what is no list, which is
 * reported. */
static struct json_object *read_hooks(const struct json_object *instance, bool template,
                                      struct lsec_findings *findings)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const struct json_object *metadata = lsec_json_member(instance, "metadata");
	const struct json_object *value =
		lsec_json_member(lsec_json_member(metadata, "annotations"), LSEC_HOOK_KEY);
	struct json_object *list = NULL;
	if (value == NULL || (template && lsec_has_parameter(lsec_json_text(value))))
		return NULL;
	/* Go reads it so, too: KubeVirt pkg/hooks/hooks.go UnmarshalHookSidecarList. */
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
		                 "must be a string, got %s; put it in quotes",
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
	const struct json_object *domain = lsec_json_at(instance, "spec.domain", '.');
	const struct json_object *security = lsec_json_member(domain, "launchSecurity");
	return (lsec_json_member(security, "sev") == NULL ? 0 : LSEC_NATIVE_SEV) |
	       (lsec_json_member(security, "snp") == NULL ? 0 : LSEC_NATIVE_SNP) |
	       (lsec_json_member(security, "tdx") == NULL ? 0 : LSEC_NATIVE_TDX);
}

/* Whether a finding is of a field that was meant to be the one at a place. */
static bool is_misspelt(const struct lsec_finding *finding, const char *place)
{
	const char *name = strrchr(place, '.');
	size_t parent = name == NULL ? 0 : (size_t)(name - place) + 1;
	return parent > 0 && strncmp(finding->place, place, parent) == 0 &&
	       strcmp(finding->place + parent, place + parent) != 0 &&
	       lsec_name_distance(finding->place + parent, place + parent) != SIZE_MAX;
}

/* Whether a finding makes lint fail. */
static bool is_failure(const struct lsec_finding *finding)
{
	return finding->severity == LSEC_SEVERITY_ERROR && finding->ignored == NULL;
}

/* Whether one of the findings from `first` on says what is wrong at a place; `fails`: only those
 * that make lint fail. */
static bool is_explained(const struct lsec_findings *findings, size_t first, const char *place,
                         bool fails)
{
	static const char *const rules[] = {"launch-security", "native-field", "native-value"};
	size_t len = strlen(LSEC_SECURITY_PLACE);
	size_t whole = strlen(place);
	bool security = whole >= len && strcmp(place + whole - len, LSEC_SECURITY_PLACE) == 0;
	for (size_t i = first; i < findings->count; i++) {
		const struct lsec_finding *one = &findings->of[i];
		if (fails && !is_failure(one))
			continue;
		if (is_misspelt(one, place))
			return true;
		for (size_t k = 0; security && k < sizeof(rules) / sizeof(rules[0]); k++)
			if (strcmp(one->rule, rules[k]) == 0)
				return true;
	}
	return false;
}

/* What the core warns of; `first`: the first finding of this VM. */
static void take_report(const struct lsec_report *report, const struct lsec_subject *subject,
                        size_t first, struct lsec_findings *findings)
{
	for (size_t i = 0; i < report->warning_count; i++) {
		const char *place = lsec_place_in_manifest(report->warnings[i].place);
		bool spec = strncmp(place, "spec.", 5) == 0;
		cleanup_free char *whole = lsec_concat(spec ? subject->base : "", place);
		if (is_explained(findings, first, whole, false))
			continue;
		struct lsec_finding finding = {.severity = LSEC_SEVERITY_WARNING,
		                               .rule = "apply",
		                               .place = lsec_steal(&whole),
		                               .what = lsec_strdup(report->warnings[i].what)};
		lsec_findings_add(findings, finding);
	}
}

/* The annotations, checked by the core as the hook will. */
static void check(const struct lsec_lint_request *request, struct lsec_subject *subject,
                  struct lsec_vmi *vmi, struct lsec_report *report, struct lsec_problems *ret)
{
	const struct json_object *domain = lsec_json_at(subject->instance, "spec.domain", '.');
	const struct json_object *firmware = lsec_json_member(domain, "firmware");
	const struct json_object *boot = lsec_json_at(firmware, "kernelBoot.container", '.');
	const char *model = lsec_json_text(lsec_json_at(domain, "cpu.model", '.'));
	bool efi = lsec_json_at(firmware, "bootloader.efi", '.') != NULL;
	struct lsec_expected expected = {
		.config = request->config,
		.security_open = subject->presets,
		.efi = efi || subject->presets,
		.kernel = lsec_json_member(boot, "kernelPath") != NULL,
		.cpu_model = model,
		.kubevirt = request->kubevirt == LSEC_KUBEVIRT_ANY ? 0 : request->kubevirt,
	};
	/* KubeVirt's default, unless the cluster, an instancetype or a preference has another. */
	if (model == NULL || model[0] == '\0')
		expected.cpu_model = subject->presets ? NULL : "host-model";
	/* Annotations that cannot be read ask, too. */
	subject->asks = lsec_json_member(request->document, "metadata") != NULL;
	lsec_vmi_check_size(request->document, request->name, ret);
	subject->lost = lsec_vmi_refuse_lost(request->document, ret) < 0;
	int status = lsec_vmi_from_json_partly(request->document, request->name, vmi, ret);
	if (status == 0)
		subject->asks = vmi->annotation_count > 0;
	lsec_check_vmi(vmi, &expected, &subject->tees, status == 0 ? report : NULL, ret);
}

/* Names the instancetype or preference in findings about what it sets. */
static void name_origins(const struct lsec_preset_vm *vm, const char *base, size_t first,
                         struct lsec_findings *findings)
{
	const char *who = NULL;
	const char *where = NULL;
	size_t len = strlen(base);
	for (size_t i = first; i < findings->count; i++) {
		struct lsec_finding *finding = &findings->of[i];
		const char *place = finding->place;
		place += strncmp(place, base, len) == 0 ? len : 0;
		if (strcmp(finding->rule, "preset") == 0 ||
		    lsec_preset_origin(vm, place, &who, &where) == 0)
			continue;
		char *what = lsec_format("%s (from %s, %s)", finding->what, who, where);
		free(finding->what);
		finding->what = what;
		lsec_make_printable(what);
	}
}

/* The rules, over a manifest that was taken apart. */
static void check_rules(struct lsec_subject *subject, const struct lsec_report *report,
                        struct lsec_findings *ret)
{
	cleanup_json struct json_object *hooks =
		read_hooks(subject->instance, subject->template, ret);
	cleanup_free char *right = lsec_concat(subject->base, LSEC_SECURITY_PLACE);
	size_t first = ret->count;
	subject->hooks = hooks;
	lsec_check_places(subject->document, subject->at, right, ret);
	lsec_judge(subject, ret);
	take_report(report, subject, first, ret);
	subject->hooks = NULL;
}

/* Whether a VM asks for protection. Annotations that are refused, or have no effect, ask, unless
 * that is ignored. */
static bool asks(const struct lsec_subject *subject, const struct lsec_problems *refused,
                 const struct lsec_findings *findings, size_t first)
{
	const struct json_object *annotations =
		lsec_json_at(subject->instance, "metadata.annotations", '.');
	bool ignored = lsec_problems_any(refused);
	bool annotated = false;
	const char *key = NULL;
	struct json_object *value = NULL;
	for (size_t i = first; i < findings->count; i++)
		if (is_failure(&findings->of[i]) && lsec_equal(findings->of[i].rule, "annotations"))
			ignored = false;
	lsec_json_foreach (annotations, key, value) {
		annotated |= strncmp(key, LSEC_PREFIX, strlen(LSEC_PREFIX)) == 0;
	}
	return ignored ? annotated : subject->asks || subject->lost;
}

/* A VM whose protection the input does not show, in a repository whose VMs must all be protected.
 */
static void check_protection(const struct lsec_subject *subject, bool none, size_t first,
                             const struct lsec_problems *refused, struct lsec_findings *ret)
{
	cleanup_free char *place = lsec_concat(subject->base, LSEC_SECURITY_PLACE);
	bool sev = subject->native == LSEC_NATIVE_SEV;
	const char *why = none ? "type is none" : "no annotation asks for it";
	char *what = NULL;
	if ((!none && asks(subject, refused, ret, first)) || (subject->native != 0 && !sev) ||
	    is_explained(ret, first, place, true))
		return;
	if (sev)
		what = lsec_format(
			"SEV without SEV-SNP does not protect memory from changes by the host, and %s; replace sev by snp: {}, or set the annotation " LSEC_PREFIX
			"type to sev-snp",
			none ? "type is none" : "no annotation upgrades it");
	else if (subject->presets)
		what = lsec_format(
			"missing, %s, and the instancetype or preference that may set it is not in the input; give its file, too, or set launchSecurity in the VM",
			why);
	else
		what = lsec_format(
			"missing, and %s, so the VM starts without protection; add snp: {} or tdx: {}, and the annotation " LSEC_PREFIX
			"type",
			why);
	lsec_findings_add(ret, (struct lsec_finding){.severity = LSEC_SEVERITY_ERROR,
	                                             .rule = "unprotected",
	                                             .place = lsec_concat(place, sev ? ".sev" : ""),
	                                             .what = what});
}

/* A VM with what its presets set. */
static unsigned lint_vm(const struct lsec_lint_request *request, const struct lsec_preset_vm *vm,
                        struct lsec_findings *ret)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	size_t first = ret->count;
	struct lsec_lint_request with = *request;
	with.document = vm->document;
	cleanup_free char *base = lsec_concat(request->at, lsec_vmi_kind(vm->document)->path);
	struct lsec_subject subject = {.document = vm->document,
	                               .at = request->at,
	                               .base = base,
	                               .vmi = &vmi,
	                               .config = request->config,
	                               .kubevirt = request->kubevirt,
	                               .template = request->template,
	                               .presets = vm->open,
	                               .cluster = request->context->cluster};
	subject.plugin = request->plugin && (request->kubevirt == LSEC_KUBEVIRT_ANY ||
	                                     request->kubevirt >= LSEC_KUBEVIRT_PLUGINS);
	bool open = request->template && lsec_drop_parameters(vm->document, ret);
	subject.instance = lsec_vmi_instance(vm->document, &subject.owner);
	subject.native = read_native(subject.instance);
	check(&with, &subject, &vmi, &report, &refused);
	if (open && subject.tees == LSEC_TEE_BOTH) /* it may be the type that is open */
		lsec_report_clear(&report);
	subject.asks |= open;
	lsec_findings_take(ret, "annotations", &refused);
	bool none = lsec_equal(lsec_annotation_of(&vmi, "type"), "none");
	if (!json_object_is_type(subject.instance, json_type_object))
		return subject.tees;
	if (!none)
		check_rules(&subject, &report, ret);
	if (request->protected)
		check_protection(&subject, none, first, &refused, ret);
	return none ? LSEC_ASKS_FOR_NONE : subject.tees;
}

unsigned lsec_lint(const struct lsec_lint_request *request, struct lsec_findings *ret)
{
	struct lsec_preset_vm vm LSEC_CLEANUP(lsec_preset_vm_clear) = {0};
	size_t first = ret->count;
	cleanup_free char *base = lsec_concat(request->at, lsec_vmi_kind(request->document)->path);
	lsec_presets_apply(request->context, request->document, request->kubevirt, &vm,
	                   &(struct lsec_preset_goal){base, ret});
	unsigned tees = lint_vm(request, &vm, ret);
	name_origins(&vm, base, first, ret);
	return tees;
}

unsigned lsec_lint_preset(const struct lsec_lint_request *request, struct lsec_findings *ret)
{
	struct lsec_preset_vm vm LSEC_CLEANUP(lsec_preset_vm_clear) = {0};
	struct lsec_findings found LSEC_CLEANUP(lsec_findings_clear) = {0};
	const char *who = NULL;
	const char *where = NULL;
	bool preference = lsec_preset_kind(request->document)->preference;
	if (lsec_preset_is_large(request->document))
		lsec_findings_add(
			ret,
			(struct lsec_finding){
				.severity = LSEC_SEVERITY_WARNING,
				.rule = "not-checked",
				.place = lsec_strdup("spec"),
				.what = lsec_strdup("has more than " LSEC_TEXT(
					LSEC_MAX_PRESET_VALUES) " values, which is the limit for applying it: VMs that name it are checked without it; shorten it")});
	lsec_check_places(request->document, "",
	                  preference ? "spec.preferredLaunchSecurity" : "spec.launchSecurity", ret);
	lsec_judge_preset(request->document, preference, request->kubevirt, ret);
	lsec_preset_alone(request->document, request->kubevirt, &vm);
	unsigned tees = lint_vm(request, &vm, &found);
	for (size_t i = 0; i < found.count; i++) {
		struct lsec_finding *one = &found.of[i];
		size_t len = lsec_preset_origin(&vm, one->place, &who, &where);
		if (len == 0)
			continue;
		bool annotation = strchr(one->place, '/') != NULL;
		/* What follows the place that the preset sets follows its own. */
		const char *rest = one->place + len;
		lsec_findings_add(
			ret, (struct lsec_finding){.severity = one->severity,
		                                   .rule = one->rule,
		                                   .place = annotation ? lsec_strdup(one->place)
		                                                       : lsec_concat(where, rest),
		                                   .what = lsec_strdup(one->what),
		                                   .fix = one->fix});
	}
	return tees;
}
