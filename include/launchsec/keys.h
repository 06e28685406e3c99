/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of annotations: the single source for parsing, writing, help, completion, the man page
 * and the documents. A new annotation is a new row.
 */
#ifndef LAUNCHSEC_KEYS_H
#define LAUNCHSEC_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Prefix of launchsec's annotations on a VMI. */
#define LSEC_PREFIX "launchsecurity.vm.kubevirt.io/"

/* KubeVirt's own annotation for the TDX quote generation service. */
#define LSEC_KUBEVIRT_QGS "kubevirt.io/qgs-socket-path"

/* The default firmware images, where Fedora's edk2-ovmf and KubeVirt's
 * launcher images have them. */
#define LSEC_FIRMWARE_SNP "/usr/share/edk2/ovmf/OVMF.amdsev.fd"
#define LSEC_FIRMWARE_TDX "/usr/share/edk2/ovmf/OVMF.inteltdx.fd"

/* A TEE; usable as a mask in the table. */
enum lsec_tee {
	LSEC_TEE_NONE = 0,
	LSEC_TEE_SEV_SNP = 1,
	LSEC_TEE_TDX = 2,
};
#define LSEC_TEE_BOTH ((unsigned)LSEC_TEE_SEV_SNP | (unsigned)LSEC_TEE_TDX)
#define LSEC_TEES 2

/* What a value may be. The parser of each is in src/annotations/values.c, or named there. */
enum lsec_value_type {
	LSEC_VALUE_TYPE,     /* sev-snp, tdx, auto, none */
	LSEC_VALUE_FIRMWARE, /* auto, keep, or an absolute path */
	LSEC_VALUE_POLICY,   /* a number or flag names */
	LSEC_VALUE_YES_NO,
	LSEC_VALUE_CPUID,       /* a number from 1 to 63, auto (see `automatic`), or omit */
	LSEC_VALUE_BYTES,       /* base64 or hex of exactly `bytes` bytes, or a digest form */
	LSEC_VALUE_BIND,        /* 32 or 48 bytes likewise, fitted to the TEE's field */
	LSEC_VALUE_QGS,         /* a UNIX socket's path, vsock:CID:PORT, HOST:PORT, default, none */
	LSEC_VALUE_INITDATA,    /* an initdata document, or base64 of it, or of its gzip */
	LSEC_VALUE_PROVISION,   /* the URL of a key broker */
	LSEC_VALUE_OEM_STRINGS, /* one string, or a JSON array of them */
	LSEC_VALUE_TYPES
};

/* How <launchSecurity> carries a value. */
enum lsec_xml_form {
	LSEC_XML_NOWHERE,   /* not in <launchSecurity> */
	LSEC_XML_ATTRIBUTE, /* an attribute of it */
	LSEC_XML_ELEMENT,   /* a child's text */
	LSEC_XML_PATH       /* a child's `path` attribute */
};

enum lsec_key_id {
	LSEC_KEY_TYPE,
	LSEC_KEY_FIRMWARE,
	LSEC_KEY_CBITPOS,
	LSEC_KEY_REDUCED_PHYS_BITS,
	LSEC_KEY_POLICY,
	LSEC_KEY_ALLOW_DEBUG,
	LSEC_KEY_ALLOW_QEMU_ARGUMENTS,
	LSEC_KEY_KERNEL_HASHES,
	LSEC_KEY_AUTHOR_KEY,
	LSEC_KEY_VCEK,
	LSEC_KEY_GUEST_VISIBLE_WORKAROUNDS,
	LSEC_KEY_ID_BLOCK,
	LSEC_KEY_ID_AUTH,
	LSEC_KEY_HOST_DATA,
	LSEC_KEY_MR_CONFIG_ID,
	LSEC_KEY_MR_OWNER,
	LSEC_KEY_MR_OWNER_CONFIG,
	LSEC_KEY_QGS,
	LSEC_KEY_BIND,
	LSEC_KEY_INITDATA,
	LSEC_KEY_PROVISION,
	LSEC_KEY_OEM_STRINGS,
	LSEC_KEYS
};

struct lsec_key {
	enum lsec_key_id id; /* equals the row's index */
	const char *name;    /* after the prefix */
	unsigned tees;       /* mask of enum lsec_tee */
	enum lsec_value_type type;
	size_t bytes; /* LSEC_VALUE_BYTES: how many */
	bool digest;  /* LSEC_VALUE_BYTES, LSEC_VALUE_BIND: may be the digest of a text */
	enum lsec_xml_form form; /* how <launchSecurity> carries it */
	const char *xml;         /* libvirt's name there, or NULL */
	const char *qemu;        /* QEMU's name in its object tdx-guest; NULL where it has none */
	unsigned automatic;      /* LSEC_VALUE_CPUID: what auto is; 0: this host's CPUID says it */
	bool cluster;            /* may be a cluster default */
	/* Kept from VMs without a cluster default, it is launchsec's default: the domain's own
	 * does not count either. Of all others the domain's own does. */
	bool forbids_own;
	const char *written_to; /* where it goes, for people */
	const char *values;     /* what it may be, for people */
	const char *standard;   /* what counts without it, for people */
	const char *help;       /* one line */
	const char *attested;   /* what it is to a verifier, one line */
	const char *example;    /* a good value; NULL where all are too long to show */
};

/*
 * The row of a key (an enum lsec_key_id), and the row whose name is `name` (without the prefix), or
 * NULL. Rows are in the order in which libvirt writes them.
 */
const struct lsec_key *lsec_key(size_t id);
const struct lsec_key *lsec_key_find(const char *name);

/* The key of a TEE's field for data of the owner's choice: host-data or mr-config-id. */
const struct lsec_key *lsec_key_bound(enum lsec_tee tee);

/* The key name closest to `name`, for "did you mean"; NULL when none is near. */
const char *lsec_key_nearest(const char *name);

/* libvirt's name of a TEE ("sev-snp", "tdx", "none"), and the other way; lsec_tee_find() returns
 * LSEC_TEE_NONE for any other text. */
const char *lsec_tee_name(enum lsec_tee tee);
enum lsec_tee lsec_tee_find(const char *name);

/* A TEE's name for people: "SEV-SNP", "TDX". */
const char *lsec_tee_title(enum lsec_tee tee);

/* 0 for SEV-SNP and 1 for TDX: an index for arrays of LSEC_TEES; and the other way. */
size_t lsec_tee_index(enum lsec_tee tee);
enum lsec_tee lsec_tee_at(size_t index);

#ifdef __cplusplus
}
#endif

#endif
