/* SPDX-License-Identifier: Apache-2.0 */
/* One domain: apply, and the exec hook. */
#include "run.h"

#include <string.h>

#include "base/text.h"
#include "diff.h"
#include "io.h"
#include "launchsec/apply.h"
#include "libvirt/check.h"
#include "output.h"
#include "sources.h"
#include "vm.h"

/* Everything that a request is made of. */
struct input {
	struct lsec_buffer file; /* of the domain, where it is from one */
	const char *name, *domain;
	size_t len;
	struct lsec_vmi vmi;
	struct lsec_host host;
	struct lsec_config config;
};

static void input_clear(struct input *input)
{
	lsec_buffer_clear(&input->file);
	lsec_vmi_clear(&input->vmi);
	lsec_config_clear(&input->config);
}

/* What the mode and format ask for; the bare domain is printed as it is. */
static int print_result(const struct lsec_options *options, const struct lsec_result *result,
                        const struct lsec_virt_facts *facts, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	if (options->format == LSEC_FORMAT_JSON)
		lsec_output_json(&text, result, facts, options->mode);
	else if (options->mode == LSEC_MODE_EXPLAIN)
		lsec_output_explain(&text, result);
	else if (options->mode == LSEC_MODE_CHECK)
		lsec_output_check(&text, result, facts);
	else if (options->mode == LSEC_MODE_DIFF)
		lsec_diff(&text,
		          &(struct lsec_diff_side){"before", result->before, result->before_len},
		          &(struct lsec_diff_side){"after", result->domain, result->domain_len});
	else
		return lsec_print(options->output, result->domain, result->domain_len, problems);
	return lsec_print(options->output, text.bytes == NULL ? "" : text.bytes, text.len,
	                  problems);
}

/* Warnings go to standard error, but where the result shows them anyway. */
static bool shows_warnings(const struct lsec_options *options)
{
	return options->mode == LSEC_MODE_EXPLAIN ||
	       (options->format == LSEC_FORMAT_JSON && options->mode != LSEC_MODE_CHECK);
}

static enum lsec_exit run(const struct lsec_options *options, const struct input *input,
                          struct lsec_problems *problems)
{
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	const struct lsec_request request = {input->domain, input->len,   input->name,
	                                     &input->vmi,   &input->host, &input->config};
	if (lsec_apply(&request, options->mode == LSEC_MODE_DIFF, &result, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (options->vmi == NULL && options->set.count == 0)
		lsec_report_warn(
			&result.report, "--vmi",
			"missing, and no --set, so nothing requests protection and the domain stays as it is; name the VM's manifest");
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	const struct lsec_virt virt = {options->connect, LSEC_MAX_LIBVIRT_SECONDS};
	if (virt.uri != NULL && lsec_virt_check(&virt, &result, &facts, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (!shows_warnings(options))
		lsec_print_warnings(&result.report);
	return print_result(options, &result, virt.uri == NULL ? NULL : &facts, problems) < 0
	               ? LSEC_EXIT_FAILED
	               : LSEC_EXIT_DONE;
}

enum lsec_exit lsec_run_apply(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct input input LSEC_CLEANUP(input_clear) = {0};
	if ((lsec_read_config(options, &input.config, problems) |
	     lsec_read_host(options, &input.host, problems)) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	int status = options->vmi == NULL ? 0 : lsec_read_vm(options, &input.vmi, NULL, problems);
	status |= lsec_read_file(options->domain, LSEC_MAX_DOCUMENT, &input.file, problems);
	if (status < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (lsec_set_annotations(options, &input.vmi, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	input.name = lsec_input_name(options->domain);
	input.domain = input.file.bytes == NULL ? "" : input.file.bytes;
	input.len = input.file.len;
	return run(options, &input, problems);
}

/* Whether somebody names the file of a VMI, as in other commands. */
static bool is_file_name(const char *vmi)
{
	return strpbrk(vmi, "{[\"") == NULL && strpbrk(vmi, "/.") != NULL;
}

enum lsec_exit lsec_run_hook(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct input input LSEC_CLEANUP(input_clear) = {0};
	if ((lsec_read_config(options, &input.config, problems) |
	     lsec_read_host(options, &input.host, problems)) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	if (is_file_name(options->vmi)) {
		lsec_problem_add(
			problems, "--vmi",
			"must be the VMI itself, a JSON object; for files use launchsec apply");
		return LSEC_EXIT_REFUSED;
	}
	if (lsec_vmi_read_json(options->vmi, strlen(options->vmi), "--vmi", &input.vmi, problems) <
	    0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	input.name = "--domain";
	input.domain = options->domain;
	input.len = strlen(options->domain);
	return run(options, &input, problems);
}
