/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each input of the launch digest comes from the VM or from an option. Both may set the same value;
 * different values are refused.
 */
#include "launchsec/inputs.h"

#include <string.h>

#include "base/text.h"
#include "checks.h"
#include "cpu_models.h"
#include "expected_claims.h"
#include "measured_vm.h"

/* What is collected, from where, and to where. */
struct collecting {
	const struct lsec_given_inputs *given;
	bool vm; /* there is one, and this is what it says */
	struct lsec_parts parts;
	struct lsec_inputs inputs;
	struct lsec_problems *problems;
};

static void collecting_clear(struct collecting *c)
{
	lsec_parts_clear(&c->parts);
	lsec_inputs_clear(&c->inputs);
}

static void note(struct collecting *c, enum lsec_measure_input input, const char *from)
{
	c->inputs.from[input] = lsec_strdup(from);
}

/* vCPUs. */

static int take_vcpus(struct collecting *c)
{
	unsigned given = c->given->vcpus;
	unsigned found = c->parts.vcpus;
	if (found != 0 && given != 0 && found != given)
		return lsec_problem_add(
			c->problems, c->parts.vcpus_place,
			"the VM has %u vCPU%s, but --vcpus is %u; remove --vcpus, or correct the VM",
			found, found == 1 ? "" : "s", given);
	if (!c->vm && given == 0)
		return lsec_problem_add(
			c->problems, "--vcpus",
			"missing, but each vCPU is measured for SEV-SNP; give their number");
	if (c->parts.vcpus_open && given == 0)
		return lsec_problem_add(
			c->problems, c->parts.vcpus_place,
			"missing, since the instancetype sets the number of vCPUs in another object; give it with --vcpus");
	if (found > LSEC_MAX_VCPUS)
		return lsec_problem_add(
			c->problems, c->parts.vcpus_place,
			"must be at most " LSEC_TEXT(
				LSEC_MAX_VCPUS) " vCPUs, which is the limit of KVM");
	c->inputs.snp.vcpus = found != 0 ? found : given;
	note(c, LSEC_INPUT_VCPUS, found != 0 ? c->parts.vcpus_place : "--vcpus");
	return 0;
}

/* The CPU. */

struct cpu {
	bool known;
	uint32_t signature;
	const char *model; /* or NULL */
	const char *from;
};

static int refuse_model(struct collecting *c, const char *place, const char *model)
{
	cleanup_free char *near = lsec_cpu_model_near(model);
	bool amd = near != NULL && lsec_cpu_model_find(near) != NULL;
	return lsec_problem_add(
		c->problems, place,
		"the signature of CPU model %s is unknown: QEMU 11.1 has no such model of AMD's%s%s%s; correct the name, or give the signature with --cpu-signature",
		lsec_quote(model).text, amd ? " (did you mean " : "", amd ? near : "",
		amd ? "?)" : "");
}

/* --cpu and --cpu-signature. */
static int find_given(struct collecting *c, struct cpu *ret)
{
	const struct lsec_given_inputs *given = c->given;
	*ret = (struct cpu){0};
	if (given->cpu_signature != NULL)
		*ret = (struct cpu){true, *given->cpu_signature, NULL, "--cpu-signature"};
	if (given->cpu == NULL)
		return 0;
	const struct lsec_cpu_model *model = lsec_cpu_model_find(given->cpu);
	if (model == NULL)
		return refuse_model(c, "--cpu", given->cpu);
	if (!c->vm)
		lsec_warn_cpu_model("--cpu", given->cpu, &c->inputs.report);
	*ret = (struct cpu){true, model->signature, given->cpu, "--cpu"};
	return 0;
}

/* A model that the VM names. One that is not known may have a signature that was given. */
static int take_named(struct collecting *c, const struct cpu *given, struct cpu *ret)
{
	const char *name = c->parts.cpu_model;
	const struct lsec_cpu_model *model = lsec_cpu_model_find(name);
	if (model == NULL && given->known && given->model == NULL) {
		*ret = (struct cpu){true, given->signature, name, given->from};
		return 0;
	}
	if (given->known && (model == NULL || model->signature != given->signature))
		return lsec_problem_add(
			c->problems, c->parts.cpu_place,
			"the VM's CPU model is %s, which %s contradicts; remove %s, or correct the VM",
			lsec_quote(name).text, given->from, given->from);
	if (model == NULL)
		return refuse_model(c, c->parts.cpu_place, name);
	*ret = (struct cpu){true, model->signature, name, c->parts.cpu_place};
	return 0;
}

/* A CPU that the VM leaves to its node or to another object. */
static int refuse_open_cpu(struct collecting *c)
{
	const char *place = c->vm ? c->parts.cpu_place : "--cpu";
	if (!c->vm)
		return lsec_problem_add(
			c->problems, place,
			"missing, but the CPU's signature is measured for SEV-SNP; give the model, or --cpu-signature");
	switch (c->parts.cpu) {
	case LSEC_CPU_HOST_MODEL:
		return lsec_problem_add(
			c->problems, place,
			"with host-model each node chooses the CPU model, whose signature is measured; set the model in the VM, or give the node's with --cpu (label host-model-cpu.node.kubevirt.io/MODEL)");
	case LSEC_CPU_HOST:
		return lsec_problem_add(
			c->problems, place,
			"the VM has its node's CPU, whose signature is measured; set a CPU model in the VM, or give the signature with --cpu-signature, or with --host FILE from \"launchsec probe --format json\" on the node");
	case LSEC_CPU_OPEN:
	case LSEC_CPU_NAMED:
		break;
	}
	return lsec_problem_add(
		c->problems, place,
		"the VM's CPU model is unknown, and its signature is measured; set it in the VM, or give it with --cpu");
}

static int take_cpu(struct collecting *c, const struct lsec_host *host)
{
	struct cpu given;
	struct cpu cpu;
	if (find_given(c, &given) < 0)
		return -1;
	cpu = given;
	if (c->parts.cpu == LSEC_CPU_NAMED) {
		if (take_named(c, &given, &cpu) < 0)
			return -1;
	} else if (!given.known && c->parts.cpu == LSEC_CPU_HOST &&
	           lsec_host_has(host, LSEC_FACT_CPU_SIGNATURE)) {
		cpu = (struct cpu){true, host->of[LSEC_FACT_CPU_SIGNATURE].number, NULL,
		                   "cpu-signature of the host's facts"};
	}
	if (!cpu.known)
		return refuse_open_cpu(c);
	c->inputs.snp.cpu_signature = cpu.signature;
	c->inputs.cpu = lsec_strdup_or_null(cpu.model);
	note(c, LSEC_INPUT_CPU, cpu.from);
	return 0;
}

/* The kernel. */

/* One of its files: a VM with kernel hashes needs it just where it boots it. */
struct boot_file {
	const char *name, *option, *place;
	bool found, given;
};

static int check_file(const struct collecting *c, const struct boot_file *file, bool hashes)
{
	if (file->given && !file->found)
		return lsec_problem_add(
			c->problems, file->place,
			"the VM boots no %s, but %s is given; remove %s, or correct the VM",
			file->name, file->option, file->option);
	if (hashes && file->found && !file->given)
		return lsec_problem_add(
			c->problems, file->place,
			"the hash of the %s is measured, and its file is in the VM's pod; give the same file with %s",
			file->name, file->option);
	return 0;
}

static int check_cmdline(const struct collecting *c)
{
	const char *found = c->parts.cmdline == NULL ? "" : c->parts.cmdline;
	if (c->given->cmdline == NULL || strcmp(c->given->cmdline, found) == 0)
		return 0;
	return lsec_problem_add(
		c->problems, c->parts.cmdline_place,
		"the VM's command line is %s, which --cmdline contradicts; remove --cmdline, or correct the VM",
		lsec_quote(found).text);
}

static int check_boot(const struct collecting *c, const struct lsec_value *asked, bool hashes)
{
	const struct lsec_parts *parts = &c->parts;
	const struct boot_file kernel = {"kernel", "--kernel", parts->kernel_place, parts->kernel,
	                                 c->given->kernel};
	const struct boot_file initrd = {"initrd", "--initrd", parts->initrd_place, parts->initrd,
	                                 c->given->initrd};
	int status = check_file(c, &kernel, hashes);
	status |= check_file(c, &initrd, hashes);
	status |= check_cmdline(c);
	/* The hook has refused that, except for a VM that it leaves unchanged. */
	if (hashes && !parts->kernel)
		status = lsec_refuse_hashes(asked, c->problems);
	return status;
}

/* `hashes`: who asks for kernel hashes; NULL without a VM, where a kernel is there to be hashed. */
static int take_boot(struct collecting *c, const struct lsec_value *hashes)
{
	struct lsec_snp_inputs *snp = &c->inputs.snp;
	bool on = hashes == NULL ? c->given->kernel : lsec_is_yes(hashes);
	const char *cmdline = hashes == NULL ? c->given->cmdline : c->parts.cmdline;
	if (hashes != NULL && check_boot(c, hashes, on) < 0)
		return -1;
	snp->kernel_hashes = on;
	note(c, LSEC_INPUT_KERNEL_HASHES,
	     hashes == NULL         ? (on ? "--kernel" : "default")
	     : !lsec_is_set(hashes) ? "default"
	                            : hashes->place);
	/* Without hashes it may still explain another digest. */
	if (!c->given->kernel)
		return 0;
	c->inputs.cmdline = lsec_strdup(cmdline == NULL ? "" : cmdline);
	snp->boot.cmdline = c->inputs.cmdline;
	if (on)
		note(c, LSEC_INPUT_CMDLINE,
		     cmdline == NULL  ? "default"
		     : hashes == NULL ? "--cmdline"
		                      : c->parts.cmdline_place);
	return 0;
}

static void take_features(struct collecting *c)
{
	const uint64_t *given = c->given->vmsa_features;
	c->inputs.snp.vmsa_features = given == NULL ? LSEC_VMSA_FEATURES_DEFAULT : *given;
	note(c, LSEC_INPUT_VMSA_FEATURES, given == NULL ? "default" : "--vmsa-features");
}

/* All of them. */

static int take_snp(struct collecting *c, const struct lsec_host *host,
                    const struct lsec_value *hashes)
{
	int status = take_vcpus(c);
	status |= take_cpu(c, host);
	take_features(c);
	return status | take_boot(c, hashes);
}

/* MRTD covers only the firmware. */
static void warn_unused(struct collecting *c)
{
	const struct {
		const char *option;
		bool given;
	} options[] = {
		{"--vcpus", c->given->vcpus != 0},
		{"--cpu", c->given->cpu != NULL},
		{"--cpu-signature", c->given->cpu_signature != NULL},
		{"--vmsa-features", c->given->vmsa_features != NULL},
		{"--kernel", c->given->kernel},
		{"--initrd", c->given->initrd},
		{"--cmdline", c->given->cmdline != NULL},
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].given)
			lsec_report_warn(
				&c->inputs.report, options[i].option,
				"has no effect, since TDX measures only the firmware in MRTD; remove it");
}

static int collect_vm(struct collecting *c, const struct lsec_inputs_request *request)
{
	struct lsec_measured_vm vm LSEC_CLEANUP(lsec_measured_vm_clear) = {0};
	struct lsec_inputs *inputs = &c->inputs;
	int status = lsec_measured_vm(request, &vm, c->problems);
	c->parts = vm.parts;
	vm.parts = (struct lsec_parts){0};
	inputs->report = vm.report;
	vm.report = (struct lsec_report){0};
	inputs->tee = vm.tee;
	inputs->from_tee = lsec_steal(&vm.tee_from);
	inputs->firmware = lsec_steal(&vm.firmware);
	if (vm.tee == LSEC_TEE_SEV_SNP && c->parts.cpu_place != NULL)
		status |= take_snp(c, request->vm->host, &vm.settings.of[LSEC_KEY_KERNEL_HASHES]);
	else if (vm.tee == LSEC_TEE_TDX)
		warn_unused(c);
	if (status < 0)
		return -1;
	return lsec_expect_claims(&vm.settings, request->vm->vmi, inputs, c->problems);
}

static int collect_values(struct collecting *c)
{
	const struct lsec_host unknown = {0};
	c->inputs.tee = c->given->tee;
	if (c->given->tee == LSEC_TEE_NONE)
		return lsec_problem_add(
			c->problems, "--tee",
			"missing, and no VM names the TEE; give --tee sev-snp or --tee tdx, or the VM with --vmi or --domain");
	c->inputs.from_tee = lsec_strdup("--tee");
	return c->given->tee == LSEC_TEE_TDX ? 0 : take_snp(c, &unknown, NULL);
}

int lsec_inputs_collect(const struct lsec_inputs_request *request, struct lsec_inputs *ret,
                        struct lsec_problems *problems)
{
	struct collecting c LSEC_CLEANUP(collecting_clear) = {
		.given = &request->given,
		.vm = request->vm != NULL,
		.problems = problems,
	};
	size_t before = lsec_problems_count(problems);
	int status = c.vm ? collect_vm(&c, request) : collect_values(&c);
	if (status < 0 || lsec_problems_count(problems) > before)
		return -1;
	*ret = c.inputs;
	c.inputs = (struct lsec_inputs){0};
	return 0;
}

void lsec_inputs_clear(struct lsec_inputs *inputs)
{
	if (inputs == NULL)
		return;
	free(inputs->cpu);
	free(inputs->cmdline);
	free(inputs->from_tee);
	free(inputs->firmware);
	for (size_t i = 0; i < LSEC_MEASURE_INPUTS; i++)
		free(inputs->from[i]);
	for (size_t i = 0; i < LSEC_CLAIMS; i++)
		free(inputs->claims_from[i]);
	lsec_report_clear(&inputs->report);
	*inputs = (struct lsec_inputs){0};
}
