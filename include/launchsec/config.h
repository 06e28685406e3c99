/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster's administrator sets: defaults per TEE, and keys that annotations may not set.
 * Sources in the order of their weight: command line, environment, config file.
 */
#ifndef LAUNCHSEC_CONFIG_H
#define LAUNCHSEC_CONFIG_H

#include <stddef.h>

#include "launchsec/keys.h"
#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the config file is looked for when none is named. */
#define LSEC_CONFIG_FILE "/etc/launchsec/config.json"

struct lsec_default {
	char *text;   /* the value as written, or NULL */
	char *source; /* where it was written, for problems and reasons */
};

struct lsec_config {
	struct lsec_default defaults[LSEC_TEES][LSEC_KEYS];
	char *forbidden[LSEC_KEYS]; /* where it was forbidden, or NULL */
};

/*
 * Sets a default from `tee_key` ("sev-snp.firmware") and checks the value. An earlier value of the
 * same key stays: read the weightiest source first.
 */
int lsec_config_set_default(struct lsec_config *config, const char *source, const char *tee_key,
                            const char *value, struct lsec_problems *problems);

/* Forbids the keys in `keys` (joined by commas) to annotations. */
int lsec_config_forbid(struct lsec_config *config, const char *source, const char *keys,
                       struct lsec_problems *problems);

/*
 * Takes LAUNCHSEC_SEV_SNP_<KEY>, LAUNCHSEC_TDX_<KEY> and LAUNCHSEC_FORBID out of an environment
 * (NULL-terminated "NAME=VALUE" strings).
 */
int lsec_config_read_environment(struct lsec_config *config, char *const *environment,
                                 struct lsec_problems *problems);

/*
 * Reads a config file, JSON or YAML: {"sev-snp": {"firmware": …}, "tdx": {…}, "forbid":
 * ["firmware", …]}, keys and values as in annotations. A ConfigMap (deploy/plugin/settings.yaml)
 * has the variables of the environment in its data.
 */
int lsec_config_read(struct lsec_config *config, const char *bytes, size_t len, const char *name,
                     struct lsec_problems *problems);

/* Frees what the config holds and makes it empty. NULL is fine. */
void lsec_config_clear(struct lsec_config *config);

#ifdef __cplusplus
}
#endif

#endif
