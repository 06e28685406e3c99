/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys of annotations and labels are launchsec's, and which are mistyped ones. */
#ifndef LAUNCHSEC_ANNOTATIONS_PREFIX_H
#define LAUNCHSEC_ANNOTATIONS_PREFIX_H

#include <stdbool.h>

#include "launchsec/problems.h"

/* The name after launchsec's prefix; NULL for any other key. */
const char *lsec_key_own(const char *key);

/*
 * Whether a key is not launchsec's, but was meant to be: a prefix with a few wrong letters, other
 * capitals or separators, a part of it left out, or the prefix in the key's name. Keys of other
 * parties are not: those that only share words with the prefix (security.openshift.io/...,
 * virt-launcher.kubevirt.io/...), or its first word under another domain.
 *
 * The conditions in deploy/ that decide which VMs reach launchsec at all are wider and simpler,
 * since they are regular expressions: tests/docs/prefixes.py holds both against the same lists.
 */
bool lsec_key_nearly_own(const char *key);

/* The known name that such a key ends with, for "did you mean"; else NULL. */
const char *lsec_key_meant(const char *key);

/* Refuses such a key and suggests the right one. */
int lsec_key_refuse_mistyped(const char *key, struct lsec_problems *problems);

#endif
