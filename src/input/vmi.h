/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON and YAML readers share. */
#ifndef LAUNCHSEC_INPUT_VMI_H
#define LAUNCHSEC_INPUT_VMI_H

#include "base/json.h"
#include "launchsec/vmi.h"

/* What the readers want, for messages. */
#define LSEC_WANT_VMI "a VirtualMachineInstance or VirtualMachine of KubeVirt"

/* A kind that is read, and the place of its template, "" where it has none. */
struct lsec_vmi_kind {
	const char *name;
	const char *path; /* with a dot at its end */
	bool pool;        /* the template is in a template of a VirtualMachine */
};

/* The kind of a document; NULL for others. */
const struct lsec_vmi_kind *lsec_vmi_kind(const json_t *document);

/* The document or its template, which has the annotations and the spec, and the object around
 * that. Borrowed; NULL where there is none. */
const json_t *lsec_vmi_instance(const json_t *document, const json_t **ret_owner);

/* Takes the facts out of a document. On failure *ret is left alone. */
int lsec_vmi_from_json(const json_t *document, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems);

/*
 * Refuses an object that is no VM but has annotations of ours where a VM would have them: its kind
 * was mistyped. What a controller made of a VM (its pod) has them rightly.
 */
int lsec_vmi_refuse_stray(const json_t *document, struct lsec_problems *problems);

/*
 * Refuses annotations of ours that a wrong indentation put beside the places where annotations are,
 * which lsec_vmi_from_json() sees to. `name`: that of the value, "" for a document.
 */
int lsec_vmi_refuse_lost(const json_t *value, const char *name, struct lsec_problems *problems);

/* Refuses a VMI of more bytes than a Kubernetes API server takes; and, for one among the
 * manifests of a file, what as a document of its own would be refused for its size. */
int lsec_vmi_check_length(size_t len, const char *name, struct lsec_problems *problems);
int lsec_vmi_check_size(const json_t *document, const char *name, struct lsec_problems *problems);

/* Reads all documents of a YAML text into a list; the limits are those after aliases are followed.
 */
int lsec_yaml_read(const char *bytes, size_t len, const struct lsec_json_limits *limits,
                   const char *name, json_t **ret, struct lsec_problems *problems);

/*
 * Reads all objects of a text, in JSON where it begins with a brace, else in YAML, into a list; the
 * items of lists of Kubernetes (kind List) for these.
 */
int lsec_objects_read(const char *bytes, size_t len, const char *name, json_t **ret,
                      struct lsec_problems *problems);

#endif
