/* SPDX-License-Identifier: Apache-2.0 */
#include "checks.h"

#include <string.h>

#include "launchsec/policy.h"
#include "text.h"

/* The ID block, AMD 56860 table "Structure of the ID Block": 96 bytes, with
 * VERSION (u32) at 0x50 and POLICY (u64) at 0x58, little-endian. */
#define ID_BLOCK_SIZE 96
#define ID_BLOCK_VERSION 0x50
#define ID_BLOCK_POLICY 0x58

static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;
	for (size_t i = size; i > 0; i--)
		number = number << 8 | bytes[i - 1];
	return number;
}

static bool is_set(const struct lsec_value *value)
{
	return value->origin != LSEC_FROM_NOBODY;
}

static bool is_yes(const struct lsec_value *value)
{
	return is_set(value) && value->number == 1;
}

/* The ID block's bytes; false where there is none that could be read. */
static bool id_block(const struct lsec_settings *settings, uint8_t ret[ID_BLOCK_SIZE])
{
	const struct lsec_value *value = &settings->of[LSEC_KEY_ID_BLOCK];
	return is_set(value) && lsec_base64_decode(value->text, ret, ID_BLOCK_SIZE);
}

static int check_id_block(const struct lsec_asked *asked, const struct lsec_settings *settings,
                          struct lsec_problems *problems)
{
	bool has_block = asked->of[LSEC_KEY_ID_BLOCK] != NULL;
	bool has_auth = asked->of[LSEC_KEY_ID_AUTH] != NULL;
	if (has_block != has_auth)
		return lsec_problem_add(
			problems, has_block ? LSEC_PREFIX "id-block" : LSEC_PREFIX "id-auth",
			"found it without %s; want both or neither, since the firmware checks "
			"one by the other: add the other or remove this one",
			has_block ? "id-auth" : "id-block");
	uint8_t bytes[ID_BLOCK_SIZE];
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	if (!is_set(policy) || !id_block(settings, bytes))
		return 0;
	uint64_t inside = little_endian(bytes + ID_BLOCK_POLICY, 8);
	uint64_t differing = inside ^ policy->number;
	if (differing == 0)
		return 0;
	lsec_owned_text bits = lsec_policy_bits(differing);
	lsec_owned_text reason = lsec_settings_reason(policy);
	if (bits == NULL || reason == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_problem_add(
		problems, LSEC_PREFIX "id-block",
		"found policy 0x%llx in the ID block (byte 0x58), but the VM starts with 0x%llx "
		"(%s); they differ in %s, and the firmware refuses the launch: set " LSEC_PREFIX
		"policy to 0x%llx, or sign a new ID block",
		(unsigned long long)inside, (unsigned long long)policy->number, reason, bits,
		(unsigned long long)inside);
}

static int check_kernel(const struct lsec_settings *settings, const struct lsec_domain *domain,
                        struct lsec_problems *problems)
{
	const struct lsec_value *hashes = &settings->of[LSEC_KEY_KERNEL_HASHES];
	if (!is_yes(hashes) || domain->kernel)
		return 0;
	return lsec_problem_add(
		problems, hashes->place,
		"found yes, but the domain boots from disk (no <kernel> in /domain/os), so "
		"there is no kernel to measure and QEMU would abort; want a direct kernel "
		"boot (spec.domain.firmware.kernelBoot), or no");
}

/* What libvirt picks, or another hook says, by launchSecurity is not to be had without it. */
static int check_by_arguments(const struct lsec_settings *settings, struct lsec_problems *problems)
{
	const struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	const char *qgs = settings->of[LSEC_KEY_QGS].text;
	int status = 0;
	if (!lsec_by_arguments(settings))
		return 0;
	if (firmware->word == LSEC_WORD_AUTO)
		status = lsec_problem_add(
			problems, firmware->place,
			"found firmware that libvirt picks, which it does by launchSecurity, and "
			"the quote generation service %s leaves no room for that; want the "
			"absolute path of an image: set " LSEC_PREFIX "firmware",
			qgs);
	if (policy->origin == LSEC_FROM_DOMAIN && policy->number != LSEC_POLICY_TDX_DEFAULT)
		status = lsec_problem_add(
			problems, policy->place,
			"found %s, which a later call would not find, since launchSecurity gives "
			"way to arguments of QEMU for the quote generation service %s; want it "
			"as the annotation " LSEC_PREFIX "policy",
			policy->text, qgs);
	return status;
}

int lsec_check_settings(const struct lsec_request *request, const struct lsec_asked *asked,
                        const struct lsec_settings *settings, const struct lsec_domain *domain,
                        struct lsec_problems *problems)
{
	int status = 0;
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	if (is_set(policy))
		status |= lsec_policy_check(settings->tee, policy->place, policy->number,
		                            is_yes(&settings->of[LSEC_KEY_ALLOW_DEBUG]),
		                            request->config->forbidden[LSEC_KEY_ALLOW_DEBUG],
		                            problems);
	status |= lsec_check_oem_strings(settings, domain, problems);
	status |= check_by_arguments(settings, problems);
	status |= lsec_qemu_refuse_others(&domain->arguments.findings,
	                                  is_yes(&settings->of[LSEC_KEY_ALLOW_QEMU_ARGUMENTS]),
	                                  request->config, problems);
	if (settings->tee != LSEC_TEE_SEV_SNP)
		return status;
	status |= check_id_block(asked, settings, problems);
	return status | check_kernel(settings, domain, problems);
}

static int warn_firmware(const struct lsec_request *request, const struct lsec_settings *settings,
                         const struct lsec_domain *domain, struct lsec_report *report,
                         struct lsec_problems *problems)
{
	const struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	bool named = firmware->word == LSEC_WORD_LITERAL;
	bool has_secure_boot = named && strstr(firmware->text, "secboot") != NULL;
	bool kept = named && domain->loader_path != NULL && domain->loader_type != NULL &&
	            strcmp(domain->loader_type, "pflash") == 0 &&
	            strcmp(domain->loader_path, firmware->text) == 0;
	int status = 0;
	if ((domain->secure_boot || request->vmi->secure_boot) && !has_secure_boot)
		status |= lsec_report_warn(
			report, problems, "/domain/os/loader",
			"Secure Boot is asked for, but the firmware (%s) keeps no keys and "
			"does not enforce it: rely on the measurement, or set secureBoot: false",
			lsec_quote(firmware->text).text);
	if (request->vmi->persistent_variables)
		status |= lsec_report_warn(
			report, problems, "/domain/os/nvram",
			"persistent EFI variables are asked for, but confidential firmware is "
			"stateless: what the guest stores there is gone at its next start");
	if (kept)
		status |= lsec_report_warn(report, problems, "/domain/os/loader",
		                           "the image %s was meant for flash memory with a "
		                           "variable store and is started "
		                           "as a ROM now: it must be built for that, and for %s",
		                           lsec_quote(firmware->text).text,
		                           lsec_tee_name(settings->tee));
	return status;
}

static int warn_cpuid(const struct lsec_host *host, enum lsec_fact_id fact,
                      const struct lsec_value *value, struct lsec_report *report,
                      struct lsec_problems *problems)
{
	unsigned of_host = host->of[fact].number;
	if (!lsec_host_has(host, fact) || !is_set(value) || value->number == of_host)
		return 0;
	return lsec_report_warn(
		report, problems, value->place,
		"this host's CPUID says %u, not %s: QEMU refuses to start the VM here", of_host,
		value->text);
}

static int warn_snp(const struct lsec_request *request, const struct lsec_settings *settings,
                    const struct lsec_domain *domain, struct lsec_report *report,
                    struct lsec_problems *problems)
{
	const struct lsec_host *host = request->host;
	const struct lsec_value *hashes = &settings->of[LSEC_KEY_KERNEL_HASHES];
	const struct lsec_value *author = &settings->of[LSEC_KEY_AUTHOR_KEY];
	uint8_t block[ID_BLOCK_SIZE];
	bool has_block = id_block(settings, block);
	int status = warn_cpuid(host, LSEC_FACT_CBITPOS, &settings->of[LSEC_KEY_CBITPOS], report,
	                        problems);
	status |= warn_cpuid(host, LSEC_FACT_REDUCED_PHYS_BITS,
	                     &settings->of[LSEC_KEY_REDUCED_PHYS_BITS], report, problems);
	if (lsec_host_has(host, LSEC_FACT_SEV) && host->of[LSEC_FACT_SEV_SNP].state == LSEC_NO)
		status |=
			lsec_report_warn(report, problems, "CPUID 0x8000001f",
		                         "this CPU has SEV but not SEV-SNP: QEMU refuses to start "
		                         "the VM here");
	if (domain->kernel && !is_yes(hashes))
		status |= lsec_report_warn(
			report, problems, "/domain/os/kernel",
			"kernel, initrd and command line are given by the host and "
			"not measured: set " LSEC_PREFIX "kernel-hashes to yes");
	if (is_yes(author) && !has_block)
		status |= lsec_report_warn(
			report, problems, author->place,
			"an author key is checked only with an ID block; without id-block and "
			"id-auth this does nothing");
	if (has_block && little_endian(block + ID_BLOCK_VERSION, 4) != 1)
		status |= lsec_report_warn(
			report, problems, LSEC_PREFIX "id-block",
			"its version (byte 0x50) is %llu; the firmware takes 1",
			(unsigned long long)little_endian(block + ID_BLOCK_VERSION, 4));
	return status;
}

/* What the kernel of a node of this TEE's CPUs has switched off. */
static int warn_host(const struct lsec_host *host, enum lsec_tee tee, struct lsec_report *report,
                     struct lsec_problems *problems)
{
	int status = 0;
	if (!lsec_host_has(host, tee == LSEC_TEE_TDX ? LSEC_FACT_CPU_INTEL : LSEC_FACT_SEV_SNP))
		return 0;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		if ((row->proof & tee) != 0 && host->of[i].state == LSEC_NO)
			status |= lsec_report_warn(
				report, problems, row->path,
				"%s is off on this host: QEMU refuses to start the VM here; "
				"\"launchsec probe\" says what to do",
				lsec_tee_name(tee));
	}
	return status;
}

static int warn_vmi(const struct lsec_vmi *vmi, const struct lsec_settings *settings,
                    struct lsec_report *report, struct lsec_problems *problems)
{
	const char *eviction = vmi->eviction_strategy;
	int status = 0;
	if (vmi->read && !vmi->launch_security)
		status |= lsec_report_warn(
			report, problems, "spec.domain.launchSecurity",
			"the VM asks KubeVirt for no protection of its own, so KubeVirt gives "
			"it no matching node, device, memory overhead or migration block: add "
			"%s (before KubeVirt 1.7: %s)%s",
			settings->tee == LSEC_TEE_TDX ? "tdx: {}" : "snp: {}",
			settings->tee == LSEC_TEE_TDX ? "there is none for TDX" : "sev: {}",
			settings->automatic ? ", or, where the nodes differ, have a policy of the "
					      "cluster give the VM's pod all that"
					    : "");
	/* With launchSecurity of its own KubeVirt knows that it is not possible. */
	bool migrates = eviction != NULL &&
	                (strcmp(eviction, "LiveMigrate") == 0 ||
	                 (strcmp(eviction, "LiveMigrateIfPossible") == 0 && !vmi->launch_security));
	if (migrates)
		status |= lsec_report_warn(
			report, problems, "spec.evictionStrategy",
			"%s means live migration, which confidential VMs cannot do: want None "
			"or External",
			eviction);
	return status;
}

/* With `type: auto`, keys of one TEE bind the VM to nodes of one kind. */
static int warn_automatic(const struct lsec_settings *settings, struct lsec_report *report,
                          struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < LSEC_KEYS && settings->automatic; i++) {
		const struct lsec_value *value = &settings->of[i];
		const struct lsec_key *key = lsec_key(i);
		/* A value that was set by another key is found at that one. */
		if (key->tees == LSEC_TEE_BOTH || value->origin != LSEC_FROM_ANNOTATION ||
		    strncmp(value->place, LSEC_PREFIX, strlen(LSEC_PREFIX)) != 0 ||
		    strcmp(value->place + strlen(LSEC_PREFIX), key->name) != 0)
			continue;
		status |= lsec_report_warn(report, problems, value->place,
		                           "a key of %s on a VM of type auto: nodes of the other "
		                           "TEE will refuse it; name the type, or take keys of "
		                           "both TEEs only",
		                           lsec_tee_name(key->tees));
	}
	return status;
}

static int warn_by_arguments(const struct lsec_settings *settings, struct lsec_report *report,
                             struct lsec_problems *problems)
{
	const struct lsec_value *qgs = &settings->of[LSEC_KEY_QGS];
	if (!lsec_by_arguments(settings))
		return 0;
	return lsec_report_warn(
		report, problems, qgs->place,
		"%s is nothing that libvirt can say, so QEMU alone is told of the protection, by "
		"arguments: libvirt shows no launchSecurity, calls the VM tainted, does not check "
		"for TDX and resets the VM at a reboot like any other; and where something drops "
		"<qemu:commandline> behind launchsec, it starts without protection",
		qgs->text);
}

static int warn_initdata(const struct lsec_settings *settings, struct lsec_report *report,
                         struct lsec_problems *problems)
{
	const struct lsec_value *initdata = &settings->of[LSEC_KEY_INITDATA];
	if (initdata->doubt == NULL)
		return 0;
	return lsec_report_warn(report, problems, initdata->place,
	                        "the document %s; its digest is over the bytes as they are here, "
	                        "so compare it with the owner's, or carry the document as base64 "
	                        "(base64 -w0 FILE)",
	                        initdata->doubt);
}

int lsec_check_warnings(const struct lsec_request *request, const struct lsec_settings *settings,
                        const struct lsec_domain *domain, struct lsec_report *report,
                        struct lsec_problems *problems)
{
	int status = warn_vmi(request->vmi, settings, report, problems);
	status |= warn_firmware(request, settings, domain, report, problems);
	if (settings->tee == LSEC_TEE_SEV_SNP)
		status |= warn_snp(request, settings, domain, report, problems);
	status |= warn_host(request->host, settings->tee, report, problems);
	status |= warn_automatic(settings, report, problems);
	status |= warn_by_arguments(settings, report, problems);
	status |= warn_initdata(settings, report, problems);
	status |= lsec_warn_oem_strings(settings, domain, report, problems);
	status |= lsec_qemu_warn(&domain->arguments.findings, report, problems);
	if (domain->host_devices)
		status |= lsec_report_warn(
			report, problems, "/domain/devices/hostdev",
			"a host device reads and writes only memory that the guest shares "
			"with the host, unencrypted: what goes through it is not protected");
	return status;
}
