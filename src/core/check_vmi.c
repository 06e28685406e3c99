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

/* `auto`, and nothing else sets the TEE: it is enough that one accepts it. */
static int check_as_any(const struct lsec_asked *asked, const struct lsec_domain *domain,
                        struct lsec_problems *problems)
{
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_settings of_other LSEC_CLEANUP(lsec_settings_clear) = {0};
	struct lsec_settings of_tee LSEC_CLEANUP(lsec_settings_clear) = {0};
	enum lsec_tee tee = tee_of_keys(asked);
	enum lsec_tee other = tee == LSEC_TEE_TDX ? LSEC_TEE_SEV_SNP : LSEC_TEE_TDX;
	if (check_as(asked, other, domain, &(struct found){&of_other, NULL, &ignored}) == 0)
		return 0;
	return check_as(asked, tee, domain, &(struct found){&of_tee, NULL, problems});
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
	if (automatic && tee == LSEC_TEE_NONE) {
		ret->tees = LSEC_TEE_BOTH;
		return status | check_as_any(&asked, &domain, problems);
	}
	ret->tees = (unsigned)tee;
	if (tee == LSEC_TEE_NONE)
		return status;
	if (open) /* something else may set it */
		seen.launch_security = lsec_tee_name(tee);
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
