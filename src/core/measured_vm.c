/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with launchsec's annotations is measured as the hook changes it; any other as it is, since
 * the hook returns it unchanged.
 */
#include "measured_vm.h"

#include <string.h>

#include "apply.h"
#include "asked_tee.h"
#include "base/text.h"
#include "check_vmi.h"
#include "checks.h"
#include "own_settings.h"

/* The hook on the node knows the C-bit. It is not measured, so any value serves here. */
static struct lsec_host host_with_cbitpos(const struct lsec_request *vm)
{
	struct lsec_host host = *vm->host;
	size_t snp = lsec_tee_index(LSEC_TEE_SEV_SNP);
	const char *text = lsec_annotation_of(vm->vmi, lsec_key(LSEC_KEY_CBITPOS)->name);
	if (text == NULL)
		text = vm->config->defaults[snp][LSEC_KEY_CBITPOS].text;
	if (!lsec_host_has(&host, LSEC_FACT_CBITPOS) && lsec_equal(text, "auto"))
		lsec_host_decode(0x1a, 0x73, &host);
	return host;
}

/* The hook's warnings, for a VM that it does not change; it leaves vCPUs to be plugged in, too. */
static void warn_untouched(struct lsec_measured_vm *vm)
{
	const struct lsec_parts *parts = &vm->parts;
	if (parts->plugged > 0)
		lsec_report_warn(
			&vm->report, parts->vcpus_place,
			"%u of the vCPUs %s plugged in, which %s; set " LSEC_TYPE
			", so that launchsec changes it",
			parts->plugged, parts->plugged == 1 ? "is" : "are",
			vm->tee == LSEC_TEE_TDX
				? "KVM rejects for TDX, so the VM does not start"
				: "QEMU 10.1 and newer measure differently from this digest");
	if (vm->tee == LSEC_TEE_SEV_SNP && parts->kernel &&
	    !lsec_is_yes(&vm->settings.of[LSEC_KEY_KERNEL_HASHES]))
		lsec_warn_unhashed(parts->kernel_place, &vm->report);
}

/* --tee for a VM without launchsec's annotations. */
static void warn_filled(const struct lsec_vmi *vmi, enum lsec_tee tee, struct lsec_report *report)
{
	if (lsec_is_untouched(vmi) && tee != LSEC_TEE_NONE)
		lsec_report_warn(
			report, "--tee",
			"the VM does not request %s, so it starts without it; set " LSEC_TYPE
			", which this measurement is for",
			lsec_tee_title(tee));
}

/* Who names the TEE of a VM that the hook touches. */
static char *chosen_by(const struct lsec_vmi *vmi, const struct lsec_own_tee *own,
                       const struct lsec_filled_tee *filled)
{
	if (filled->tee != LSEC_TEE_NONE)
		return lsec_strdup(filled->from);
	return lsec_strdup(lsec_annotation_of(vmi, "type") == NULL ? own->place : LSEC_TYPE);
}

static void annotations_free(struct lsec_vmi *vmi)
{
	free(vmi->annotations);
}

/* Domains. */

/* The TEE of libvirt's own element; of launchsec's arguments, which stand for it; else what
 * KubeVirt was asked for. */
static struct lsec_own_tee own_of_domain(const struct lsec_vmi *vmi,
                                         const struct lsec_domain *domain)
{
	if (domain->security == NULL && domain->arguments.own)
		return (struct lsec_own_tee){lsec_tee_name(LSEC_TEE_TDX),
		                             "/domain/qemu:commandline", false};
	if (domain->security == NULL && vmi->launch_security != NULL)
		return (struct lsec_own_tee){vmi->launch_security, "spec.domain.launchSecurity",
		                             false};
	return (struct lsec_own_tee){domain->security, LSEC_SECURITY, false};
}

static int touched_domain(const struct lsec_request *vm, struct lsec_measured_vm *ret,
                          struct lsec_problems *problems)
{
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_domain domain LSEC_CLEANUP(lsec_domain_clear) = {0};
	const struct lsec_host host = host_with_cbitpos(vm);
	struct lsec_request request = *vm;
	request.host = &host;
	if (lsec_apply_settled(&request, false, &result, &ret->settings, problems) < 0)
		return -1;
	ret->tee = result.tee;
	ret->report = result.report;
	result.report = (struct lsec_report){0};
	if (lsec_xml_read(result.domain, result.domain_len, "the new domain", &xml, problems) < 0)
		return -1;
	lsec_domain_parts(&xml, &domain, problems);
	ret->firmware = lsec_strdup_or_null(domain.loader_path);
	return lsec_parts_of_domain(&domain, &ret->parts, problems);
}

static int untouched_domain(const struct lsec_domain *domain, const struct lsec_own_tee *own,
                            struct lsec_measured_vm *ret, struct lsec_problems *problems)
{
	ret->tee = lsec_tee_of(own);
	ret->tee_from = lsec_strdup(own->place);
	ret->firmware = lsec_strdup_or_null(domain->loader_path);
	int status = lsec_own_settings(ret->tee, domain, &ret->settings, problems);
	status |= lsec_parts_of_domain(domain, &ret->parts, problems);
	if (domain->security == NULL && !domain->arguments.own)
		lsec_report_warn(
			&ret->report, LSEC_SECURITY,
			"missing, so this domain starts unprotected; add it: this measurement is for the VM with %s",
			own->place);
	warn_untouched(ret);
	return status;
}

/* Finds the domain's parts; the hook has not checked what it returns unchanged. */
static int look(const struct lsec_request *vm, struct lsec_xml *xml, struct lsec_domain *ret,
                struct lsec_problems *problems)
{
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	size_t before = lsec_problems_count(problems);
	if (lsec_is_untouched(vm->vmi))
		lsec_apply(vm, false, &result, problems);
	if (lsec_xml_read(vm->domain, vm->domain_len, vm->domain_name, xml, problems) < 0)
		return -1;
	lsec_domain_find(xml, ret, problems);
	return lsec_problems_count(problems) == before ? 0 : -1;
}

static int of_domain(const struct lsec_inputs_request *request, struct lsec_measured_vm *ret,
                     struct lsec_problems *problems)
{
	const struct lsec_vmi *vmi = request->vm->vmi;
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_domain domain LSEC_CLEANUP(lsec_domain_clear) = {0};
	struct lsec_vmi seen LSEC_CLEANUP(annotations_free) = {0};
	struct lsec_request vm = *request->vm;
	struct lsec_filled_tee filled = {LSEC_TEE_NONE, NULL};
	struct lsec_asked asked;
	bool untouched = lsec_is_untouched(vmi);
	/* The hook reports problems of what it changes. */
	bool good = look(&vm, &xml, &domain, untouched ? problems : &ignored) == 0;
	if (untouched && !good)
		return -1;
	const struct lsec_own_tee own = own_of_domain(vmi, &domain);
	if (good && lsec_fill_tee(request, &own, &filled, problems) < 0) {
		lsec_settings_ask(&vm, &asked, problems);
		return -1;
	}
	if (untouched && filled.tee == LSEC_TEE_NONE)
		return untouched_domain(&domain, &own, ret, problems);
	seen = lsec_vmi_with_tee(vmi, filled.tee);
	vm.vmi = &seen;
	int status = touched_domain(&vm, ret, problems);
	ret->tee_from = chosen_by(vmi, &own, &filled);
	warn_filled(vmi, filled.tee, &ret->report);
	return status;
}

/* Manifests. */

/* Warnings at the manifest's own places. */
static void move_warnings(const struct lsec_report *from, const char *path, struct lsec_report *to)
{
	for (size_t i = 0; i < from->warning_count; i++) {
		const char *place = lsec_place_in_manifest(from->warnings[i].place);
		bool spec = strncmp(place, "spec.", strlen("spec.")) == 0;
		cleanup_free char *whole = lsec_format("%s%s", spec ? path : "", place);
		lsec_report_warn(to, whole, "%s", from->warnings[i].what);
	}
}

/* As the domain that KubeVirt is expected to make of it. */
static int plan(const struct lsec_inputs_request *request, const struct lsec_vmi *vmi,
                struct lsec_measured_vm *ret, struct lsec_problems *problems)
{
	const struct lsec_hardware *hardware = request->hardware;
	struct lsec_plan plan LSEC_CLEANUP(lsec_plan_clear) = {0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	bool usual = hardware->cpu_model == NULL && !hardware->instancetype;
	const struct lsec_expected expected = {
		.config = request->vm->config,
		.security_open = hardware->presets,
		.efi = hardware->efi || hardware->presets,
		.kernel = hardware->kernel,
		.cpu_model = usual ? "host-model" : hardware->cpu_model,
	};
	int status = lsec_plan_vmi(vmi, &expected, &plan, &report, problems);
	move_warnings(&report, hardware->path, &ret->report);
	ret->tee = plan.tees == LSEC_TEE_BOTH ? LSEC_TEE_NONE : (enum lsec_tee)plan.tees;
	ret->settings = plan.settings;
	plan.settings = (struct lsec_settings){0};
	const struct lsec_value *firmware = &ret->settings.of[LSEC_KEY_FIRMWARE];
	if (lsec_is_set(firmware) && firmware->word == LSEC_WORD_LITERAL)
		ret->firmware = lsec_strdup(firmware->text);
	return status;
}

static int untouched_manifest(const struct lsec_inputs_request *request,
                              const struct lsec_own_tee *own, struct lsec_measured_vm *ret,
                              struct lsec_problems *problems)
{
	/* The hook refuses unknown keys also with `type: none`. */
	int status = plan(request, request->vm->vmi, ret, problems);
	ret->tee = lsec_tee_of(own);
	ret->tee_from = lsec_strdup(own->place);
	if (ret->tee != LSEC_TEE_NONE)
		status |= lsec_own_settings(ret->tee, NULL, &ret->settings, problems);
	warn_untouched(ret);
	return status;
}

static int of_manifest(const struct lsec_inputs_request *request, struct lsec_measured_vm *ret,
                       struct lsec_problems *problems)
{
	const struct lsec_vmi *vmi = request->vm->vmi;
	const struct lsec_hardware *hardware = request->hardware;
	cleanup_free char *place = lsec_format("%sspec.domain.launchSecurity", hardware->path);
	const struct lsec_own_tee own = {vmi->launch_security, place, hardware->presets};
	struct lsec_vmi seen LSEC_CLEANUP(annotations_free) = {0};
	struct lsec_filled_tee filled = {LSEC_TEE_NONE, NULL};
	int status = lsec_fill_tee(request, &own, &filled, problems);
	lsec_parts_of_manifest(hardware, &ret->parts);
	if (lsec_is_untouched(vmi) && filled.tee == LSEC_TEE_NONE)
		return status | untouched_manifest(request, &own, ret, problems);
	seen = lsec_vmi_with_tee(vmi, filled.tee);
	status |= plan(request, &seen, ret, problems);
	ret->tee_from = chosen_by(vmi, &own, &filled);
	warn_filled(vmi, filled.tee, &ret->report);
	return status;
}

int lsec_measured_vm(const struct lsec_inputs_request *request, struct lsec_measured_vm *ret,
                     struct lsec_problems *problems)
{
	enum lsec_tee given = request->given.tee;
	*ret = (struct lsec_measured_vm){0};
	int status = request->vm->domain != NULL ? of_domain(request, ret, problems)
	                                         : of_manifest(request, ret, problems);
	if (given == LSEC_TEE_NONE || ret->tee == LSEC_TEE_NONE || given == ret->tee)
		return status;
	return lsec_refuse_other_tee(given, lsec_tee_name(ret->tee), ret->tee_from, problems);
}

void lsec_measured_vm_clear(struct lsec_measured_vm *vm)
{
	free(vm->tee_from);
	free(vm->firmware);
	lsec_settings_clear(&vm->settings);
	lsec_parts_clear(&vm->parts);
	lsec_report_clear(&vm->report);
	*vm = (struct lsec_measured_vm){0};
}
