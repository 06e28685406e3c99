/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's manifest that `init` changes, value by value, for the parts of that command. */
#ifndef LAUNCHSEC_CLI_INIT_EDIT_H
#define LAUNCHSEC_CLI_INIT_EDIT_H

#include "base/json.h"
#include "base/text.h"
#include "input/kinds.h"
#include "options.h"

/* --tee and --form, as masks. */
enum { LSEC_INIT_SNP = 1, LSEC_INIT_TDX = 2 };
enum { LSEC_INIT_CONFIGMAP = 1, LSEC_INIT_IMAGE = 2, LSEC_INIT_PLUGIN = 4 };

struct lsec_init {
	const struct lsec_options *options;
	const char *name; /* of the file, for problems */
	int kubevirt;
	struct lsec_buffer text;
	struct json_object *objects; /* what the text says */
	size_t document;             /* which of them is the VM */
	const struct lsec_vmi_kind *kind;
	struct lsec_buffer changes; /* told once all are made */
	struct lsec_problems *problems;
};

/* Reads all objects of a manifest; `name` names it in problems. */
int lsec_init_read(const struct lsec_buffer *text, const char *name, struct json_object **ret,
                   struct lsec_problems *problems);

/* A value of the VM by its path, whose parts are separated by "|"; NULL where there is none. */
struct json_object *lsec_init_at(const struct lsec_init *init, const char *path);

/* The same below the VM's template. */
struct json_object *lsec_init_there(const struct lsec_init *init, const char *path);

/* Sets a value of the VM, given as YAML, and notes the change with its reason; where that is not
 * possible, adds a problem with what is to be pasted by hand, and returns -1. */
int lsec_init_change(struct lsec_init *init, const char *path, const char *value, const char *why);

/* The same below the VM's template, unless the value is there. */
int lsec_init_want(struct lsec_init *init, const char *path, const char *value, const char *why);

/* Whether the VM is for a KubeVirt before 1.MINOR for certain. */
bool lsec_init_is_before(const struct lsec_init *init, int minor);

/* Reads --kubevirt or --openshift, and refuses what that version does not have. In
 * init_version.c. */
int lsec_init_versions(struct lsec_init *init);

/* Sets all that lacks; adds a problem for each value that cannot be set. In init_wants.c. */
int lsec_init_bring(struct lsec_init *init);

/* Whether the VM is of type auto, and nothing here could add launchSecurity. In init_wants.c. */
bool lsec_init_lacks_native(const struct lsec_init *init);

void lsec_init_clear(struct lsec_init *init);

#endif
