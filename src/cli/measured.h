/* SPDX-License-Identifier: Apache-2.0 */
/* A VM that was measured, for those who show it. */
#ifndef LAUNCHSEC_CLI_MEASURED_H
#define LAUNCHSEC_CLI_MEASURED_H

#include "launchsec/inputs.h"
#include "measure_files.h"

struct lsec_measured {
	struct lsec_inputs inputs;
	struct lsec_firmware_file firmware;
	struct lsec_image image;
	struct lsec_file_facts kernel, initrd; /* name NULL: not given */
	/* Further firmware that another digest may be of. */
	struct lsec_firmware_file *other_files;
	struct lsec_image *others;
	size_t other_count;
	struct lsec_measurement measurement;
	/* The VM's disk key is that of its annotation provision, for which Trustee has another
	 * rule. */
	bool provision;
	/* --resource: REPOSITORY/TYPE/TAG, checked, or NULL; borrowed. */
	const char *resource;
	/* --also. */
	struct lsec_measurement *also;
	size_t also_count;
	/* What the report should claim. Without a VM that is the measurement alone. */
	struct lsec_claims expected;
};

/* The claim that is the measurement. */
enum lsec_claim_id lsec_measured_claim(const struct lsec_measured *measured);

/* Whether a claim is expected to be something. */
bool lsec_measured_expects(const struct lsec_measured *measured, enum lsec_claim_id id);

/* What another digest is the digest of, and the VM's is not; allocated. Or how to find out. */
char *lsec_measured_explain(const struct lsec_measured *measured,
                            const struct lsec_measurement *found);

void lsec_measured_clear(struct lsec_measured *measured);

#endif
