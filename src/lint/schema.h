/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that KubeVirt has near those that matter here, by version, as rules: a place each and
 * the names of its fields.
 */
#ifndef LAUNCHSEC_LINT_SCHEMA_H
#define LAUNCHSEC_LINT_SCHEMA_H

#include "rule.h"

/* What begins a place that is not looked for from a VM's instance on: the VirtualMachine, an
 * instancetype, a preference. */
#define LSEC_OF_VM '^'
#define LSEC_OF_INSTANCETYPE '%'
#define LSEC_OF_PREFERENCE '&'

/* The id of all of these. */
#define LSEC_FIELD_RULE "field"

/* The i-th of the places as a rule, false past the last. Its `words` are the fields there; name:8
 * is one that KubeVirt has from 1.8 on. */
bool lsec_field_rule(size_t i, struct lsec_rule *ret);

/* Whether a name was meant to be KubeVirt's launchSecurity, in capitals or not, with separators or
 * two wrong letters. */
bool lsec_means_launch_security(const char *name);

/* Whether KubeVirt drops the field although protection may depend on it. */
bool lsec_field_matters(const struct lsec_spot *spot);

/* "; did you mean NAME?" with the nearest of a rule's words; NULL where none is near. Owned. */
char *lsec_field_near(const struct lsec_spot *spot);

/* What is wrong with a field that KubeVirt does not have, and what does the same. Owned. */
char *lsec_field_told(const struct lsec_spot *spot);

#endif
