/* SPDX-License-Identifier: Apache-2.0 */
/* An object of a manifest, by its kind. */
#include <string.h>

#include "base/text.h"
#include "input/kinds.h"
#include "input/vmi.h"
#include "lint.h"
#include "templates.h"

/* The VMs inside an object that is a template of others. Returns whether it has some. */
static bool look_inside(struct lsec_lint_request request, struct lsec_looked *looked,
                        struct lsec_findings *ret)
{
	size_t cursor = 0;
	const struct json_object *object = request.document;
	struct lsec_inner_vm vm;
	for (; lsec_inner_vm(object, &cursor, &vm); lsec_inner_vm_clear(&vm)) {
		request.document = vm.document;
		request.at = vm.at;
		request.template = true;
		looked->vms++;
		looked->tees |= lsec_lint(&request, ret);
	}
	lsec_inner_vm_clear(&vm);
	return looked->vms > 0;
}

/* Other programs have kinds with these names, and with names like these. */
static bool is_of_others(const struct json_object *object)
{
	const char *version = lsec_json_text(lsec_json_member(object, "apiVersion"));
	return version != NULL && strstr(version, "kubevirt.io/") == NULL;
}

/* The kind that a misspelt one of KubeVirt's was meant to be; NULL for others. */
static const char *kind_near(const struct json_object *object)
{
	const char *kind = lsec_json_text(lsec_json_member(object, "kind"));
	const struct lsec_vmi_kind *vmi = NULL;
	const struct lsec_preset_kind *preset = NULL;
	if (kind == NULL || is_of_others(object))
		return NULL;
	for (size_t i = 0; (vmi = lsec_vmi_kind_at(i)) != NULL; i++)
		if (lsec_name_distance(kind, vmi->name) != SIZE_MAX)
			return vmi->name;
	for (size_t i = 0; (preset = lsec_preset_kind_at(i)) != NULL; i++)
		if (lsec_name_distance(kind, preset->name) != SIZE_MAX)
			return preset->name;
	return NULL;
}

/* What is no VM is skipped, unless it may have been meant as one, or has one in it. */
static void look_at_other(const struct lsec_lint_request *request, struct lsec_looked *looked,
                          struct lsec_findings *ret)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const char *near = kind_near(request->document);
	if (near != NULL) {
		lsec_findings_add(
			ret,
			(struct lsec_finding){
				.severity = LSEC_SEVERITY_ERROR,
				.rule = "kind",
				.place = lsec_strdup("kind"),
				.what = lsec_format(
					"unknown kind, so the API server refuses the object, and lint does not check it; did you mean %s?",
					near)});
		return;
	}
	bool inside = look_inside(*request, looked, ret);
	looked->skipped = lsec_vmi_refuse_stray(request->document, &refused) == 0 && !inside;
	lsec_findings_take(ret, "annotations", &refused);
	char *hidden = looked->skipped ? lsec_find_hidden(request->document) : NULL;
	if (hidden == NULL)
		return;
	looked->skipped = false;
	lsec_findings_add(
		ret,
		(struct lsec_finding){
			.severity = LSEC_SEVERITY_WARNING,
			.rule = "not-checked",
			.place = hidden,
			.what = lsec_strdup(
				"belongs to a VM, but lint does not check objects of this kind; check the VM that is made from it")});
}

struct lsec_looked lsec_lint_object(const struct lsec_lint_request *request,
                                    struct lsec_findings *ret)
{
	struct lsec_looked looked = {1, 0, false};
	bool others = is_of_others(request->document);
	if (!others && lsec_vmi_kind(request->document) != NULL) {
		looked.tees = lsec_lint(request, ret);
	} else if (!others && lsec_preset_kind(request->document) != NULL) {
		looked.tees = lsec_lint_preset(request, ret);
	} else {
		looked.vms = 0;
		look_at_other(request, &looked, ret);
	}
	return looked;
}
