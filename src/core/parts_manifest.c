/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs and kernel of a manifest, in the words of a domain. */
#include "base/text.h"
#include "parts.h"

static char *place_of(const struct lsec_hardware *hardware, const char *field)
{
	return lsec_format("%s%s", hardware->path, field);
}

static void choose_cpu(const struct lsec_hardware *hardware, struct lsec_parts *ret)
{
	const char *model = hardware->cpu_model;
	ret->cpu_place = place_of(hardware, "spec.domain.cpu.model");
	if (model == NULL || model[0] == '\0') {
		/* KubeVirt's default, unless the cluster has another. */
		ret->cpu = hardware->instancetype ? LSEC_CPU_OPEN : LSEC_CPU_HOST_MODEL;
	} else if (strcmp(model, "host-model") == 0) {
		ret->cpu = LSEC_CPU_HOST_MODEL;
	} else if (strcmp(model, "host-passthrough") == 0) {
		ret->cpu = LSEC_CPU_HOST;
	} else {
		ret->cpu = LSEC_CPU_NAMED;
		ret->cpu_model = lsec_strdup(model);
	}
}

void lsec_parts_of_manifest(const struct lsec_hardware *hardware, struct lsec_parts *ret)
{
	static const char boot[] = "spec.domain.firmware.kernelBoot";
	*ret = (struct lsec_parts){
		.vcpus = hardware->vcpus,
		.vcpus_open = hardware->vcpus == 0,
		.plugged = hardware->plugged,
		.kernel = hardware->kernel,
		.initrd = hardware->initrd,
		.cmdline = lsec_strdup_or_null(hardware->kernel_args),
		.vcpus_place = place_of(hardware, hardware->vcpus_field),
		.kernel_place = place_of(hardware, boot),
		.initrd_place = place_of(hardware, boot),
		.cmdline_place = place_of(hardware, "spec.domain.firmware.kernelBoot.kernelArgs"),
	};
	choose_cpu(hardware, ret);
}

void lsec_parts_clear(struct lsec_parts *parts)
{
	free(parts->cpu_model);
	free(parts->cmdline);
	free(parts->vcpus_place);
	free(parts->cpu_place);
	free(parts->kernel_place);
	free(parts->initrd_place);
	free(parts->cmdline_place);
	*parts = (struct lsec_parts){0};
}
