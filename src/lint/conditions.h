/* SPDX-License-Identifier: Apache-2.0 */
/* What rules ask of a spot; true where something is wrong there. */
#ifndef LAUNCHSEC_LINT_CONDITIONS_H
#define LAUNCHSEC_LINT_CONDITIONS_H

#include "rule.h"

/* A member as Go's encoding/json reads it: its name in capitals or not, the last of several.
 * Borrowed; NULL where there is none, or null. */
const struct json_object *lsec_go_member(const struct json_object *object, const char *name);

/* Of any spot. */
bool lsec_is_any(const struct lsec_spot *spot);
bool lsec_is_there(const struct lsec_spot *spot);
bool lsec_is_absent(const struct lsec_spot *spot);
bool lsec_is_true(const struct lsec_spot *spot);
bool lsec_is_no_boolean(const struct lsec_spot *spot);
bool lsec_is_no_object(const struct lsec_spot *spot);
/* A member that is none, or is one, of the rule's words. */
bool lsec_is_unknown(const struct lsec_spot *spot);
bool lsec_is_named(const struct lsec_spot *spot);
/* The same where the VM's type is not tdx, which another rule reports. */
bool lsec_is_named_beside_type(const struct lsec_spot *spot);
/* One of the words, whose value is null or no object. */
bool lsec_is_named_no_object(const struct lsec_spot *spot);
/* One of the words, whose value is not null, and no string, list of strings, or object. */
bool lsec_is_no_string(const struct lsec_spot *spot);
bool lsec_is_no_list_of_strings(const struct lsec_spot *spot);
bool lsec_is_no_struct(const struct lsec_spot *spot);
/* A string that is none of the words; a word with '-' at its end is a beginning. */
bool lsec_is_other(const struct lsec_spot *spot);
/* One of the words, but no whole number; but no quantity of Kubernetes. */
bool lsec_is_no_count(const struct lsec_spot *spot);
bool lsec_is_no_quantity(const struct lsec_spot *spot);
/* An object that switches something on, unless its `enabled` is false. */
bool lsec_is_enabled(const struct lsec_spot *spot);
/* A member of an object that is there: true, or absent. */
bool lsec_is_not_off(const struct lsec_spot *spot);
/* A member of an object that is there: absent, or an empty text. */
bool lsec_is_blank(const struct lsec_spot *spot);

/* Of the VM. */
bool lsec_is_not_one(const struct lsec_spot *spot);     /* launchSecurity with more, or empty */
bool lsec_is_without_smm(const struct lsec_spot *spot); /* Secure Boot, and nothing native */
/* Of a VirtualMachine, in a cluster that changes running VMs (vmRolloutStrategy). */
bool lsec_is_live_in_vm(const struct lsec_spot *spot);
bool lsec_is_without_defaults(const struct lsec_spot *spot); /* though the cluster has some */
bool lsec_is_socket(const struct lsec_spot *spot);           /* qgs is a UNIX socket */
bool lsec_is_plugged(const struct lsec_spot *spot);          /* more than one, and no annotations */
bool lsec_is_unpaused(const struct lsec_spot *spot);         /* there, and the VM starts at once */
bool lsec_is_true_and_alone(const struct lsec_spot *spot);   /* and no annotations */
bool lsec_is_other_and_alone(const struct lsec_spot *spot);  /* and no annotations */
bool lsec_is_other_for_any(const struct lsec_spot *spot);    /* and type is auto */
bool lsec_is_without_snp(const struct lsec_spot *spot);      /* CPU model, and no annotations */
bool lsec_is_misspelt_model(const struct lsec_spot *spot);   /* near one that is known */
bool lsec_is_ungated_vsock(const struct lsec_spot *spot);    /* true, and the gate not seen */
bool lsec_is_without_ovmf(const struct lsec_spot *spot);     /* of the cluster, which is known */

/* Of the sidecars as a whole. */
bool lsec_is_misplaced_hook(const struct lsec_spot *spot); /* outside the template */
bool lsec_is_missing_hook(const struct lsec_spot *spot);   /* annotations, and no sidecar */
bool lsec_is_misspelt_hook(const struct lsec_spot *spot);  /* its annotation's name */
bool lsec_is_foreign_hook(const struct lsec_spot *spot);   /* none of them is launchsec's */
bool lsec_is_idle_hook(const struct lsec_spot *spot);      /* a sidecar, and no annotations */
bool lsec_is_doubled_hook(const struct lsec_spot *spot);   /* launchsec's, beside its Plugin */
bool lsec_is_losing_hook(const struct lsec_spot *spot);    /* has what KubeVirt's struct drops */

/* Of a sidecar. */
bool lsec_is_repeated(const struct lsec_spot *spot);        /* an earlier one has that ConfigMap */
bool lsec_is_blank_key(const struct lsec_spot *spot);       /* where one file is wanted */
bool lsec_is_unseen(const struct lsec_spot *spot);          /* the shim does not find the program */
bool lsec_is_unread(const struct lsec_spot *spot);          /* launchsec does not read the file */
bool lsec_is_no_shim_version(const struct lsec_spot *spot); /* the shim without --version */
bool lsec_is_without_value(const struct lsec_spot *spot);   /* an option of launchsec's image */
bool lsec_is_too_new(const struct lsec_spot *spot);         /* v1alpha3 */
bool lsec_is_not_told(const struct lsec_spot *spot);        /* an older one */

#endif
