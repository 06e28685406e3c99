/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch digest in its steps, so that many candidates share what they have in common: the
 * image's pages are hashed once, its sections once for each set of hashes, and each further vCPU
 * costs one SHA-384 of 112 bytes.
 */
#ifndef LAUNCHSEC_MEASURE_SNP_H
#define LAUNCHSEC_MEASURE_SNP_H

#include "launchsec/measure.h"

/* SHA-256 of what a VM boots by -kernel. */
struct lsec_boot_digests {
	uint8_t kernel[LSEC_FILE_DIGEST_SIZE];
	uint8_t initrd[LSEC_FILE_DIGEST_SIZE];
	uint8_t cmdline[LSEC_FILE_DIGEST_SIZE];
};

/* The digests as QEMU has them: of nothing where there is no initrd, of a NUL where there is no
 * command line. There is a kernel. */
void lsec_boot_digests(const struct lsec_kernel_boot *boot, struct lsec_boot_digests *ret);

/* The launch digest when the image is in the guest; and from there on with the sections, with
 * kernel hashes or NULL for none. Hashes need an image with LSEC_HASH_PLACE_FITS. */
void lsec_snp_begin(const struct lsec_image *image, struct lsec_measurement *ret);
void lsec_snp_add_sections(const struct lsec_image *image, const struct lsec_boot_digests *hashes,
                           struct lsec_measurement *digest);

/* SHA-384 of the state in which vCPUs start: the first one and plugged ones, and the others. */
struct lsec_vcpu_states {
	uint8_t first[LSEC_MEASUREMENT_SIZE];
	uint8_t other[LSEC_MEASUREMENT_SIZE];
};
void lsec_vcpu_states(uint32_t ap_address, uint32_t cpu_signature, uint64_t vmsa_features,
                      struct lsec_vcpu_states *ret);

/* One vCPU more, by one of these states; and all of a VM: those that exist when QEMU starts, then
 * those that are plugged in. */
void lsec_snp_add_vcpu(const uint8_t state[LSEC_MEASUREMENT_SIZE], struct lsec_measurement *digest);
void lsec_snp_add_vcpus(const struct lsec_vcpu_states *states, unsigned booted, unsigned plugged,
                        struct lsec_measurement *digest);

#endif
