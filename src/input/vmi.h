/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of VMIs share. */
#ifndef LAUNCHSEC_INPUT_VMI_H
#define LAUNCHSEC_INPUT_VMI_H

#include "base/json.h"
#include "launchsec/vmi.h"

/* What the readers want, for messages. */
#define LSEC_WANT_VMI "a VirtualMachineInstance or VirtualMachine of KubeVirt"

/* Takes the facts out of a document. On failure *ret is left alone. */
int lsec_vmi_from_json(const struct json_object *document, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems);

/* The place of an annotation for problems: its key, made safe. */
char *lsec_vmi_annotation_place(const char *key);

/* Refuses keys of ours among the labels, and in the metadata of what is around the template, but
 * those that `metadata`, the instance's, has among its annotations as well. */
int lsec_vmi_refuse_misplaced(const struct json_object *document, const struct json_object *owner,
                              const struct json_object *metadata, struct lsec_problems *problems);

/*
 * Refuses an object that is no VM but has annotations of ours where a VM would have them: its kind
 * was mistyped. What a controller made of a VM (its pod) has them rightly.
 */
int lsec_vmi_refuse_stray(const struct json_object *document, struct lsec_problems *problems);

/*
 * Refuses annotations of ours that a wrong indentation put beside the places where annotations are,
 * which lsec_vmi_from_json() sees to. `name`: that of the value, "" for a document.
 */
int lsec_vmi_refuse_lost(const struct json_object *value, const char *name,
                         struct lsec_problems *problems);

/* Refuses a VMI of more bytes than a Kubernetes API server takes; and, for one among the
 * manifests of a file, what as a document of its own would be refused for its size. */
int lsec_vmi_check_length(size_t len, const char *name, struct lsec_problems *problems);
int lsec_vmi_check_size(struct json_object *document, const char *name,
                        struct lsec_problems *problems);

/* A copy of a VMI in JSON in which its status and managed fields are empty: most of it may be
 * those. */
char *lsec_vmi_without_status(const char *bytes, size_t len);

/*
 * Reads all objects of a text, in YAML or JSON, into a list; the items of lists of Kubernetes (kind
 * List) for these.
 */
int lsec_objects_read(const char *bytes, size_t len, const char *name, struct json_object **ret,
                      struct lsec_problems *problems);

#endif
