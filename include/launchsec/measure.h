/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measurement in a VM's attestation report before the VM starts: the launch digest of SEV-SNP
 * and the MRTD of TDX, as QEMU and KVM make them. Bytes and numbers in, 48 bytes out; no I/O.
 *
 *	lsec_image_parse()    the firmware image, checked once
 *	lsec_measure_snp()    the launch digest of a VM
 *	lsec_measure_tdx()    the MRTD
 *	lsec_explain()        which input of the VM another digest differs in
 *
 * Structures borrow the bytes and texts that they point to; nothing here needs to be freed, except
 * the text of lsec_explain_text().
 */
#ifndef LAUNCHSEC_MEASURE_H
#define LAUNCHSEC_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launchsec/keys.h"
#include "launchsec/limits.h"
#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LSEC_MEASUREMENT_SIZE 48 /* bytes, SHA-384 */
#define LSEC_FILE_DIGEST_SIZE 32 /* bytes, SHA-256 of a kernel or an initrd */

struct lsec_measurement {
	uint8_t bytes[LSEC_MEASUREMENT_SIZE];
};

/* Lower-case hexadecimal, as verifiers print it. */
struct lsec_measurement_text {
	char text[2 * LSEC_MEASUREMENT_SIZE + 1];
};
struct lsec_measurement_text lsec_measurement_text(const struct lsec_measurement *measurement);

/* Firmware. */

/* A firmware image as QEMU is given it. `name` names it in problems. */
struct lsec_firmware {
	const char *name;
	const uint8_t *bytes;
	size_t size;
};

/* Guest memory that the image's metadata asks for. */
struct lsec_section {
	uint64_t address; /* guest physical, a multiple of 4 KiB */
	uint64_t size;    /* bytes, a multiple of 4 KiB */
	uint32_t type;    /* of SEV metadata or of TDX metadata */
	/* TDX only: where its bytes are in the image (types 0 and 1), and its attributes. */
	uint32_t data, attributes;
};

/* SEV-SNP: whether QEMU can put the hashes of kernel, initrd and command line into the guest. */
enum lsec_hash_place {
	LSEC_HASH_PLACE_NONE,  /* the image has no place for them */
	LSEC_HASH_PLACE_UNFIT, /* it has one, but the table does not fit there */
	LSEC_HASH_PLACE_FITS,
};

struct lsec_image {
	struct lsec_firmware firmware;
	enum lsec_tee tee; /* that it was read for */
	struct lsec_section sections[LSEC_MAX_SECTIONS];
	size_t section_count;
	/* SEV-SNP only. */
	uint32_t ap_address; /* where vCPUs other than the first start */
	enum lsec_hash_place hash_place;
	uint32_t hash_offset; /* of the table in its section, in bytes; LSEC_HASH_PLACE_FITS */
};

/*
 * Reads an image's table and its metadata for one TEE (LSEC_TEE_SEV_SNP or LSEC_TEE_TDX), and
 * checks every length, address and offset in them, so that nothing below has to. What is broken for
 * the other TEE is not looked at. On failure *ret is left alone.
 */
int lsec_image_parse(const struct lsec_firmware *firmware, enum lsec_tee tee,
                     struct lsec_image *ret, struct lsec_problems *problems);

/* Whether an image ends as firmware with OVMF's table does, whatever is in the table. */
bool lsec_image_has_table(const uint8_t *bytes, size_t size);

/* CPUs. */

/*
 * A CPU model of QEMU, by its name without a version. It also has the names NAME-v1 to
 * NAME-v`versions`. All versions have one signature.
 */
struct lsec_cpu_model {
	const char *name;
	unsigned versions; /* 0: the name is an alias without versions of its own */
	uint32_t signature;
};

/* The models in the order of documents: index 0, 1, ... until it is NULL. */
const struct lsec_cpu_model *lsec_cpu_model(size_t index);

/* The model with a name, with or without a version; NULL where QEMU has none, or not that version.
 * Names are case-sensitive. */
const struct lsec_cpu_model *lsec_cpu_model_find(const char *name);

/* The first model with a signature, or NULL. */
const struct lsec_cpu_model *lsec_cpu_model_signed(uint32_t signature);

/* The bits of CPUID leaf 1 EAX that are a signature; the others are reserved. */
#define LSEC_CPU_SIGNATURE_BITS 0x0fff0fffU

/* SEV-SNP. */

/* SEV_FEATURES of every vCPU where nothing else is asked for: SEV-SNP is active. */
#define LSEC_VMSA_FEATURES_DEFAULT UINT64_C(0x1)

/* What a VM boots by -kernel. Files as LSEC_FILE_DIGEST_SIZE bytes of SHA-256; NULL: there is
 * none. */
struct lsec_kernel_boot {
	const uint8_t *kernel;
	const uint8_t *initrd;
	const char *cmdline; /* the text itself, without a NUL in it */
};

struct lsec_snp_inputs {
	unsigned vcpus; /* that exist when the guest starts, 1 to LSEC_MAX_VCPUS */
	/* Of these, the last `plugged` ones are plugged in between QEMU's start and the guest's
	 * first instruction, and QEMU is 10.1 or later: they start at 0xfffffff0 like the first
	 * vCPU instead of the image's address. Less than `vcpus`. */
	unsigned plugged;
	uint32_t cpu_signature;
	uint64_t vmsa_features; /* SEV_FEATURES; bit 0 must be set */
	bool kernel_hashes;     /* needs boot.kernel */
	/* Not measured without kernel_hashes; may be set then too, for lsec_explain(). */
	struct lsec_kernel_boot boot;
};

/*
 * The launch digest. Refuses what QEMU refuses: numbers of vCPUs, features without bit 0, kernel
 * hashes without a kernel or in an image without a place for them. On failure *ret is left alone.
 */
int lsec_measure_snp(const struct lsec_image *image, const struct lsec_snp_inputs *inputs,
                     struct lsec_measurement *ret, struct lsec_problems *problems);

/* TDX. */

/* The MRTD. An image that was read for TDX has one, whatever the VM's other inputs are. */
void lsec_measure_tdx(const struct lsec_image *image, struct lsec_measurement *ret);

/* Differences. */

/* An input that a digest may differ in. */
enum lsec_measure_input {
	LSEC_INPUT_VCPUS,
	LSEC_INPUT_PLUGGED,
	LSEC_INPUT_CPU,
	LSEC_INPUT_VMSA_FEATURES,
	LSEC_INPUT_KERNEL_HASHES,
	LSEC_INPUT_KERNEL,
	LSEC_INPUT_INITRD,
	LSEC_INPUT_CMDLINE,
	LSEC_INPUT_FIRMWARE,
	LSEC_MEASURE_INPUTS
};

/* Another kernel, initrd or command line. */
enum lsec_boot_value {
	LSEC_BOOT_NONE,        /* there is none */
	LSEC_BOOT_SPARE,       /* the one in `spare` */
	LSEC_BOOT_LINE_END,    /* the VM's command line with a line end after it */
	LSEC_BOOT_NO_LINE_END, /* the VM's command line without the line end after it */
};

/* The value of one input that the digest is of, instead of the VM's. */
struct lsec_difference {
	enum lsec_measure_input input;
	/* vCPUs, plugged ones, a signature, features, whether kernel hashes are on; an enum
	 * lsec_boot_value; an index of `others`. */
	uint64_t value;
};

#define LSEC_MAX_DIFFERENCES 2
struct lsec_explanation {
	struct lsec_difference differences[LSEC_MAX_DIFFERENCES];
	size_t count; /* 0: nothing fits */
};

struct lsec_explain_request {
	const struct lsec_measurement *found; /* another than the VM's own */
	const struct lsec_image *image;       /* the VM's */
	/* The VM's, which lsec_measure_snp() accepts with `image`; not used for TDX. */
	const struct lsec_snp_inputs *inputs;
	struct lsec_kernel_boot spare;   /* files and text that are at hand and not the VM's */
	const struct lsec_image *others; /* further firmware, read for the same TEE */
	size_t other_count;
	unsigned fixed; /* inputs that are not varied: a mask of 1U << enum lsec_measure_input */
};

/*
 * Searches for the one input, or the two, with whose other value the VM has the digest that was
 * found: any number of vCPUs and of plugged ones, CPU models, features, kernel hashes, kernel,
 * initrd, command line, firmware; of TDX firmware only. One difference is preferred to two. Takes a
 * tenth of a second where nothing fits, and some seconds for VMs of hundreds of vCPUs.
 */
void lsec_explain(const struct lsec_explain_request *request, struct lsec_explanation *ret);

/*
 * A sentence without an end mark: "this is the digest of 3 vCPUs; the VM has 2". Allocated; NULL
 * where nothing fits. It has the firmware's names in it as they are.
 */
char *lsec_explain_text(const struct lsec_explain_request *request,
                        const struct lsec_explanation *explanation);

#ifdef __cplusplus
}
#endif

#endif
