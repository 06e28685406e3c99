/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a VM's manifest with what it lacks to be confidential; or a sample of one. */
#include "init.h"

#include <stdio.h>
#include <string.h>

#include "init_edit.h"
#include "io.h"
#include "launchsec/limits.h"
#include "lint/kubevirt.h"
#include "lint/rule.h"
#include "output.h"

/* What all VMs of deploy/samples have, and a VM needs to be one. */
static const char sample[] = "apiVersion: kubevirt.io/v1\n"
			     "kind: VirtualMachine\n"
			     "metadata:\n"
			     "  name: confidential\n"
			     "spec:\n"
			     "  runStrategy: Always\n"
			     "  template:\n"
			     "    spec:\n"
			     "      domain:\n"
			     "        cpu:\n"
			     "          cores: 2\n"
			     "        memory:\n"
			     "          guest: 4Gi\n"
			     "        devices:\n"
			     "          disks:\n"
			     "            - name: system\n"
			     "              disk:\n"
			     "                bus: virtio\n"
			     "          interfaces:\n"
			     "            - name: default\n"
			     "              masquerade: {}\n"
			     "      networks:\n"
			     "        - name: default\n"
			     "          pod: {}\n"
			     "      volumes:\n"
			     "        - name: system\n"
			     "          containerDisk:\n"
			     "            image: quay.io/containerdisks/fedora:42\n";

/* What was there and cannot stay is told as lint tells it. */
static int check_result(const struct lsec_init *init)
{
	const struct lsec_lint_request request = {
		.document = json_object_array_get_idx(init->objects, init->document),
		.name = init->name,
		.kubevirt =
			init->kubevirt == LSEC_KUBEVIRT_ANY ? LSEC_KUBEVIRT_NEWEST : init->kubevirt,
		.plugin = init->options->form == LSEC_INIT_PLUGIN,
		.at = ""};
	return lsec_init_check(&request, init->objects, init->problems);
}

static bool has_list(const struct lsec_init *init)
{
	for (size_t i = 0; i < lsec_json_count(init->objects); i++) {
		const struct json_object *one = json_object_array_get_idx(init->objects, i);
		if (lsec_equal(lsec_json_text(lsec_json_member(one, "kind")), "List"))
			return true;
	}
	return false;
}

/* The VM among the objects, of which there has to be one. */
static int find_vm(struct lsec_init *init)
{
	size_t count = 0;
	for (size_t i = 0; i < lsec_json_count(init->objects); i++) {
		const struct lsec_vmi_kind *kind =
			lsec_vmi_kind(json_object_array_get_idx(init->objects, i));
		if (kind == NULL)
			continue;
		init->kind = kind;
		init->document = i;
		count++;
	}
	if (count == 1 && lsec_init_there(init, "spec|domain") != NULL)
		return 0;
	if (count == 1)
		return lsec_problem_add(init->problems, init->name,
		                        "the VM has no spec.domain in its template; add it");
	if (count == 0)
		return lsec_problem_add(init->problems, init->name, "%s; name a VM's manifest%s",
		                        lsec_json_count(init->objects) == 0
		                                ? "is empty"
		                                : "has no document that is a VM",
		                        has_list(init) ? ", or split the List that it is in" : "");
	return lsec_problem_add(
		init->problems, init->name,
		"must have one VM, got %zu; split the file, and a List into documents", count);
}

/* Tells the changes; where they were not printed, they are to be made by hand as well. */
static void tell(const struct lsec_init *init, const char *what)
{
	const char *line = init->changes.bytes == NULL ? "" : init->changes.bytes;
	for (size_t len; *line != '\0'; line += len + 1) {
		len = strcspn(line, "\n");
		fprintf(stderr, "launchsec: %s: %.*s\n", what, (int)len, line);
	}
}

/* No object adds what one TEE needs on its nodes, and another on others. */
static void warn_auto(const struct lsec_init *init)
{
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	if (!lsec_init_lacks_native(init))
		return;
	lsec_report_warn(
		&report, "--tee",
		"auto adds no launchSecurity, without which KubeVirt selects no node and adds no device; %smake one VM for each TEE, with --tee sev-snp and --tee tdx",
		lsec_init_is_before(init, 9) ? "" : "add --preference (KubeVirt 1.9), or ");
	lsec_print_warnings(&report);
}

enum lsec_exit lsec_run_init(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_init init LSEC_CLEANUP(lsec_init_clear) = {
		.options = options, .kubevirt = LSEC_KUBEVIRT_ANY, .problems = problems};
	const char *path = options->operand;
	enum lsec_exit status = LSEC_EXIT_DONE;
	init.name = path == NULL ? "sample" : lsec_input_name(path);
	if (lsec_init_versions(&init) < 0)
		return LSEC_EXIT_USAGE;
	if (path == NULL)
		lsec_buffer_text(&init.text, sample);
	else if (lsec_read_file(path, LSEC_MAX_DOCUMENT, &init.text, problems) < 0)
		return LSEC_EXIT_FAILED;
	if (lsec_init_read(&init.text, init.name, &init.objects, problems) < 0 ||
	    find_vm(&init) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (lsec_init_bring(&init) < 0 || check_result(&init) < 0) {
		status = lsec_exit_of(problems, LSEC_EXIT_REFUSED);
		lsec_print_problems(problems);
		lsec_problems_clear(problems);
		tell(&init, "also needed");
		return status;
	}
	if (lsec_print(options->output, init.text.bytes, init.text.len, problems) < 0)
		return LSEC_EXIT_FAILED;
	if (path != NULL && init.changes.len == 0)
		fputs("launchsec: nothing to change\n", stderr);
	else if (path != NULL)
		tell(&init, "changed");
	warn_auto(&init);
	return status;
}
