/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM's measurement is made of, and what its attestation report should claim: from its
 * domain, as the hook makes it; before there is one, from its manifest; without a VM, from values
 * alone. No I/O: a kernel and an initrd are the caller's to read and hash.
 */
#ifndef LAUNCHSEC_INPUTS_H
#define LAUNCHSEC_INPUTS_H

#include "launchsec/apply.h"
#include "launchsec/claims.h"
#include "launchsec/measure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The VM's hardware in a manifest, as KubeVirt's converter reads it. */
struct lsec_hardware {
	const char *path;  /* of the VMI in the manifest: "", "spec.template." (static) */
	bool instancetype; /* has CPUs and more, in another object */
	bool presets;      /* the same, or a preference */
	bool efi;
	/* vCPUs; 0: the manifest does not set them. `plugged`: of these, the ones that KubeVirt 1.6
	 * and later plug in. `vcpus_field`: the field that sets them, from the VMI on (static). */
	unsigned vcpus, plugged;
	const char *vcpus_field;
	char *cpu_model; /* spec.domain.cpu.model, or NULL */
	/* spec.domain.firmware.kernelBoot. */
	bool kernel, initrd;
	char *kernel_args; /* or NULL */
};

/* A manifest, YAML or JSON; `name` names it in problems. */
struct lsec_manifest {
	const char *bytes;
	size_t len;
	const char *name;
};

/* Reads it as lsec_vmi_read_yaml() does, and the hardware in it. On failure both are left alone. */
int lsec_manifest_read(const struct lsec_manifest *manifest, struct lsec_vmi *ret_vmi,
                       struct lsec_hardware *ret_hardware, struct lsec_problems *problems);

/* Frees what it holds and makes it empty. NULL is fine. */
void lsec_hardware_clear(struct lsec_hardware *hardware);

/* Values from elsewhere; 0, NULL or false: not given. They may fill a gap that the VM leaves, and
 * not contradict it. */
struct lsec_given_inputs {
	enum lsec_tee tee;
	unsigned vcpus;
	const char *cpu;               /* a model of QEMU's */
	const uint32_t *cpu_signature; /* in its place */
	const uint64_t *vmsa_features;
	bool kernel, initrd; /* there are files */
	const char *cmdline;
};

struct lsec_inputs_request {
	/* The VM, with the facts of its node as far as they are known; NULL: there is none. Its
	 * domain is NULL where the manifest alone is known. */
	const struct lsec_request *vm;
	const struct lsec_hardware *hardware; /* of the manifest; NULL where there is none */
	struct lsec_given_inputs given;
};

struct lsec_inputs {
	enum lsec_tee tee;
	/* For SEV-SNP. boot.kernel and boot.initrd are the caller's to set, from the files that
	 * were given, before anything is measured. */
	struct lsec_snp_inputs snp;
	char *cpu;     /* the model's name; NULL: only its signature is known */
	char *cmdline; /* what snp.boot.cmdline is */
	/* The path of the firmware image inside virt-launcher, as the VM's loader names it; NULL:
	 * there is no VM, or it leaves the choice to libvirt or KubeVirt. */
	char *firmware;
	/* Where each input is from, for people: an option, a field, "default". NULL: it has no part
	 * in the measurement, or is from a file. */
	char *from_tee;
	char *from[LSEC_MEASURE_INPUTS];
	/* What the report of a VM should claim, but for the measurement itself. Without a VM
	 * nothing is known of it. */
	bool has_claims;
	struct lsec_claims claims;
	/* Where each claim is from, as above. NULL: nothing asks for it, so it is zero; or it is
	 * the measurement. */
	char *claims_from[LSEC_CLAIMS];
	/* The launch digest that the VM's ID block is for. */
	bool has_id_block;
	struct lsec_measurement id_block_digest;
	struct lsec_report report; /* the hook's changes and warnings, and what measuring adds */
};

/*
 * Collects them. What the hook refuses is refused, as is a VM that leaves open what is measured and
 * a value that contradicts the VM; all of it at once. On success *ret is for lsec_inputs_clear(),
 * on failure it is left alone.
 */
int lsec_inputs_collect(const struct lsec_inputs_request *request, struct lsec_inputs *ret,
                        struct lsec_problems *problems);

/* Frees what they hold and makes them empty. NULL is fine. */
void lsec_inputs_clear(struct lsec_inputs *inputs);

#ifdef __cplusplus
}
#endif

#endif
