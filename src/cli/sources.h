/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator or the host decides, from wherever it is written: options, environment,
 * files. */
#ifndef LAUNCHSEC_CLI_SOURCES_H
#define LAUNCHSEC_CLI_SOURCES_H

#include "launchsec/config.h"
#include "launchsec/host.h"
#include "launchsec/vmi.h"
#include "options.h"

/* Cluster defaults and forbidden keys, the weightiest source first. */
int lsec_read_config(const struct lsec_options *options, struct lsec_config *ret,
                     struct lsec_problems *problems);

/* --set: annotations, by keys without prefix; with it does as well. */
int lsec_set_annotations(const struct lsec_options *options, struct lsec_vmi *vmi,
                         struct lsec_problems *problems);

/* This host's facts, or those of a file that is named; of `measure` the latter only. */
int lsec_read_host(const struct lsec_options *options, struct lsec_host *ret,
                   struct lsec_problems *problems);

/* Where this host's facts are looked for, for lsec_host_gather(); NULL where they are from a file.
 */
const char *lsec_host_root(const struct lsec_options *options);

/* The directory for a hook sidecar's socket; NULL where only other sockets are asked for. */
const char *lsec_hook_directory(const struct lsec_options *options);

/* Cuts NAME=VALUE at the first equals sign; the name is the caller's to free. `option` names the
 * place in problems. */
int lsec_split_setting(const char *option, const char *text, char **ret_name,
                       const char **ret_value, struct lsec_problems *problems);

#endif
