/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk key for each VM without an operator. Trustee's provisioner plugin
 * (kbs/src/plugins/implementations/provisioner, 78962cd) makes the key's place from the VM's
 * namespace and name, so that the initdata that names it can be written before anything runs. In
 * the guest, libcryptsetup-token-kbs (028ac64) reads it from the OEM strings.
 */
#ifndef LAUNCHSEC_ANNOTATIONS_PROVISION_H
#define LAUNCHSEC_ANNOTATIONS_PROVISION_H

#include "base/digest.h"
#include "base/uuid.h"
#include "launchsec/vmi.h"
#include "value.h"

/* LSEC_VALUE_PROVISION: the URL of a key broker, in one way to write it only. */
int lsec_parse_provision(const struct lsec_reading *c, struct lsec_value *value);

/* The identity of a VM's disk key, and the document that points the guest to it. */
struct lsec_provision {
	struct lsec_uuid uuid;
	char *resource; /* kbs+provisioner:///default/UUID/root */
	char *document; /* TOML, whose bytes never change between versions of launchsec */
	size_t len;     /* of the document */
	struct lsec_digest digest;
};

/*
 * Makes the document for the key broker at `url`, as lsec_parse_provision() accepts it. Refuses a
 * VM whose namespace or name is not known, or is none in Kubernetes, at its metadata, and one that
 * is made from a template at `place`.
 */
int lsec_provision_make(const char *place, const struct lsec_vmi *vmi, const char *url,
                        struct lsec_provision *ret, struct lsec_problems *problems);

/* Whether Kubernetes accepts that as the name of a namespace. */
bool lsec_is_name_space(const char *name);

/* Whether namespace and name are known, good or not. */
bool lsec_provision_is_named(const struct lsec_vmi *vmi);

/* Refuses provision together with initdata: there is room for one document. */
int lsec_provision_refuse_initdata(struct lsec_problems *problems);

void lsec_provision_clear(struct lsec_provision *provision);

#endif
