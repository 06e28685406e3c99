/* SPDX-License-Identifier: Apache-2.0 */
/* The rules between the options of `measure` and `expect`, as a table. */
#include "require_measure.h"

#include <string.h>

#include "launchsec/keys.h"

static bool has_vm(const struct lsec_options *given)
{
	return given->vmi != NULL || given->domain != NULL;
}

static bool lacks_firmware(const struct lsec_options *given)
{
	return given->firmware == NULL && given->launcher == NULL;
}

static bool has_two_firmwares(const struct lsec_options *given)
{
	return given->firmware != NULL && given->launcher != NULL;
}

static bool lists_nothing(const struct lsec_options *given)
{
	return given->lists && given->launcher == NULL;
}

/* --list is of the image alone. */
static bool lists_vm(const struct lsec_options *given)
{
	return given->lists &&
	       (has_vm(given) || given->set.count > 0 || given->tee != 0 || given->vcpus != NULL ||
	        given->cpu != NULL || given->cpu_signature != NULL ||
	        given->vmsa_features != NULL || given->kernel != NULL || given->initrd != NULL ||
	        given->cmdline != NULL || given->verify != NULL || given->report != NULL ||
	        given->other_firmware.count > 0 || given->also.count > 0);
}

static bool lists_policies(const struct lsec_options *given)
{
	return given->lists && given->format != LSEC_MEASURE_TEXT &&
	       given->format != LSEC_MEASURE_JSON;
}

static bool launches_no_vm(const struct lsec_options *given)
{
	return given->command == LSEC_COMMAND_MEASURE && given->launcher != NULL && !given->lists &&
	       !has_vm(given);
}

static bool has_two_tees(const struct lsec_options *given)
{
	return given->tee == LSEC_TEE_BOTH;
}

static bool sets_nothing(const struct lsec_options *given)
{
	return given->set.count > 0 && !has_vm(given);
}

static bool has_two_cpus(const struct lsec_options *given)
{
	return given->cpu != NULL && given->cpu_signature != NULL;
}

static bool boots_initrd_alone(const struct lsec_options *given)
{
	return given->initrd != NULL && given->kernel == NULL && !has_vm(given);
}

static bool boots_cmdline_alone(const struct lsec_options *given)
{
	return given->cmdline != NULL && given->kernel == NULL && !has_vm(given);
}

/* Without a VM that could be of the other TEE. */
static bool is_tdx(const struct lsec_options *given)
{
	return given->tee == LSEC_TEE_TDX && !has_vm(given);
}

static bool has_idle_vcpus(const struct lsec_options *given)
{
	return is_tdx(given) && given->vcpus != NULL;
}

static bool has_idle_cpu(const struct lsec_options *given)
{
	return is_tdx(given) && (given->cpu != NULL || given->cpu_signature != NULL);
}

static bool has_idle_features(const struct lsec_options *given)
{
	return is_tdx(given) && given->vmsa_features != NULL;
}

static bool has_idle_kernel(const struct lsec_options *given)
{
	return is_tdx(given) &&
	       (given->kernel != NULL || given->initrd != NULL || given->cmdline != NULL);
}

static bool compares(const struct lsec_options *given)
{
	return given->verify != NULL || given->report != NULL;
}

static bool compares_twice(const struct lsec_options *given)
{
	return given->verify != NULL && given->report != NULL;
}

static bool verifies_formatted(const struct lsec_options *given)
{
	return given->verify != NULL && given->format != LSEC_MEASURE_TEXT;
}

static bool verifies_to_file(const struct lsec_options *given)
{
	return given->verify != NULL && given->output != NULL;
}

static bool reports_policy(const struct lsec_options *given)
{
	return given->report != NULL && given->format != LSEC_MEASURE_TEXT &&
	       given->format != LSEC_MEASURE_JSON;
}

static bool has_idle_others(const struct lsec_options *given)
{
	return given->other_firmware.count > 0 && !compares(given);
}

static bool has_idle_also(const struct lsec_options *given)
{
	return given->command == LSEC_COMMAND_MEASURE && given->also.count > 0 &&
	       (given->format == LSEC_MEASURE_TEXT || given->format == LSEC_MEASURE_JSON);
}

static bool has_idle_resource(const struct lsec_options *given)
{
	return given->command == LSEC_COMMAND_MEASURE && given->resource != NULL &&
	       given->format != LSEC_MEASURE_TRUSTEE_POLICY;
}

static bool expects_no_vm(const struct lsec_options *given)
{
	return given->command == LSEC_COMMAND_EXPECT && !has_vm(given);
}

static bool is_input(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

static bool expects_nowhere(const struct lsec_options *given)
{
	return given->command == LSEC_COMMAND_EXPECT && given->output == NULL;
}

static bool expects_in_output(const struct lsec_options *given)
{
	return given->command == LSEC_COMMAND_EXPECT && is_input(given->output);
}

static bool reads_input_twice(const struct lsec_options *given)
{
	size_t count = 0;
	const char *const files[] = {given->firmware, given->vmi,    given->domain,
	                             given->kernel,   given->initrd, given->report};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		count += is_input(files[i]);
	for (size_t i = 0; i < given->other_firmware.count; i++)
		count += is_input(given->other_firmware.of[i]);
	return count > 1;
}

static bool launches_input(const struct lsec_options *given)
{
	return is_input(given->launcher);
}

#define FIRMWARE_ALONE "has no effect: TDX measures the firmware alone in MRTD; remove it"
static const struct {
	bool (*is_broken)(const struct lsec_options *given);
	const char *option, *what;
} rules[] = {
	{lacks_firmware, "--firmware", "missing; name the firmware image that the VM starts with"},
	{has_two_firmwares, "--launcher", "cannot be combined with --firmware; use one of them"},
	{launches_no_vm, "--launcher",
         "needs a VM, whose loader names the firmware; give it with --vmi or --domain, or use --list"},
	{launches_input, "--launcher", "must be a file, since it is not read in one go"},
	{lists_nothing, "--list", "needs --launcher"},
	{lists_vm, "--list", "lists the firmware of the image alone; remove the options of a VM"},
	{lists_policies, "--format", "must be text or json with --list"},
	{expects_no_vm, "--vmi", "missing; name the VM's manifest, or its domain with --domain"},
	{expects_nowhere, "--output", "missing; name the directory to write the files to"},
	{expects_in_output, "--output",
         "must be a directory, since there are several files; name one"},
	{has_two_tees, "--tee", "given with both TEEs; choose one"},
	{sets_nothing, "--set", "needs a VM; give it with --vmi or --domain"},
	{has_two_cpus, "--cpu-signature", "cannot be combined with --cpu; use one of them"},
	{boots_initrd_alone, "--initrd", "needs --kernel"},
	{boots_cmdline_alone, "--cmdline", "needs --kernel"},
	{has_idle_vcpus, "--vcpus", FIRMWARE_ALONE},
	{has_idle_cpu, "--cpu, --cpu-signature", FIRMWARE_ALONE},
	{has_idle_features, "--vmsa-features", FIRMWARE_ALONE},
	{has_idle_kernel, "--kernel, --initrd, --cmdline", FIRMWARE_ALONE},
	{compares_twice, "--report", "cannot be combined with --verify; use one of them"},
	{verifies_formatted, "--format",
         "cannot be combined with --verify, which prints nothing; remove one"},
	{verifies_to_file, "--output",
         "cannot be combined with --verify, which prints nothing; remove one"},
	{reports_policy, "--format", "must be text or json with --report"},
	{has_idle_others, "--other-firmware", "needs --verify or --report"},
	{has_idle_also, "--also", "needs --format rvps, trustee-policy or ita"},
	{has_idle_resource, "--resource", "needs --format trustee-policy"},
	{reads_input_twice, "-", "standard input can be read once; name files for the others"},
};

int lsec_require_measure(const struct lsec_options *given, struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].is_broken(given) && !lsec_is_told(problems, rules[i].option))
			status = lsec_problem_add(problems, rules[i].option, "%s", rules[i].what);
	return status;
}
