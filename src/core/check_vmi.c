/* SPDX-License-Identifier: Apache-2.0 */
/* Checks annotations before there is a domain, against the one that KubeVirt will make. */
#include "check_vmi.h"

#include <string.h>

#include "base/text.h"
#include "checks.h"

/* The images that KubeVirt starts (converter: os.go, efi.go). */
#define OVMF "/usr/share/OVMF/OVMF"

/* KubeVirt's names for the modes beside those of models (converter: cpu.go). */
static void set_cpu(struct lsec_domain *domain, const char *model)
{
	bool mode = model != NULL && strncmp(model, "host-", 5) == 0;
	domain->cpu_mode = lsec_unconst(mode ? model : "custom");
	domain->cpu_model = mode ? NULL : lsec_unconst(model);
}

/* The domain with the firmware that KubeVirt gives it. */
static struct lsec_domain domain_to_come(const struct lsec_vmi *vmi,
                                         const struct lsec_expected *expected)
{
	struct lsec_domain domain = lsec_domain_planned(vmi);
	domain.kernel = expected->kernel;
	set_cpu(&domain, expected->cpu_model);
	if (!expected->efi)
		return domain;
	bool rom = domain.tee != LSEC_TEE_NONE;
	const char *image = OVMF "_CODE.secboot.fd";
	if (domain.tee == LSEC_TEE_SEV_SNP)
		image = OVMF ".amdsev.fd";
	else if (rom)
		image = vmi->secure_boot ? OVMF ".inteltdx.secboot.fd" : OVMF ".inteltdx.fd";
	domain.loader_type = lsec_unconst(rom ? "rom" : "pflash");
	domain.loader_path = lsec_unconst(image);
	return domain;
}

/* Where what is found goes. */
struct found {
	struct lsec_settings *settings; /* empty before */
	struct lsec_report *report;     /* NULL: warnings are not wanted */
	struct lsec_problems *problems;
};

/* What one TEE makes of the annotations, and warnings where only that one may be meant. */
static int check_as(const struct lsec_asked *asked, enum lsec_tee tee,
                    const struct lsec_domain *domain, const struct found *found)
{
	struct lsec_host host = {0};
	struct lsec_request request = *asked->request;
	struct lsec_asked here = *asked;
	request.host = &host;
	here.request = &request;
	/* A CPU with all of SEV, the C-bit at 51: the node is not known yet. */
	lsec_host_decode(0x1a, 0x73, &host);
	int status = lsec_settle(&here, tee, domain, found->settings, found->problems);
	host = (struct lsec_host){0}; /* no warnings about it */
	if (status == 0 && found->report != NULL)
		lsec_check_warnings(&request, found->settings, domain, found->report,
		                    found->problems);
	return status;
}

/* If both TEEs refuse, report the errors of the one whose keys are used. */
static enum lsec_tee tee_of_keys(const struct lsec_asked *asked)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (asked->of[i] != NULL && lsec_key(i)->tees == LSEC_TEE_TDX)
			return LSEC_TEE_TDX;
	return LSEC_TEE_SEV_SNP;
}

/* What one of the TEEs that `auto` may become makes of the VM. */
struct outcome {
	struct lsec_settings settings;
	struct lsec_report report;
	struct lsec_problems refused;
};

static void outcome_clear(struct outcome *outcome)
{
	lsec_settings_clear(&outcome->settings);
	lsec_report_clear(&outcome->report);
	lsec_problems_clear(&outcome->refused);
}

static bool is_warned(const struct lsec_report *report, const char *place)
{
	for (size_t i = 0; i < report->warning_count; i++)
		if (strcmp(report->warnings[i].place, place) == 0)
			return true;
	return false;
}

/* The warnings of one TEE: what both warn of once, and the rest as this one's where the other
 * accepts the VM, too. */
static void add_warnings(const struct lsec_vmi *vmi, const struct outcome *one,
                         const struct outcome *other, struct lsec_report *ret)
{
	bool first = one->settings.tee == LSEC_TEE_SEV_SNP;
	bool alone = lsec_problems_any(&other->refused);
	for (size_t i = 0; i < one->report.warning_count; i++) {
		const struct lsec_warning *warning = &one->report.warnings[i];
		bool shared = is_warned(&other->report, warning->place);
		if (shared && !first)
			continue;
		if (shared && strcmp(warning->place, LSEC_SECURITY_PLACE) == 0)
			lsec_warn_missing_security(LSEC_TEE_BOTH, true, vmi->kubevirt, ret);
		else if (shared || alone)
			lsec_report_warn(ret, warning->place, "%s", warning->what);
		else
			lsec_report_warn(ret, warning->place, "on nodes with %s: %s",
			                 lsec_tee_title(one->settings.tee), warning->what);
	}
}

/* What the only other TEE refuses keeps the VM on nodes of this one. */
static void add_refusals(const struct outcome *one, const struct outcome *refusing,
                         struct lsec_report *ret)
{
	for (size_t i = 0; i < refusing->refused.count; i++) {
		const struct lsec_problem *problem = &refusing->refused.items[i];
		if (!is_warned(&one->report, problem->place))
			lsec_report_warn(
				ret, problem->place,
				"nodes with %s refuse this VM of type auto (%s); set the type, or use what both TEEs accept",
				lsec_tee_title(refusing->settings.tee), problem->what);
	}
}

/* `auto`, and nothing else sets the TEE: it is enough that one accepts it. What the other refuses,
 * and what either warns of, are warnings. */
static int check_as_any(const struct lsec_asked *asked, const struct lsec_domain *domain,
                        struct lsec_report *report, struct lsec_problems *problems)
{
	struct lsec_settings ignored LSEC_CLEANUP(lsec_settings_clear) = {0};
	struct outcome snp LSEC_CLEANUP(outcome_clear) = {0};
	struct outcome tdx LSEC_CLEANUP(outcome_clear) = {0};
	int status = check_as(asked, LSEC_TEE_SEV_SNP, domain,
	                      &(struct found){&snp.settings, &snp.report, &snp.refused});
	int other = check_as(asked, LSEC_TEE_TDX, domain,
	                     &(struct found){&tdx.settings, &tdx.report, &tdx.refused});
	if (status < 0 && other < 0)
		return check_as(asked, tee_of_keys(asked), domain,
		                &(struct found){&ignored, NULL, problems});
	if (report == NULL)
		return 0;
	add_warnings(asked->request->vmi, &snp, &tdx, report);
	add_warnings(asked->request->vmi, &tdx, &snp, report);
	if (status < 0)
		add_refusals(&tdx, &snp, report);
	else
		add_refusals(&snp, &tdx, report);
	return 0;
}

/* The only TEE that `auto` may become here; LSEC_TEE_NONE if there are several. */
static enum lsec_tee tee_of_auto(const struct lsec_domain *domain)
{
	if (lsec_equal(domain->security, "sev"))
		return LSEC_TEE_SEV_SNP;
	return domain->tee;
}

int lsec_plan_vmi(const struct lsec_vmi *vmi, const struct lsec_expected *expected,
                  struct lsec_plan *ret, struct lsec_report *report, struct lsec_problems *problems)
{
	struct lsec_vmi seen = *vmi; /* borrowed */
	struct lsec_request request = {.vmi = &seen, .config = expected->config};
	struct lsec_domain domain = domain_to_come(vmi, expected);
	struct lsec_asked asked;
	enum lsec_tee tee = LSEC_TEE_NONE;
	bool open = vmi->launch_security == NULL && expected->security_open;
	*ret = (struct lsec_plan){0};
	seen.kubevirt = expected->kubevirt;
	if (vmi->annotation_count == 0)
		return 0;
	int status = lsec_settings_ask(&request, &asked, problems);
	bool automatic = lsec_asked_type_is(&asked, "auto");
	if (lsec_asked_type_is(&asked, "none") || (asked.of[LSEC_KEY_TYPE] == NULL && open))
		return status;
	if (automatic)
		tee = tee_of_auto(&domain);
	else
		status |= lsec_settings_tee(&asked, &domain, &tee, problems);
	if (open) /* something else may set it */
		seen.launch_security = lsec_tee_name(tee);
	if (automatic && tee == LSEC_TEE_NONE) {
		ret->tees = LSEC_TEE_BOTH;
		return status |
		       check_as_any(&asked, &domain, status == 0 ? report : NULL, problems);
	}
	ret->tees = (unsigned)tee;
	if (tee == LSEC_TEE_NONE)
		return status;
	const struct found found = {&ret->settings, status == 0 ? report : NULL, problems};
	return status | check_as(&asked, tee, &domain, &found);
}

int lsec_check_vmi(const struct lsec_vmi *vmi, const struct lsec_expected *expected, unsigned *ret,
                   struct lsec_report *report, struct lsec_problems *problems)
{
	struct lsec_plan plan LSEC_CLEANUP(lsec_plan_clear) = {0};
	int status = lsec_plan_vmi(vmi, expected, &plan, report, problems);
	*ret = plan.tees;
	return status;
}

void lsec_plan_clear(struct lsec_plan *plan)
{
	lsec_settings_clear(&plan->settings);
	*plan = (struct lsec_plan){0};
}

const char *lsec_place_in_manifest(const char *place)
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
			return places[i][1];
	return place;
}
