/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the host, gathered at the edge and passed to the core as data: a table of facts.
 * "Unknown" is not "no": a container sees less than the host. A struct lsec_host of zeros knows
 * nothing.
 */
#ifndef LAUNCHSEC_HOST_H
#define LAUNCHSEC_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "launchsec/keys.h"
#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

enum lsec_state { LSEC_UNKNOWN, LSEC_NO, LSEC_YES };

/* Ordered by dependency: a fact comes after those that it needs. */
enum lsec_fact_id {
	LSEC_FACT_CPU_AMD,
	LSEC_FACT_CPU_INTEL,
	LSEC_FACT_HYPERVISOR,
	LSEC_FACT_SEV,
	LSEC_FACT_SEV_ES,
	LSEC_FACT_SEV_SNP,
	LSEC_FACT_CBITPOS,
	LSEC_FACT_REDUCED_PHYS_BITS,
	LSEC_FACT_CPU_SIGNATURE,
	LSEC_FACT_DEV_KVM,
	LSEC_FACT_DEV_SEV,
	LSEC_FACT_KVM_AMD_SEV,
	LSEC_FACT_KVM_AMD_SEV_ES,
	LSEC_FACT_KVM_AMD_SEV_SNP,
	LSEC_FACT_KVM_INTEL_TDX,
	LSEC_FACT_SEV_ES_SLOTS,
	LSEC_FACT_SEV_ES_SLOTS_USED,
	LSEC_FACT_TDX_SLOTS,
	LSEC_FACT_TDX_SLOTS_USED,
	LSEC_FACT_QGS_SOCKET,
	LSEC_FACT_QGS_WRITABLE,
	LSEC_FACT_FIRMWARE_SEV_SNP,
	LSEC_FACT_FIRMWARE_TDX,
	LSEC_FACTS
};

/* A number is "no" where it is 0; a path is "no" where there is none. */
struct lsec_fact {
	enum lsec_state state;
	unsigned number;                   /* LSEC_FACT_NUMBER */
	char path[LSEC_MAX_FACT_PATH + 1]; /* LSEC_FACT_PATH */
};

struct lsec_host {
	struct lsec_fact of[LSEC_FACTS];
};

enum lsec_fact_kind { LSEC_FACT_STATE, LSEC_FACT_NUMBER, LSEC_FACT_PATH };

/* Where a fact is looked for. */
enum lsec_fact_place {
	LSEC_FACT_AT_CPU,
	LSEC_FACT_AT_PARAMETER, /* `path`: a kernel module's parameter */
	LSEC_FACT_AT_CGROUP,    /* `path`: a file of the root cgroup, with a line `word NUMBER` */
	LSEC_FACT_AT_DEVICE,    /* `path`: a device node, also known to /sys/class/misc */
	LSEC_FACT_AT_SOCKET,    /* `path`: a UNIX socket */
	LSEC_FACT_AT_RIGHTS,    /* `path`: the same; whether QEMU's user may connect to it */
	LSEC_FACT_AT_FIRMWARE,  /* `path`: QEMU's descriptors; `word`: the feature of one */
};

/* The table of facts: gathering, recording, showing and judging all go by it. */
struct lsec_fact_row {
	enum lsec_fact_id id; /* equals the row's index */
	const char *name;     /* in recorded facts */
	enum lsec_fact_kind kind;
	enum lsec_fact_place place;
	const char *path; /* where it is found; of the CPU, for people */
	const char *word; /* in there, or NULL */
	/* LSEC_FACT_NUMBER: recorded ones are at least and at most this. */
	unsigned least, most;
	bool hexadecimal; /* the same: as it is shown */
	unsigned needed;  /* mask of enum lsec_tee: "no" rules it out */
	unsigned proof;   /* the same: "yes" proves it, if nothing rules it out */
	unsigned tells;   /* the same: informative, decides nothing */
	bool chain;       /* of several with "no" the first is the reason for the others */
	bool old;         /* recorded ever since: left out, it is "no" */
	const char *lack; /* what a "no" means, for messages; set where `needed` is, or NULL */
	const char *fix;  /* what to do about a "no", or NULL */
	const char *help; /* one line */
};

/* The row of a fact (an enum lsec_fact_id). */
const struct lsec_fact_row *lsec_fact(size_t id);

/* Whether a fact is known to be so. */
static inline bool lsec_host_has(const struct lsec_host *host, enum lsec_fact_id id)
{
	return host->of[id].state == LSEC_YES;
}

/* Sets the facts of CPUID leaf 0x8000001F (AMD 24594, "Encrypted Memory Capabilities"): sev to
 * reduced-phys-bits. */
void lsec_host_decode(uint32_t eax, uint32_t ebx, struct lsec_host *ret);

/*
 * Looks at this host: its CPU, and what /sys, /dev and others have under `root` ("" for those of
 * this process). Takes well below a millisecond and changes nothing; may be called at any time,
 * since slots come and go. What cannot be seen is unknown.
 */
void lsec_host_gather(const char *root, struct lsec_host *ret);

/* Its two parts: both leave the other's facts alone. Without CPUID the CPU has nothing. */
void lsec_host_gather_cpu(struct lsec_host *ret);
void lsec_host_gather_files(const char *root, struct lsec_host *ret);

/*
 * Reads recorded facts from JSON or YAML, {"sev": true, "cbitpos": 51, "kvm-amd-sev-snp":
 * "unknown", …}, as "launchsec probe --format json" writes them. What is left out is unknown, but
 * sev, sev-es and sev-snp, which are "no". sev without cbitpos is refused.
 */
int lsec_host_read_recorded(const char *bytes, size_t len, const char *name, struct lsec_host *ret,
                            struct lsec_problems *problems);

/* The same for those who write no cbitpos anywhere: sev may be there without it. */
int lsec_host_read_some(const char *bytes, size_t len, const char *name, struct lsec_host *ret,
                        struct lsec_problems *problems);

/* Whether the host offers a TEE: yes where the kernel confirms it and nothing rules it out. */
enum lsec_state lsec_host_offers(const struct lsec_host *host, enum lsec_tee tee);

/*
 * Whether a VM of this TEE can start here, now: the host offers it, a key slot is free, and, with
 * `quotes`, a quote generation service is at libvirt's usual place (pass false for a VM whose own
 * is elsewhere). For each reason why not, a problem is added at its source; none for what is
 * unknown.
 */
enum lsec_state lsec_host_verdict(const struct lsec_host *host, enum lsec_tee tee, bool quotes,
                                  struct lsec_problems *problems);

/*
 * `type: auto`: the only TEE that the host certainly offers; or `own`, the domain's own (or
 * LSEC_TEE_NONE), unless the host contradicts. Else a problem at `place` that lists the facts.
 */
int lsec_host_choose(const struct lsec_host *host, enum lsec_tee own, const char *place,
                     enum lsec_tee *ret, struct lsec_problems *problems);

#ifdef __cplusplus
}
#endif

#endif
