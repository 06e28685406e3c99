/* SPDX-License-Identifier: Apache-2.0 */
/* What launchsec looks at in a domain, found once, before anything changes. */
#ifndef LAUNCHSEC_DOMAIN_DOMAIN_H
#define LAUNCHSEC_DOMAIN_DOMAIN_H

#include <libxml/tree.h>

#include "arguments.h"
#include "launchsec/keys.h"
#include "launchsec/vmi.h"
#include "xml.h"

#define LSEC_SECURITY "/domain/launchSecurity"

struct lsec_domain {
	const struct lsec_xml *xml; /* the document that all nodes are in */
	xmlNode *root, *os, *loader, *features, *cpu, *devices, *launch_security;
	xmlNode *sysinfo;                /* sysinfo[@type='smbios'] */
	xmlNode *oem_strings;            /* of that */
	char *security;                  /* launchSecurity/@type, or NULL */
	enum lsec_tee tee;               /* the TEE it names, or LSEC_TEE_NONE */
	char *own[LSEC_KEYS];            /* what launchSecurity sets in each field of that TEE */
	char *cpu_mode;                  /* cpu/@mode, or NULL */
	char *cpu_model;                 /* cpu/model, or NULL */
	char *loader_type;               /* os/loader/@type, or NULL */
	char *loader_path;               /* os/loader, or NULL (also where it is empty) */
	bool firmware_efi;               /* os/@firmware is efi: libvirt picks the image */
	bool secure_boot;                /* the loader or os/firmware asks for Secure Boot */
	bool kernel;                     /* direct kernel boot */
	bool host_devices;               /* devices/hostdev, or a hostdev interface */
	struct lsec_arguments arguments; /* what libvirt or KubeVirt hand to QEMU */
};

/*
 * Finds the parts of a <domain>. Refuses duplicates of what must be unique, and QEMU arguments that
 * choose another protection. *ret points into the tree and owns its texts; it is filled as far as
 * possible also where a problem is added, for later checks.
 */
void lsec_domain_parts(const struct lsec_xml *xml, struct lsec_domain *ret,
                       struct lsec_problems *problems);

/* The same for a document from outside; refuses besides a domain that cannot be protected: not kvm,
 * not x86_64, not q35, or with vCPUs or devices that libvirt and KubeVirt may read differently. */
void lsec_domain_find(const struct lsec_xml *xml, struct lsec_domain *ret,
                      struct lsec_problems *problems);

/*
 * A stand-in for the domain that KubeVirt is going to make of a VMI, as far as the settings look at
 * it: its launchSecurity. All in it is borrowed from the VMI and not to be freed.
 */
struct lsec_domain lsec_domain_planned(const struct lsec_vmi *vmi);

/* Whether a key's value goes into a child of <launchSecurity>. */
static inline bool lsec_is_child(const struct lsec_key *key)
{
	return key->form == LSEC_XML_ELEMENT || key->form == LSEC_XML_PATH;
}

/* Whether <launchSecurity> of that TEE has a field for a key. */
static inline bool lsec_is_field(const struct lsec_key *key, enum lsec_tee tee)
{
	return key->form != LSEC_XML_NOWHERE && (key->tees & tee) != 0;
}

/* Refuses a list of vCPUs (/domain/vcpus) where it is undefined which ones start, or whose vCPUs
 * cannot start together. In vcpus.c. */
void lsec_vcpus_check(const xmlNode *root, struct lsec_problems *problems);

void lsec_domain_clear(struct lsec_domain *domain);

#endif
