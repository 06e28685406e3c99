/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print. */
#ifndef LAUNCHSEC_CLI_OUTPUT_H
#define LAUNCHSEC_CLI_OUTPUT_H

#include "base/json.h"
#include "base/text.h"
#include "launchsec/apply.h"
#include "libvirt/virt.h"
#include "options.h"

/* Every change with its reason, and the warnings, for people. */
void lsec_output_explain(struct lsec_buffer *ret, const struct lsec_result *result);

/* The verdict in one line, and what a libvirt said; NULL: none was asked. */
void lsec_output_check(struct lsec_buffer *ret, const struct lsec_result *result,
                       const struct lsec_virt_facts *facts);

/* The same as JSON; `mode` says how much of it. */
void lsec_output_json(struct lsec_buffer *ret, const struct lsec_result *result,
                      const struct lsec_virt_facts *facts, enum lsec_mode mode);

/* Finds an annotation by its name, with or without the prefix. */
int lsec_find_annotation(const char *name, const struct lsec_key **ret,
                         struct lsec_problems *problems);

/* The table of annotations; or only one of them and all about it. */
void lsec_output_annotations(struct lsec_buffer *ret, enum lsec_format format,
                             const struct lsec_key *one);

/* Help: for all, or for one command, of the program under the name it was called by. */
void lsec_output_help(struct lsec_buffer *ret, const char *program,
                      const struct lsec_command *command);

/* Warnings, one a line, to standard error; as JSON. */
void lsec_print_warnings(const struct lsec_report *report);
struct json_object *lsec_warnings_to_json(const struct lsec_report *report);

/* The exit status: failed where a problem is not the request's fault, else `otherwise`. */
enum lsec_exit lsec_exit_of(const struct lsec_problems *problems, enum lsec_exit otherwise);

#endif
