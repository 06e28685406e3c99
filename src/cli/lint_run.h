/* SPDX-License-Identifier: Apache-2.0 */
/* What `lint` has seen, and how it is printed. */
#ifndef LAUNCHSEC_CLI_LINT_RUN_H
#define LAUNCHSEC_CLI_LINT_RUN_H

#include "base/text.h"
#include "launchsec/config.h"
#include "lint/context.h"
#include "lint/findings.h"
#include "lint/lint.h"
#include "lint_files.h"
#include "options.h"

/* What was looked at: an object, or a file as a whole. */
struct lsec_seen {
	const struct lsec_lint_file *file;
	char *place;   /* FILE, or FILE: KIND/NAME */
	bool vm;       /* an object that was checked */
	bool skipped;  /* it is none */
	unsigned tees; /* mask of enum lsec_tee */
	struct lsec_findings findings;
};

/* A file, read. */
struct lsec_lint_input {
	const struct lsec_lint_file *file; /* borrowed */
	struct json_object *objects;       /* NULL where it could not be read as any */
	struct lsec_problems refused;
	bool skipped; /* of another program */
};

struct lsec_lint_run {
	const struct lsec_options *options;
	struct lsec_config config;
	int kubevirt;
	struct lsec_texts ignored; /* the rules of --ignore, static */
	struct lsec_lint_files files;
	struct lsec_lint_file whole;    /* stands for all of them */
	struct lsec_lint_input *inputs; /* of `files` */
	size_t input_count, input_room, loaded;
	struct lsec_lint_context context;
	struct lsec_seen *of;
	size_t count, room;
	size_t vms;
	struct lsec_findings sum; /* of all, only counted */
};

/* The file as it was given, for programs; what it is called where that is standard input. */
const char *lsec_seen_file(const struct lsec_seen *seen);

/* The same without ./ before it, for those who compare it with paths in a repository. */
const char *lsec_seen_relative(const struct lsec_seen *seen);

/* KIND/NAME; NULL for a file as a whole. */
const char *lsec_seen_object(const struct lsec_seen *seen);

/* Why it is skipped: a file that was only found may be of another program. */
const char *lsec_seen_skipped(const struct lsec_seen *seen);

/* The TEE it asks for, or "auto"; NULL for none. */
const char *lsec_seen_tee(const struct lsec_seen *seen);

/* The place of a finding in its object; NULL where it is all of that. */
const char *lsec_seen_place(const struct lsec_seen *seen, const struct lsec_finding *finding);

/* Adds "PLACE: PROBLEM; FIX". */
void lsec_seen_tell(struct lsec_buffer *ret, const struct lsec_seen *seen,
                    const struct lsec_finding *finding);

/* The findings that are not shown, as one more; `what` has its words. */
struct lsec_finding lsec_seen_omitted(const struct lsec_seen *seen, char what[64]);

/* "no errors, 2 warnings, 1 ignored". */
void lsec_lint_counts(struct lsec_buffer *ret, const struct lsec_findings *findings);

/* What the whole run comes to in one line, without a line end. */
void lsec_lint_sum(struct lsec_buffer *ret, const struct lsec_lint_run *run);

/* Findings for people, to standard error; and a line for each object and the sum. */
void lsec_lint_print_findings(const struct lsec_lint_run *run);
void lsec_lint_text(struct lsec_buffer *ret, const struct lsec_lint_run *run);

/* Everything, in the other formats. */
void lsec_lint_json(struct lsec_buffer *ret, const struct lsec_lint_run *run);
void lsec_lint_sarif(struct lsec_buffer *ret, const struct lsec_lint_run *run);
void lsec_lint_junit(struct lsec_buffer *ret, const struct lsec_lint_run *run);
void lsec_lint_github(struct lsec_buffer *ret, const struct lsec_lint_run *run);

#endif
