/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of VMIs share. */
#ifndef LAUNCHSEC_INPUT_VMI_H
#define LAUNCHSEC_INPUT_VMI_H

#include "base/json.h"
#include "launchsec/vmi.h"

/* What the readers expect, for messages. */
#define LSEC_KUBEVIRT_VM "KubeVirt VirtualMachine or VirtualMachineInstance"
#define LSEC_WANT_VMI "a " LSEC_KUBEVIRT_VM

/* Takes the facts out of a document. On failure *ret is left alone. */
int lsec_vmi_from_json(const struct json_object *document, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems);

/*
 * The same, but on failure *ret, which is to be cleared in any case, has what could be read, for
 * further checks of a document that is refused: also booleans and numbers in place of strings, and
 * mistyped keys, which are not refused yet.
 */
int lsec_vmi_from_json_partly(const struct json_object *document, const char *name,
                              struct lsec_vmi *ret, struct lsec_problems *problems);

/* The place of an annotation for problems: its key, made safe. */
char *lsec_vmi_annotation_place(const char *key);

/* Refuses launchsec's keys among the labels, and in the metadata around the template, except those
 * that `metadata`, the instance's, also has among its annotations. */
int lsec_vmi_refuse_misplaced(const struct json_object *document, const struct json_object *owner,
                              const struct json_object *metadata, struct lsec_problems *problems);

/*
 * Refuses an object that is not a VM but has launchsec's annotations where a VM would have them:
 * its kind was mistyped. Objects that a controller made from a VM (its pod) may have them.
 */
int lsec_vmi_refuse_stray(const struct json_object *document, struct lsec_problems *problems);

/* Refuses launchsec's keys in any place of a document where lsec_vmi_from_json() does not look, as
 * a wrong indentation puts them. */
int lsec_vmi_refuse_lost(const struct json_object *document, struct lsec_problems *problems);

/* Refuses a VMI of more bytes than a Kubernetes API server accepts. The second one is for a VMI
 * among the manifests of a file: it refuses what would be too large as a document of its own. */
int lsec_vmi_check_length(size_t len, const char *name, struct lsec_problems *problems);
int lsec_vmi_check_size(struct json_object *document, const char *name,
                        struct lsec_problems *problems);

/* A copy of a VMI in JSON with empty status and managed fields, which may be most of it. */
char *lsec_vmi_without_status(const char *bytes, size_t len);

/*
 * Reads all objects of a text, in YAML or JSON, into a list; the items of lists of Kubernetes (kind
 * List) for these.
 */
int lsec_objects_read(const char *bytes, size_t len, const char *name, struct json_object **ret,
                      struct lsec_problems *problems);

#endif
