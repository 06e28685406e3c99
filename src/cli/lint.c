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
#include "lint/ignore.h"
#include "lint/lint.h"
#include "lint_run.h"
#include "output.h"
#include "sources.h"

static void run_clear(struct lsec_lint_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		lsec_findings_clear(&run->of[i].findings);
		free(run->of[i].place);
	}
	for (size_t i = 0; i < run->input_count; i++) {
		json_object_put(run->inputs[i].objects);
		lsec_problems_clear(&run->inputs[i].refused);
	}
	lsec_lint_context_clear(&run->context);
	free(run->inputs);
	free(run->of);
	free(run->ignored.of);
	lsec_lint_files_clear(&run->files);
	lsec_config_clear(&run->config);
}

/* Adds one, with the rules that the command line ignores; takes over `place`. Borrowed until the
 * next is added. */
static struct lsec_seen *see(struct lsec_lint_run *run, const struct lsec_lint_file *file,
                             char *place)
{
	run->of = lsec_grow(run->of, run->count, &run->room, sizeof(*run->of));
	lsec_make_printable(place);
	struct lsec_seen *seen = &run->of[run->count++];
	*seen = (struct lsec_seen){.file = file, .place = place};
	for (size_t i = 0; i < run->ignored.count; i++)
		lsec_findings_ignore(&seen->findings, run->ignored.of[i], "");
	return seen;
}

/* A text of an object, fit to be shown; empty where it is not there. */
static struct lsec_quote shown(const struct json_object *object, const char *name)
{
	return lsec_plain_or_quote(lsec_json_text(lsec_json_member(object, name)));
}

/* FILE: KIND/NAME, or what there is of these. */
static char *place_of(const char *file, const struct json_object *object)
{
	const struct json_object *metadata = lsec_json_member(object, "metadata");
	const struct lsec_quote kind = shown(object, "kind");
	const struct lsec_quote name = shown(metadata, "name");
	const struct lsec_quote start = shown(metadata, "generateName");
	if (kind.text[0] == '\0')
		return lsec_format("%s: object%s%s without a kind", file,
		                   name.text[0] == '\0' ? "" : " ", name.text);
	if (name.text[0] != '\0')
		return lsec_format("%s: %s/%s", file, kind.text, name.text);
	if (start.text[0] != '\0')
		return lsec_format("%s: %s/%s*", file, kind.text, start.text);
	return lsec_format("%s: %s without a name", file, kind.text);
}

/* Counts what was found. */
static void count(struct lsec_lint_run *run, const struct lsec_seen *seen)
{
	run->sum.errors += seen->findings.errors;
	run->sum.warnings += seen->findings.warnings;
	run->sum.ignored += seen->findings.ignored;
}

static void look_at(struct lsec_lint_run *run, const struct lsec_lint_file *file,
                    struct json_object *object)
{
	struct lsec_seen *seen = see(run, file, place_of(file->name, object));
	const struct lsec_options *options = run->options;
	const struct lsec_lint_request request = {.document = object,
	                                          .name = file->name,
	                                          .config = &run->config,
	                                          .kubevirt = run->kubevirt,
	                                          .plugin = options->plugin,
	                                          .protected = options->require_protection,
	                                          .context = &run->context,
	                                          .at = ""};
	if (!options->no_ignore)
		lsec_ignores_read(object, &seen->findings);
	const struct lsec_looked looked = lsec_lint_object(&request, &seen->findings);
	run->vms += looked.vms;
	seen->vm = looked.vms > 0;
	seen->tees = looked.tees;
	seen->skipped = looked.skipped;
	lsec_findings_locate(&seen->findings, object, file->name);
	count(run, seen);
}

/* Where a reader stopped, from "FILE:LINE:COLUMN"; all 0 where that is not said. */
static struct lsec_mark mark_in(const char *place, const char *name)
{
	struct lsec_mark ret = {0};
	char *end = NULL;
	size_t len = strlen(name);
	if (strncmp(place, name, len) != 0 || place[len] != ':' || place[len + 1] == ' ')
		return ret;
	size_t line = strtoul(place + len + 1, &end, 10);
	size_t column = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
	if (column > 0)
		ret = (struct lsec_mark){line, column};
	return ret;
}

/* What is said of a file as a whole. */
static void look_at_file(struct lsec_lint_run *run, const struct lsec_lint_file *file,
                         const struct lsec_problems *refused)
{
	struct lsec_seen *seen = see(run, file, lsec_strdup(file->name));
	lsec_findings_take(&seen->findings, "file", refused);
	for (size_t i = 0; i < seen->findings.count; i++)
		seen->findings.of[i].mark = mark_in(seen->findings.of[i].place, file->name);
	count(run, seen);
}

/* Whether a reader stopped at a line with {{, or at the next one. */
static bool is_template(const struct lsec_buffer *text, size_t line)
{
	const char *at = text->bytes;
	const char *end = at + text->len;
	for (size_t number = 1; at < end && number <= line; number++) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		next = next == NULL ? end : next + 1;
		if (number + 1 >= line && memmem(at, (size_t)(next - at), "{{", 2) != NULL)
			return true;
		at = next;
	}
	return false;
}

/* What could not be read. A file that was only found may be of another program. */
static void refuse_file(struct lsec_lint_input *input, const struct lsec_buffer *text)
{
	struct lsec_problems *refused = &input->refused;
	const char *place = refused->count > 0 ? refused->items[0].place : "";
	input->skipped =
		input->file->found && memmem(text->bytes, text->len, "kubevirt.io", 11) == NULL;
	if (input->skipped || !is_template(text, mark_in(place, input->file->name).line))
		return;
	struct lsec_problems template = {0};
	lsec_problem_add(
		&template, place,
		"is a Helm template that was not rendered; check what \"helm template\" prints instead");
	lsec_problems_clear(refused);
	*refused = template;
}

/* Reads a file, and remembers what it says of VMs in others. */
static int load_file(struct lsec_lint_run *run, const struct lsec_lint_file *file,
                     struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	run->inputs =
		lsec_grow(run->inputs, run->input_count, &run->input_room, sizeof(*run->inputs));
	struct lsec_lint_input *input = &run->inputs[run->input_count++];
	*input = (struct lsec_lint_input){.file = file};
	if (lsec_read_file(file->path, LSEC_MAX_DOCUMENT, &text, problems) < 0)
		return -1;
	if (text.bytes == NULL)
		lsec_buffer_text(&text, "");
	int status = lsec_objects_read(text.bytes, text.len, file->name, &input->objects,
	                               &input->refused);
	size_t objects = status == 0 ? lsec_json_count(input->objects) : 0;
	if (run->loaded + objects > LSEC_MAX_OBJECTS) {
		json_object_put(input->objects);
		input->objects = NULL;
		objects = 0;
		status = lsec_problem_add(
			&input->refused, file->name,
			"more than " LSEC_TEXT(
				LSEC_MAX_OBJECTS) " objects in all files; check fewer at a time");
	}
	if (status < 0)
		refuse_file(input, &text);
	run->loaded += objects;
	for (size_t i = 0; i < objects; i++)
		lsec_lint_context_add(&run->context, json_object_array_get_idx(input->objects, i));
	return 0;
}

static void lint_file(struct lsec_lint_run *run, const struct lsec_lint_input *input)
{
	if (input->skipped)
		see(run, input->file, lsec_strdup(input->file->name))->skipped = true;
	else if (input->refused.failed || input->refused.count > 0)
		look_at_file(run, input->file, &input->refused);
	/* What was looked at gives its memory to the findings. */
	for (size_t i = 0; i < lsec_json_count(input->objects); i++) {
		look_at(run, input->file, json_object_array_get_idx(input->objects, i));
		json_object_array_put_idx(input->objects, i, NULL);
	}
}

/* All files. With --require-vm one VM at least has to be in them: a typing error in a name or a
 * kind would go unnoticed otherwise. */
static int lint_files(struct lsec_lint_run *run, struct lsec_problems *problems)
{
	struct lsec_problems refused LSEC_CLEANUP(lsec_problems_clear) = {0};
	int status = lsec_lint_files_find(&run->options->files, &run->files, problems);
	for (size_t i = 0; status == 0 && i < run->files.count; i++)
		status |= load_file(run, &run->files.of[i], problems);
	if (status < 0)
		return -1;
	for (size_t i = 0; i < run->input_count; i++)
		lint_file(run, &run->inputs[i]);
	if (!run->options->require_vm || run->vms > 0 || run->sum.errors > 0)
		return 0;
	const struct lsec_lint_file *file = run->files.count == 1 ? run->files.of : &run->whole;
	lsec_problem_add(&refused, file->name, "no VM to check; name a file with " LSEC_WANT_VMI);
	look_at_file(run, file, &refused);
	return 0;
}

/* Findings are what the command is for: they are its result in any case; as text they are lines
 * like all errors and warnings. */
static enum lsec_exit print(const struct lsec_lint_run *run, struct lsec_problems *problems)
{
	static void (*const formats[])(struct lsec_buffer *, const struct lsec_lint_run *) = {
		[LSEC_LINT_TEXT] = lsec_lint_text,     [LSEC_LINT_JSON] = lsec_lint_json,
		[LSEC_LINT_SARIF] = lsec_lint_sarif,   [LSEC_LINT_JUNIT] = lsec_lint_junit,
		[LSEC_LINT_GITHUB] = lsec_lint_github,
	};
	cleanup_buffer struct lsec_buffer text = {0};
	const struct lsec_options *options = run->options;
	bool words = options->format == LSEC_LINT_TEXT;
	bool refused = run->sum.errors > 0 || (options->strict && run->sum.warnings > 0);
	if (words)
		lsec_lint_print_findings(run);
	if (!words || !options->quiet)
		formats[options->format](&text, run);
	if (text.len > 0)
		lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems);
	if (problems->failed)
		return LSEC_EXIT_FAILED;
	return refused ? LSEC_EXIT_REFUSED : LSEC_EXIT_DONE;
}

/* The rules of --ignore. */
static int read_ignored(struct lsec_lint_run *run, struct lsec_problems *problems)
{
	const struct lsec_texts *given = &run->options->ignore;
	struct lsec_texts *ret = &run->ignored;
	for (size_t i = 0; i < given->count; i++) {
		const char *rule = lsec_rule_find(given->of[i], "--ignore", problems);
		if (rule == NULL)
			return -1;
		ret->of = lsec_grow(ret->of, ret->count, &ret->room, sizeof(*ret->of));
		ret->of[ret->count++] = rule;
	}
	return 0;
}

enum lsec_exit lsec_run_lint(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_lint_run run LSEC_CLEANUP(run_clear) = {.options = options,
	                                                    .kubevirt = LSEC_KUBEVIRT_ANY};
	run.whole.path = run.whole.name = lsec_unconst("launchsec lint");
	if (lsec_read_config(options, &run.config, problems) < 0 ||
	    read_ignored(&run, problems) < 0 ||
	    (options->kubevirt != NULL &&
	     lsec_kubevirt_version(options->kubevirt, &run.kubevirt, problems) < 0) ||
	    (options->openshift != NULL &&
	     lsec_openshift_version(options->openshift, &run.kubevirt, problems) < 0))
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	if (run.kubevirt > LSEC_KUBEVIRT_NEWEST)
		fprintf(stderr,
		        LSEC_WARNING_LINE
		        "--kubevirt: %s is newer than 1.%d, the newest version that lint knows; its rules are used\n",
		        lsec_quote(options->kubevirt).text, LSEC_KUBEVIRT_NEWEST);
	if (options->plugin && run.kubevirt >= 0 && run.kubevirt < LSEC_KUBEVIRT_PLUGINS)
		fprintf(stderr,
		        LSEC_WARNING_LINE
		        "--plugin: has no effect, since KubeVirt has Plugins from 1.%d on; remove it, and give each VM a sidecar\n",
		        LSEC_KUBEVIRT_PLUGINS);
	if (lint_files(&run, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	return print(&run, problems);
}
