/* SPDX-License-Identifier: Apache-2.0 */
/* What launchsec looks at in a domain, found once, before anything changes. */
#ifndef LAUNCHSEC_CORE_DOMAIN_H
#define LAUNCHSEC_CORE_DOMAIN_H

#include <libxml/tree.h>

#include "arguments.h"
#include "launchsec/keys.h"
#include "launchsec/vmi.h"
#include "xml.h"

struct lsec_domain {
	xmlNode *root, *os, *loader, *features, *cpu, *devices, *launch_security;
	xmlNode *smbios;                 /* os/smbios */
	xmlNode *sysinfo;                /* sysinfo[@type='smbios'] */
	xmlNode *oem_strings;            /* of that */
	char *security;                  /* launchSecurity/@type, or NULL */
	enum lsec_tee tee;               /* the TEE it names, or LSEC_TEE_NONE */
	char *policy;                    /* launchSecurity/policy, or NULL */
	char *qgs_path;                  /* launchSecurity/quoteGenerationService/@path, or NULL */
	char *loader_type;               /* os/loader/@type, or NULL */
	char *loader_path;               /* os/loader, or NULL (also where it is empty) */
	bool firmware_efi;               /* os/@firmware is efi: libvirt picks the image */
	bool secure_boot;                /* the loader or os/firmware asks for Secure Boot */
	bool kernel;                     /* direct kernel boot */
	bool host_devices;               /* devices/hostdev, or a hostdev interface */
	struct lsec_arguments arguments; /* what libvirt or KubeVirt hand to QEMU */
};

/*
 * Finds the parts of a domain and refuses one that cannot be protected: not
 * kvm, not x86_64, not q35, with parts that are there twice, or with QEMU
 * arguments that choose another protection. Every such problem is added, and
 * -1 returned. *ret points into the tree and owns its texts; it is filled as
 * far as possible even on failure, for later checks.
 */
int lsec_domain_find(const struct lsec_xml *xml, struct lsec_domain *ret,
                     struct lsec_problems *problems);

/*
 * A stand-in for the domain that KubeVirt is going to make of a VMI, as far as the settings
 * look at it: its launchSecurity. All in it is borrowed from the VMI and not to be freed.
 */
struct lsec_domain lsec_domain_planned(const struct lsec_vmi *vmi);

void lsec_domain_clear(struct lsec_domain *domain);

#endif
