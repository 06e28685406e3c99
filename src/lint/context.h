/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other objects of the same input state about VMs: instancetypes, preferences, and the
 * KubeVirt object with its feature gates.
 */
#ifndef LAUNCHSEC_LINT_CONTEXT_H
#define LAUNCHSEC_LINT_CONTEXT_H

#include "base/json.h"

/* A kind of instancetype or preference. */
struct lsec_preset_kind {
	const char *name;
	bool cluster, preference;
};

struct lsec_lint_context {
	struct json_object *presets; /* by kind, namespace and name; owned */
	struct json_object *cluster; /* spec of the KubeVirt object; owned; or NULL */
};

void lsec_lint_context_clear(struct lsec_lint_context *context);

/* Remembers an object that states something about VMs, unless it is a large preset. */
void lsec_lint_context_add(struct lsec_lint_context *context, struct json_object *object);

/* Whether an instancetype or a preference has more values than LSEC_MAX_PRESET_VALUES: applied to
 * many VMs it would cost more than its input. */
bool lsec_preset_is_large(const struct json_object *preset);

/* The kind of an object; NULL for others. */
const struct lsec_preset_kind *lsec_preset_kind(const struct json_object *object);

/* The kinds: index 0, 1, ... until it is NULL. */
const struct lsec_preset_kind *lsec_preset_kind_at(size_t index);

/*
 * The instancetype, or the preference, that a VirtualMachine names. NULL where it names none, or
 * one that the context does not have or that is an older revision: *ret_open becomes true.
 * Borrowed.
 */
struct json_object *lsec_preset_find(const struct lsec_lint_context *context,
                                     const struct json_object *vm, bool preference, bool *ret_open);

/* A text of an object's metadata; "" where it is not there. Borrowed. */
const char *lsec_metadata_text(const struct json_object *object, const char *name);

#endif
