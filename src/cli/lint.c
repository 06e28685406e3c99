/* SPDX-License-Identifier: Apache-2.0 */
/* All manifests of a command line. */
#include "lint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/lines.h"
#include "input/kinds.h"
#include "input/vmi.h"
#include "io.h"
#include "lint/lint.h"
#include "output.h"
#include "sources.h"

/* What was looked at: an object, or a file that could not be read as any. */
struct seen {
	const char *file; /* borrowed */
	char *place;      /* FILE, or FILE: KIND/NAME */
	bool skipped;
	unsigned tees; /* mask of enum lsec_tee */
	struct lsec_findings findings;
};

struct run {
	const struct lsec_options *options;
	struct lsec_config config;
	int kubevirt;
	struct seen *of;
	size_t count, room;
	size_t objects; /* those that were checked */
	size_t errors, warnings;
};

static void run_clear(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		lsec_findings_clear(&run->of[i].findings);
		free(run->of[i].place);
	}
	free(run->of);
	lsec_config_clear(&run->config);
}

/* Adds one; takes over `place`. Borrowed until the next is added. */
static struct seen *see(struct run *run, const char *file, char *place)
{
	run->of = lsec_grow(run->of, run->count, &run->room, sizeof(*run->of));
	lsec_make_printable(place);
	run->of[run->count] = (struct seen){.file = file, .place = place};
	return &run->of[run->count++];
}

/* A text of an object, fit to be shown; "?" where it is not there. */
static struct lsec_quote shown(const struct json_object *object, const char *name)
{
	struct lsec_quote ret = {"?"};
	const struct json_object *value = lsec_json_member(object, name);
	const char *text = lsec_json_text(value);
	if (text == NULL)
		return ret;
	if ((size_t)json_object_get_string_len(value) >= LSEC_QUOTE_ROOM || !lsec_printable(text))
		return lsec_quote(text);
	snprintf(ret.text, sizeof(ret.text), "%s", text);
	return ret;
}

/* Counts what was found. */
static void count(struct run *run, const struct seen *seen)
{
	run->errors += seen->findings.errors;
	run->warnings += seen->findings.warnings;
}

/* What is no VM is skipped, unless it may have been meant as one. */
static void look_at_other(const struct json_object *object, struct seen *seen)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	seen->skipped = lsec_vmi_refuse_stray(object, &refused) == 0;
	lsec_findings_take(&seen->findings, "annotations", &refused);
}

static void look_at(struct run *run, const char *name, struct json_object *object)
{
	struct seen *seen =
		see(run, name,
	            lsec_format("%s: %s/%s", name, shown(object, "kind").text,
	                        shown(lsec_json_member(object, "metadata"), "name").text));
	const struct lsec_lint_request request = {object, name, &run->config, run->kubevirt,
	                                          run->options->plugin};
	if (lsec_vmi_kind(object) == NULL) {
		look_at_other(object, seen);
	} else {
		run->objects++;
		seen->tees = lsec_lint(&request, &seen->findings);
	}
	count(run, seen);
}

/* What is said of a file as a whole. */
static void look_at_file(struct run *run, const char *name, const struct lsec_problems *refused)
{
	struct seen *seen = see(run, name, lsec_strdup(name));
	lsec_findings_take(&seen->findings, "file", refused);
	count(run, seen);
}

static int lint_file(struct run *run, const char *path, struct lsec_problems *problems)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const char *name = lsec_input_name(path);
	cleanup_buffer struct lsec_buffer file = {0};
	cleanup_json struct json_object *objects = NULL;
	if (lsec_read_file(path, LSEC_MAX_DOCUMENT, &file, problems) < 0)
		return -1;
	int status = lsec_objects_read(file.bytes == NULL ? "" : file.bytes, file.len, name,
	                               &objects, &refused);
	if (status == 0 && run->count + lsec_json_count(objects) > LSEC_MAX_OBJECTS)
		status = lsec_problem_add(&refused, name,
		                          "found more objects than " LSEC_TEXT(
						  LSEC_MAX_OBJECTS) "; at most that are taken");
	if (status < 0)
		look_at_file(run, name, &refused);
	for (size_t i = 0; status == 0 && i < lsec_json_count(objects); i++)
		look_at(run, name, json_object_array_get_idx(objects, i));
	return 0;
}

/* All files. One VM at least has to be in them: a typing error in a name or a kind would go
 * unnoticed otherwise. */
static int lint_files(struct run *run, struct lsec_problems *problems)
{
	const struct lsec_texts *files = &run->options->files;
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	const char *name = files->count > 1 ? "launchsec lint" : lsec_input_name(files->of[0]);
	int status = 0;
	for (size_t i = 0; i < files->count; i++)
		status |= lint_file(run, files->of[i], problems);
	if (status < 0)
		return -1;
	if (run->objects > 0 || run->errors > 0)
		return 0;
	lsec_problem_add(&refused, name, "found no VM to check; want " LSEC_WANT_VMI);
	look_at_file(run, name, &refused);
	return 0;
}

/* "FILE: KIND/NAME: PLACE"; the place alone where it is in the file, none where it is all of that.
 */
static void print_findings(const struct seen *seen)
{
	const struct lsec_findings *findings = &seen->findings;
	for (size_t i = 0; i < findings->count; i++) {
		const struct lsec_finding *finding = &findings->of[i];
		bool error = finding->severity == LSEC_SEVERITY_ERROR;
		bool inside = strncmp(finding->place, seen->place, strlen(seen->place)) == 0;
		bool whole = strcmp(finding->place, seen->file) == 0;
		fprintf(stderr, "%s%s%s%s: %s%s%s\n", error ? LSEC_ERROR_LINE : LSEC_WARNING_LINE,
		        inside ? "" : seen->place, inside || whole ? "" : ": ",
		        whole && !inside ? "" : finding->place, finding->what,
		        finding->mend == NULL ? "" : ": ",
		        finding->mend == NULL ? "" : finding->mend);
	}
	if (findings->omitted > 0)
		fprintf(stderr, "%s%s: %zu more findings are not shown\n",
		        findings->errors > 0 ? LSEC_ERROR_LINE : LSEC_WARNING_LINE, seen->place,
		        findings->omitted);
}

/* KIND/NAME; NULL for a file as a whole. */
static const char *object_of(const struct seen *seen)
{
	size_t file = strlen(seen->file);
	return seen->place[file] == '\0' ? NULL : seen->place + file + 2;
}

static const char *tee_of(const struct seen *seen)
{
	if (seen->tees == 0)
		return NULL;
	return seen->tees == LSEC_TEE_BOTH ? "auto" : lsec_tee_name((enum lsec_tee)seen->tees);
}

static void print_text(struct lsec_buffer *ret, const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct seen *seen = &run->of[i];
		const char *tee = tee_of(seen);
		size_t warnings = seen->findings.warnings;
		if (seen->skipped)
			lsec_buffer_format(ret, "%s: skipped, since it is no VM\n", seen->place);
		else
			lsec_buffer_format(ret, "%s: %s: no errors, %zu warning%s\n", seen->place,
			                   tee == NULL ? "no type asked for" : tee, warnings,
			                   warnings == 1 ? "" : "s");
	}
}

static struct json_object *finding_to_json(const struct lsec_finding *finding)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "severity", lsec_severity_name(finding->severity));
	lsec_json_add_text(item, "rule", finding->rule);
	lsec_json_add_text(item, "place", finding->place);
	lsec_json_add_text(item, "what", finding->what);
	lsec_json_add_text(item, "mend", finding->mend);
	return item;
}

static struct json_object *seen_to_json(const struct seen *seen)
{
	struct json_object *item = lsec_json_new_object();
	struct json_object *findings = lsec_json_new_list();
	lsec_json_add_text(item, "file", seen->file);
	lsec_json_add_text(item, "object", object_of(seen));
	lsec_json_add(item, "skipped", lsec_json_new_boolean(seen->skipped));
	lsec_json_add_text(item, "type", tee_of(seen));
	for (size_t i = 0; i < seen->findings.count; i++)
		lsec_json_append(findings, finding_to_json(&seen->findings.of[i]));
	lsec_json_add(item, "findings", findings);
	lsec_json_add(item, "omitted", lsec_json_new_number((int64_t)seen->findings.omitted));
	return item;
}

static void print_json(struct lsec_buffer *ret, const struct run *run)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *objects = lsec_json_new_list();
	lsec_json_add_text(root, "kubevirt", run->options->kubevirt);
	lsec_json_add(root, "errors", lsec_json_new_number((int64_t)run->errors));
	lsec_json_add(root, "warnings", lsec_json_new_number((int64_t)run->warnings));
	for (size_t i = 0; i < run->count; i++)
		lsec_json_append(objects, seen_to_json(&run->of[i]));
	lsec_json_add(root, "objects", objects);
	lsec_json_print(ret, root);
}

/* Findings are what the command is for: as JSON they are its result in any case; as text they
 * are lines like all errors and warnings. */
static enum lsec_exit print(const struct run *run, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	bool json = run->options->format == LSEC_FORMAT_JSON;
	bool refused = run->errors > 0 || (run->options->strict && run->warnings > 0);
	for (size_t i = 0; !json && i < run->count; i++)
		print_findings(&run->of[i]);
	if (json)
		print_json(&text, run);
	else if (!refused)
		print_text(&text, run);
	if (text.len > 0)
		lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems);
	if (problems->failed)
		return LSEC_EXIT_FAILED;
	return refused ? LSEC_EXIT_REFUSED : LSEC_EXIT_DONE;
}

enum lsec_exit lsec_run_lint(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct run run LSEC_CLEANUP(run_clear) = {.options = options,
	                                          .kubevirt = LSEC_KUBEVIRT_ANY};
	if (lsec_read_config(options, &run.config, problems) < 0 ||
	    (options->kubevirt != NULL &&
	     lsec_kubevirt_version(options->kubevirt, &run.kubevirt, problems) < 0))
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	if (run.kubevirt > LSEC_KUBEVIRT_NEWEST)
		fprintf(stderr,
		        LSEC_WARNING_LINE
		        "--kubevirt: %s is newer than 1.%d, the newest that the rules know; those of that one are taken\n",
		        lsec_quote(options->kubevirt).text, LSEC_KUBEVIRT_NEWEST);
	return lint_files(&run, problems) < 0 ? LSEC_EXIT_FAILED : print(&run, problems);
}
