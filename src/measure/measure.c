/* SPDX-License-Identifier: Apache-2.0 */
/* The launch digest of one VM: its inputs are checked, then hashed. */
#include "launchsec/measure.h"

#include <nettle/base16.h>

#include "snp.h"

struct lsec_measurement_text lsec_measurement_text(const struct lsec_measurement *measurement)
{
	struct lsec_measurement_text ret = {""};
	base16_encode_update(ret.text, LSEC_MEASUREMENT_SIZE, measurement->bytes);
	return ret;
}

static int check_vcpus(const struct lsec_snp_inputs *inputs, struct lsec_problems *problems)
{
	int status = 0;
	if (inputs->vcpus < 1 || inputs->vcpus > LSEC_MAX_VCPUS)
		status = lsec_problem_add(
			problems, "--vcpus",
			"must be 1 to " LSEC_TEXT(LSEC_MAX_VCPUS) " vCPUs, got %u", inputs->vcpus);
	else if (inputs->plugged >= inputs->vcpus)
		status = lsec_problem_add(
			problems, "--vcpus",
			"%u of %u vCPUs are plugged in, but QEMU starts with one at least; plug in %u at most",
			inputs->plugged, inputs->vcpus, inputs->vcpus - 1);
	/* AMD 24593, SEV_FEATURES. */
	if ((inputs->vmsa_features & 1) == 0)
		status = lsec_problem_add(
			problems, "--vmsa-features",
			"0x%llx lacks bit 0 (SEV-SNP is active), without which no SEV-SNP guest starts; use 0x%llx",
			(unsigned long long)inputs->vmsa_features,
			(unsigned long long)inputs->vmsa_features | 1);
	return status;
}

/* Where a hash has no place, QEMU ends: target/i386/sev.c, sev_add_kernel_loader_hashes() and
 * snp_launch_update_kernel_hashes(). */
static int check_hashes(const struct lsec_image *image, const struct lsec_snp_inputs *inputs,
                        struct lsec_problems *problems)
{
	const char *place = image->firmware.name;
	if (!inputs->kernel_hashes)
		return 0;
	if (inputs->boot.kernel == NULL)
		return lsec_problem_add(
			problems, "--kernel",
			"kernel hashes are on, but the kernel is unknown; name its file");
	if (image->hash_place == LSEC_HASH_PLACE_NONE)
		return lsec_problem_add(
			problems, place,
			"the image has no place for kernel hashes, so QEMU does not start with it; use an image that has one (OVMF.amdsev.fd), or set kernel-hashes to no");
	if (image->hash_place == LSEC_HASH_PLACE_UNFIT)
		return lsec_problem_add(
			problems, place,
			"the table of kernel hashes does not fit its section of the image's SEV metadata, so QEMU does not start with it; use another image, or set kernel-hashes to no");
	return 0;
}

int lsec_measure_snp(const struct lsec_image *image, const struct lsec_snp_inputs *inputs,
                     struct lsec_measurement *ret, struct lsec_problems *problems)
{
	struct lsec_boot_digests hashes;
	struct lsec_vcpu_states states;
	struct lsec_measurement digest;
	int status = check_vcpus(inputs, problems);
	status |= check_hashes(image, inputs, problems);
	if (status < 0)
		return -1;
	if (inputs->kernel_hashes)
		lsec_boot_digests(&inputs->boot, &hashes);
	lsec_snp_begin(image, &digest);
	lsec_snp_add_sections(image, inputs->kernel_hashes ? &hashes : NULL, &digest);
	lsec_vcpu_states(image->ap_address, inputs->cpu_signature, inputs->vmsa_features, &states);
	lsec_snp_add_vcpus(&states, inputs->vcpus - inputs->plugged, inputs->plugged, &digest);
	*ret = digest;
	return 0;
}
