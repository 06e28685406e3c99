/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the resolved settings: contradictions and warnings. */
#include "checks.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cpu_models.h"
#include "domain/devices.h"
#include "id_block.h"
#include "launchsec/policy.h"
#include "own_warnings.h"
#include "rule_oem_strings.h"
#include "unknown_fields.h"

static int check_kernel(const struct lsec_settings *settings, const struct lsec_domain *domain,
                        struct lsec_problems *problems)
{
	const struct lsec_value *hashes = &settings->of[LSEC_KEY_KERNEL_HASHES];
	return lsec_is_yes(hashes) && !domain->kernel ? lsec_refuse_hashes(hashes, problems) : 0;
}

int lsec_refuse_hashes(const struct lsec_value *hashes, struct lsec_problems *problems)
{
	return lsec_problem_add(
		problems, hashes->place,
		"kernel hashes are on, but the domain boots from disk (no <kernel> in /domain/os), so QEMU would abort; set spec.domain.firmware.kernelBoot, or set kernel-hashes to no");
}

/*
 * QEMU loads IGVM files by the object igvm-cfg, for which libvirt (formatdomain, up to 12.8) has no
 * element; -bios, which a ROM loader becomes, loads flat images only.
 */
static int check_firmware(const struct lsec_settings *settings, struct lsec_problems *problems)
{
	static const char suffix[] = ".igvm";
	const struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	size_t len = firmware->text == NULL ? 0 : strlen(firmware->text);
	if (len < strlen(suffix) || strcasecmp(firmware->text + len - strlen(suffix), suffix) != 0)
		return 0;
	return lsec_problem_add(
		problems, firmware->place,
		"%s is an IGVM file, which QEMU cannot load as a ROM (-bios), and libvirt has no element for IGVM; use a flat image such as %s",
		lsec_quote(firmware->text).text,
		settings->tee == LSEC_TEE_TDX ? LSEC_FIRMWARE_TDX : LSEC_FIRMWARE_SNP);
}

/* Without launchSecurity, libvirt's and another hook's choices in it are lost. */
static int check_by_arguments(const struct lsec_settings *settings, struct lsec_problems *problems)
{
	const struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	const char *qgs = settings->of[LSEC_KEY_QGS].text;
	int status = 0;
	if (!lsec_by_arguments(settings))
		return 0;
	if (firmware->word == LSEC_WORD_AUTO)
		status = lsec_problem_add(
			problems, firmware->place,
			"libvirt would choose the firmware by launchSecurity, which QEMU arguments replace for the quote generation service %s; set " LSEC_PREFIX
			"firmware to the path of an image",
			qgs);
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_value *own = &settings->of[i];
		bool usual =
			i == LSEC_KEY_POLICY && own->number == lsec_policy_default(settings->tee);
		if (!lsec_is_field(lsec_key(i), settings->tee) || usual ||
		    own->origin != LSEC_FROM_DOMAIN)
			continue;
		status = lsec_problem_add(
			problems, own->place,
			"%s would be lost in a later call, since QEMU arguments replace launchSecurity for the quote generation service %s; set the annotation " LSEC_PREFIX
			"%s to it",
			own->text, qgs, lsec_key(i)->name);
	}
	return status;
}

static int check_settings(const struct lsec_asked *asked, const struct lsec_settings *settings,
                          const struct lsec_domain *domain, struct lsec_problems *problems)
{
	const struct lsec_config *config = asked->request->config;
	int status = 0;
	const struct lsec_value *value = &settings->of[LSEC_KEY_POLICY];
	const struct lsec_policy policy = {settings->tee, value->number, value->place};
	if (lsec_is_set(value))
		status |=
			lsec_policy_check(&policy, lsec_is_yes(&settings->of[LSEC_KEY_ALLOW_DEBUG]),
		                          config->forbidden[LSEC_KEY_ALLOW_DEBUG], problems);
	status |= lsec_check_oem_strings(settings, domain, problems);
	status |= check_firmware(settings, problems);
	status |= check_by_arguments(settings, problems);
	status |= lsec_qemu_refuse_others(&domain->arguments.findings,
	                                  lsec_is_yes(&settings->of[LSEC_KEY_ALLOW_QEMU_ARGUMENTS]),
	                                  config, problems);
	if (settings->tee != LSEC_TEE_SEV_SNP)
		return status;
	status |= lsec_check_id_block(asked, settings, domain, problems);
	return status | check_kernel(settings, domain, problems);
}

int lsec_settle(const struct lsec_asked *asked, enum lsec_tee tee, const struct lsec_domain *domain,
                struct lsec_settings *ret, struct lsec_problems *problems)
{
	static const struct lsec_domain unknown = {.kernel = true};
	int status = lsec_settings_resolve(asked, tee, domain, ret, problems);
	return status | check_settings(asked, ret, domain == NULL ? &unknown : domain, problems);
}

/* Whether the image is what the domain has as flash memory. */
static bool is_kept(const struct lsec_value *firmware, const struct lsec_domain *domain)
{
	return firmware->word == LSEC_WORD_LITERAL && lsec_equal(domain->loader_type, "pflash") &&
	       lsec_equal(domain->loader_path, firmware->text);
}

static void warn_firmware(const struct lsec_request *request, const struct lsec_settings *settings,
                          const struct lsec_domain *domain, struct lsec_report *report)
{
	const struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	bool named = firmware->word == LSEC_WORD_LITERAL;
	bool has_secure_boot = named && strstr(firmware->text, "secboot") != NULL;
	if ((domain->secure_boot || request->vmi->secure_boot) && !has_secure_boot)
		lsec_report_warn(
			report, "/domain/os/loader",
			"Secure Boot is requested, but the firmware (%s) keeps no keys and does not enforce it; rely on the measurement, or set secureBoot: false",
			lsec_quote(firmware->text).text);
	if (request->vmi->persistent_variables)
		lsec_report_warn(
			report, "/domain/os/nvram",
			"persistent EFI variables are requested, but confidential firmware is stateless; what the guest stores in them is lost at its next start");
	if (is_kept(firmware, domain))
		lsec_report_warn(
			report, "/domain/os/loader",
			"the image %s was configured as flash memory with a variable store, but now starts as a ROM; make sure that it is built for that and for %s",
			lsec_quote(firmware->text).text, lsec_tee_name(settings->tee));
}

/*
 * Images that no guest of a TEE, or of either, starts with, by their names in Fedora's and CentOS's
 * edk2-ovmf, and so in virt-launcher images, and in Debian's: edk2 OvmfPkg/AmdSev has no TDX
 * metadata, OvmfPkg/IntelTdx no SEV metadata; OVMF_CODE has no variable store, and as a build of
 * 4 MiB no size that QEMU loads as a ROM (hw/i386/x86-common.c, x86_bios_rom_init). Other names say
 * nothing.
 */
static void warn_other_firmware(const struct lsec_settings *settings,
                                const struct lsec_domain *domain, struct lsec_report *report)
{
	static const struct {
		const char *part;
		enum lsec_tee tee; /* that it is built for */
	} built[] = {{".amdsev.", LSEC_TEE_SEV_SNP},
	             {".inteltdx.", LSEC_TEE_TDX},
	             {"OVMF_CODE", LSEC_TEE_NONE}};
	const struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	const char *own = settings->tee == LSEC_TEE_TDX ? LSEC_FIRMWARE_TDX : LSEC_FIRMWARE_SNP;
	const char *title = lsec_tee_title(settings->tee);
	if (firmware->word != LSEC_WORD_LITERAL)
		return;
	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		if (built[i].tee == settings->tee ||
		    strcasestr(strrchr(firmware->text, '/'), built[i].part) == NULL)
			continue;
		if (built[i].tee == LSEC_TEE_NONE && !is_kept(firmware, domain))
			lsec_report_warn(
				report, firmware->place,
				"%s is by its name for flash memory with a variable store, but %s guests load their firmware as a ROM; use an image for %s, such as %s",
				lsec_quote(firmware->text).text, title, title, own);
		else if (built[i].tee != LSEC_TEE_NONE)
			lsec_report_warn(
				report, firmware->place,
				"no %s guest starts with %s, which by its name is built for %s only; use an image for %s, such as %s",
				title, lsec_quote(firmware->text).text,
				lsec_tee_title(built[i].tee), title, own);
	}
}

static void warn_cbitpos(const struct lsec_host *host, const struct lsec_value *value,
                         struct lsec_report *report)
{
	unsigned of_host = host->of[LSEC_FACT_CBITPOS].number;
	if (!lsec_host_has(host, LSEC_FACT_CBITPOS) || !lsec_is_set(value) ||
	    value->number == of_host)
		return;
	lsec_report_warn(
		report, value->place,
		"this host's CPUID reports %u, not %s, so QEMU does not start the VM here; use auto",
		of_host, value->text);
}

/* CPUID 0x8000001F EBX 11:6 is what the host loses. QEMU accepts 1 to 63 for the guest, and its
 * own query-sev-capabilities, which libvirt reads, always reports 1. */
static void warn_reduced(const struct lsec_value *value, struct lsec_report *report)
{
	if (!lsec_is_set(value) || value->number == lsec_key(LSEC_KEY_REDUCED_PHYS_BITS)->automatic)
		return;
	lsec_report_warn(
		report, value->place,
		"%s makes the guest's address space smaller than necessary: a guest loses 1 bit, whatever the host's CPUID reports; use 1",
		value->text);
}

void lsec_warn_unhashed(const char *place, struct lsec_report *report)
{
	lsec_report_warn(
		report, place,
		"kernel, initrd and command line come from the host and are not measured; set " LSEC_PREFIX
		"kernel-hashes to yes");
}

static void warn_snp(const struct lsec_request *request, const struct lsec_settings *settings,
                     const struct lsec_domain *domain, struct lsec_report *report)
{
	const struct lsec_host *host = request->host;
	const struct lsec_value *hashes = &settings->of[LSEC_KEY_KERNEL_HASHES];
	warn_cbitpos(host, &settings->of[LSEC_KEY_CBITPOS], report);
	warn_reduced(&settings->of[LSEC_KEY_REDUCED_PHYS_BITS], report);
	if (lsec_host_has(host, LSEC_FACT_SEV) && host->of[LSEC_FACT_SEV_SNP].state == LSEC_NO)
		lsec_report_warn(
			report, "CPUID 0x8000001f",
			"this CPU has SEV but not SEV-SNP, so QEMU does not start the VM here; choose another node");
	if (domain->kernel && !lsec_is_yes(hashes))
		lsec_warn_unhashed("/domain/os/kernel", report);
	lsec_warn_cpu(settings, domain, report);
	lsec_warn_id_block(settings, report);
}

/* A TEE that the CPU has but the node's kernel has switched off. */
static void warn_host(const struct lsec_host *host, enum lsec_tee tee, struct lsec_report *report)
{
	if (!lsec_host_has(host, tee == LSEC_TEE_TDX ? LSEC_FACT_CPU_INTEL : LSEC_FACT_SEV_SNP))
		return;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		if ((row->proof & tee) != 0 && host->of[i].state == LSEC_NO)
			lsec_report_warn(report, row->path,
			                 "%s, so QEMU does not start the VM here; %s", row->lack,
			                 row->fix);
	}
}

/* What a VM of one TEE, or of either, lacks without launchSecurity: snp and tdx are there from
 * KubeVirt 1.7 on. */
static const char *what_to_add(unsigned tees, int kubevirt)
{
	static const char *const rows[][3] = {
		{"", "", ""},
		{"snp: {} (before KubeVirt 1.7: sev: {})", "sev: {}", "snp: {}"},
		{"tdx: {} (before KubeVirt 1.7: there is none for TDX)",
	         "tdx: {}, and use KubeVirt 1.8 or newer", "tdx: {}"},
		{"snp: {} (before KubeVirt 1.7: sev: {}) or tdx: {} for the TEE of the nodes",
	         "sev: {} (there is none for TDX)", "snp: {} or tdx: {} for the TEE of the nodes"},
	};
	return rows[tees][kubevirt == 0 ? 0 : kubevirt < 7 ? 1 : 2];
}

void lsec_warn_missing_security(unsigned tees, bool automatic, int kubevirt,
                                struct lsec_report *report)
{
	lsec_report_warn(
		report, LSEC_SECURITY_PLACE,
		"missing, so KubeVirt gives the VM no matching node, device, memory overhead or migration block%s; add %s%s",
		tees == LSEC_TEE_BOTH ? ", and launchsec refuses it on a node with neither TEE"
				      : "",
		what_to_add(tees, kubevirt),
		automatic
			? ", or let a policy of the cluster set all that on the VM's pod where nodes differ"
			: "");
}

static void warn_vmi(const struct lsec_vmi *vmi, const struct lsec_settings *settings,
                     struct lsec_report *report)
{
	const char *eviction = vmi->eviction_strategy;
	if (vmi->read && !vmi->launch_security)
		lsec_warn_missing_security(settings->tee, settings->automatic, vmi->kubevirt,
		                           report);
	/* With launchSecurity KubeVirt knows that it is not possible. */
	bool migrates = lsec_equal(eviction, "LiveMigrate") ||
	                (lsec_equal(eviction, "LiveMigrateIfPossible") && !vmi->launch_security);
	if (migrates)
		lsec_report_warn(
			report, "spec.evictionStrategy",
			"%s means live migration, which confidential VMs do not support; set None or External",
			eviction);
}

/* With `type: auto`, keys of one TEE bind the VM to nodes of one kind. */
static void warn_automatic(const struct lsec_settings *settings, struct lsec_report *report)
{
	for (size_t i = 0; i < LSEC_KEYS && settings->automatic; i++) {
		const struct lsec_value *value = &settings->of[i];
		const struct lsec_key *key = lsec_key(i);
		/* A value that another key set has that key as its place. */
		if (key->tees == LSEC_TEE_BOTH || value->origin != LSEC_FROM_ANNOTATION ||
		    strncmp(value->place, LSEC_PREFIX, strlen(LSEC_PREFIX)) != 0 ||
		    strcmp(value->place + strlen(LSEC_PREFIX), key->name) != 0)
			continue;
		lsec_report_warn(
			report, value->place,
			"the key is for %s only, so nodes of the other TEE refuse this VM of type auto; set the type, or use keys of both TEEs only",
			lsec_tee_name(key->tees));
	}
}

static void warn_by_arguments(const struct lsec_settings *settings, struct lsec_report *report)
{
	const struct lsec_value *qgs = &settings->of[LSEC_KEY_QGS];
	if (!lsec_by_arguments(settings))
		return;
	lsec_report_warn(
		report, qgs->place,
		"libvirt cannot express %s, so TDX is configured through QEMU arguments only: libvirt shows no launchSecurity, marks the VM as tainted, does not check for TDX, and resets the VM at a reboot. Make sure that nothing after launchsec drops <qemu:commandline>, or the VM starts unprotected",
		qgs->text);
}

static void warn_initdata(const struct lsec_settings *settings, struct lsec_report *report)
{
	const struct lsec_value *initdata = &settings->of[LSEC_KEY_INITDATA];
	if (initdata->doubt == NULL)
		return;
	lsec_report_warn(
		report, initdata->place,
		"the document %s; compare its digest with the owner's, or carry it as base64 (base64 -w0 FILE)",
		initdata->doubt);
}

void lsec_check_warnings(const struct lsec_request *request, const struct lsec_settings *settings,
                         const struct lsec_domain *domain, struct lsec_report *report,
                         struct lsec_problems *problems)
{
	const struct lsec_value *value = &settings->of[LSEC_KEY_POLICY];
	const struct lsec_policy policy = {settings->tee, value->number, value->place};
	warn_vmi(request->vmi, settings, report);
	if (lsec_is_set(value))
		lsec_policy_warn(&policy, report);
	warn_firmware(request, settings, domain, report);
	warn_other_firmware(settings, domain, report);
	if (settings->tee == LSEC_TEE_SEV_SNP) {
		warn_snp(request, settings, domain, report);
		lsec_devices_warn(domain->devices, report, problems);
	}
	warn_host(request->host, settings->tee, report);
	warn_automatic(settings, report);
	warn_by_arguments(settings, report);
	warn_initdata(settings, report);
	lsec_own_warn(request, settings, domain, report);
	lsec_warn_unknown(settings, domain, report, problems);
	lsec_warn_oem_strings(settings, domain, report);
	lsec_qemu_warn(&domain->arguments.findings, report);
	if (domain->host_devices)
		lsec_report_warn(
			report, "/domain/devices/hostdev",
			"a host device accesses only memory that the guest shares with the host, unencrypted; do not rely on the TEE for what passes through it");
}
