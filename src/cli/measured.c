/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a VM that was measured. */
#include "measured.h"

#include "base/text.h"

enum lsec_claim_id lsec_measured_claim(const struct lsec_measured *measured)
{
	return measured->inputs.tee == LSEC_TEE_TDX ? LSEC_CLAIM_MR_TD : LSEC_CLAIM_MEASUREMENT;
}

bool lsec_measured_expects(const struct lsec_measured *measured, enum lsec_claim_id id)
{
	const struct lsec_claim *claim = lsec_claim(id);
	return claim->tee == measured->inputs.tee && claim->compared &&
	       (measured->inputs.has_claims || id == lsec_measured_claim(measured));
}

char *lsec_measured_explain(const struct lsec_measured *measured,
                            const struct lsec_measurement *found)
{
	const struct lsec_explain_request request = {
		.found = found,
		.image = &measured->image,
		.inputs = &measured->inputs.snp,
		.others = measured->others,
		.other_count = measured->other_count,
	};
	struct lsec_explanation explanation;
	lsec_explain(&request, &explanation);
	char *text = lsec_explain_text(&request, &explanation);
	if (text != NULL)
		return text;
	if (measured->inputs.tee == LSEC_TEE_TDX)
		return lsec_strdup(
			"TDX measures the firmware alone in MRTD: compare it with the image in the VM's virt-launcher, or name other images with --other-firmware");
	return lsec_concat(
		"none of the numbers of vCPUs, CPU models and SEV_FEATURES that were tried gives this digest, so the firmware probably differs: use the one in the VM's virt-launcher image, or name other images with --other-firmware",
		measured->kernel.name == NULL ? ""
					      : "; then compare kernel, initrd and command line");
}

void lsec_measured_clear(struct lsec_measured *measured)
{
	lsec_inputs_clear(&measured->inputs);
	lsec_firmware_clear(&measured->firmware);
	for (size_t i = 0; i < measured->other_count; i++)
		lsec_firmware_clear(&measured->other_files[i]);
	free(measured->other_files);
	free(measured->others);
	free(measured->also);
	*measured = (struct lsec_measured){0};
}
