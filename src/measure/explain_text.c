/* SPDX-License-Identifier: Apache-2.0 */
/* What lsec_explain() found, as a sentence. */
#include "base/text.h"
#include "launchsec/measure.h"

/* A sentence in its two halves: what the digest is of, and what the VM has. */
struct halves {
	struct lsec_buffer digest, vm;
};

static void halves_clear(struct halves *halves)
{
	lsec_buffer_clear(&halves->digest);
	lsec_buffer_clear(&halves->vm);
}

static void write_vcpus(struct halves *ret, uint64_t digest, unsigned vm, bool alone)
{
	lsec_buffer_format(&ret->digest, "of %u vCPU%s", (unsigned)digest, digest == 1 ? "" : "s");
	lsec_buffer_format(&ret->vm, "%u%s%s", vm, alone ? "" : " vCPU",
	                   alone || vm == 1 ? "" : "s");
}

static void write_plugged(struct halves *ret, uint64_t digest, unsigned vm)
{
	if (digest == 0)
		lsec_buffer_text(&ret->digest, "without plugged vCPUs (or of QEMU 10.0 or older)");
	else
		lsec_buffer_format(&ret->digest, "with %u plugged vCPU%s (of QEMU 10.1 or newer)",
		                   (unsigned)digest, digest == 1 ? "" : "s");
	if (vm == 0)
		lsec_buffer_text(&ret->vm, "no plugged vCPUs");
	else
		lsec_buffer_format(&ret->vm, "%u plugged vCPU%s", vm, vm == 1 ? "" : "s");
}

static void write_cpu(struct lsec_buffer *ret, uint32_t signature)
{
	const struct lsec_cpu_model *model = lsec_cpu_model_signed(signature);
	lsec_buffer_format(ret, "CPU signature 0x%08x", signature);
	if (model != NULL)
		lsec_buffer_format(ret, " (%s)", model->name);
}

/* What a VM boots by -kernel: its name with an article and without, and whether the VM has one. */
struct boot_part {
	const char *name, *bare;
	bool had;
};

static void write_boot(struct halves *ret, uint64_t value, const struct boot_part *part)
{
	switch ((enum lsec_boot_value)value) {
	case LSEC_BOOT_NONE:
		lsec_buffer_format(&ret->digest, "without %s", part->name);
		lsec_buffer_text(&ret->vm, part->name);
		break;
	case LSEC_BOOT_SPARE:
		lsec_buffer_format(&ret->digest, "with the additional %s", part->bare);
		lsec_buffer_format(&ret->vm, "%s %s", part->had ? "another" : "no", part->bare);
		break;
	case LSEC_BOOT_LINE_END:
		lsec_buffer_format(&ret->digest, "with a line end after the %s", part->bare);
		lsec_buffer_format(&ret->vm, "%s without one", part->name);
		break;
	case LSEC_BOOT_NO_LINE_END:
		lsec_buffer_format(&ret->digest, "without the line end after the %s", part->bare);
		lsec_buffer_format(&ret->vm, "%s with one", part->name);
		break;
	}
}

static void write_firmware(struct halves *ret, const struct lsec_explain_request *request,
                           uint64_t index)
{
	lsec_buffer_format(&ret->digest, "of firmware %s", request->others[index].firmware.name);
	lsec_buffer_format(&ret->vm, "firmware %s", request->image->firmware.name);
}

static void write_difference(struct halves *ret, const struct lsec_explain_request *request,
                             const struct lsec_difference *difference, bool alone)
{
	const struct lsec_snp_inputs *inputs = request->inputs;
	const uint64_t value = difference->value;
	switch (difference->input) {
	case LSEC_INPUT_VCPUS:
		write_vcpus(ret, value, inputs->vcpus, alone);
		break;
	case LSEC_INPUT_PLUGGED:
		write_plugged(ret, value, inputs->plugged);
		break;
	case LSEC_INPUT_CPU:
		lsec_buffer_text(&ret->digest, "of ");
		write_cpu(&ret->digest, (uint32_t)value);
		write_cpu(&ret->vm, inputs->cpu_signature);
		break;
	case LSEC_INPUT_VMSA_FEATURES:
		lsec_buffer_format(&ret->digest, "with vmsa-features 0x%llx",
		                   (unsigned long long)value);
		lsec_buffer_format(&ret->vm, "vmsa-features 0x%llx",
		                   (unsigned long long)inputs->vmsa_features);
		break;
	case LSEC_INPUT_KERNEL_HASHES:
		lsec_buffer_text(&ret->digest,
		                 value != 0 ? "with kernel hashes" : "without kernel hashes");
		lsec_buffer_text(&ret->vm, value != 0 ? "no kernel hashes" : "kernel hashes");
		break;
	case LSEC_INPUT_KERNEL:
		write_boot(ret, value,
		           &(struct boot_part){"a kernel", "kernel", inputs->boot.kernel != NULL});
		break;
	case LSEC_INPUT_INITRD:
		write_boot(ret, value,
		           &(struct boot_part){"an initrd", "initrd", inputs->boot.initrd != NULL});
		break;
	case LSEC_INPUT_CMDLINE:
		write_boot(ret, value,
		           &(struct boot_part){"a command line", "command line",
		                               inputs->boot.cmdline != NULL});
		break;
	case LSEC_INPUT_FIRMWARE:
		write_firmware(ret, request, value);
		break;
	case LSEC_MEASURE_INPUTS:
		break;
	}
}

char *lsec_explain_text(const struct lsec_explain_request *request,
                        const struct lsec_explanation *explanation)
{
	struct halves halves LSEC_CLEANUP(halves_clear) = {{0}, {0}};
	if (explanation->count == 0)
		return NULL;
	for (size_t i = 0; i < explanation->count; i++) {
		if (i > 0) {
			lsec_buffer_text(&halves.digest, " and ");
			lsec_buffer_text(&halves.vm, " and ");
		}
		write_difference(&halves, request, &explanation->differences[i],
		                 explanation->count == 1);
	}
	return lsec_format("this is the digest %s; the VM has %s", halves.digest.bytes,
	                   halves.vm.bytes);
}
