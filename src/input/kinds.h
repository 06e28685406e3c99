/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of objects that are, or hold the template of, a VirtualMachineInstance. */
#ifndef LAUNCHSEC_INPUT_KINDS_H
#define LAUNCHSEC_INPUT_KINDS_H

#include "base/json.h"

/* A kind that is read, and the place of its template, "" where it has none. */
struct lsec_vmi_kind {
	const char *name;
	const char *path; /* with a dot at its end */
	bool pool;        /* the template is in a template of a VirtualMachine */
	bool several;     /* several VMs are made of it, with names of their own */
};

/* The kind of a document; NULL for others. */
const struct lsec_vmi_kind *lsec_vmi_kind(const struct json_object *document);

/* The kinds: index 0, 1, ... until it is NULL. */
const struct lsec_vmi_kind *lsec_vmi_kind_at(size_t index);

/* The document or its template, which has the annotations and the spec, and the object around
 * that. Borrowed; NULL where there is none. */
const struct json_object *lsec_vmi_instance(const struct json_object *document,
                                            const struct json_object **ret_owner);

#endif
