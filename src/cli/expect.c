/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file for each that has to know what the VM's report should claim. Trustee's commands are those
 * of rvps/README.md and tools/kbs-client at 78962cd.
 */
#include "expect.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "measure.h"
#include "measure_formats.h"
#include "measure_output.h"
#include "output.h"

static const struct {
	const char *name;
	void (*write)(struct lsec_buffer *ret, const struct lsec_measured *measured);
	const char *help;
	/* In place of the file, and of `help`, for a VM with the annotation provision; or NULL.
	 * Ends before the launch digest. */
	const char *provision;
} files[] = {
	{"claims.json", lsec_measured_expectations,
         "Each claim of the report, and where it comes from. For people and for other verifiers.",
         NULL},
	{"reference-values.json", lsec_measured_rvps,
         "Trustee's reference values. This replaces the list of digests for all VMs; add those that stay valid with --also.\n  rvps-tool register --addr http://RVPS:50003 --path reference-values.json",
         NULL},
	{"resource-policy.rego", lsec_measured_trustee_policy,
         "Trustee's policy for this VM's secret; it allows nothing unless --resource names the secret. This replaces the policy for all resources; merge the rules of other VMs.\n  kbs-client --url URL config --admin-token-file TOKEN set-resource-policy --policy-file resource-policy.rego",
         "Not for this VM, and not written: it has the annotation provision, whose rule names the path of the disk key. Merge that rule into the policy for all resources.\n  launchsec provision --vmi FILE --digest "},
	{"ita-policy.rego", lsec_measured_ita,
         "Intel Trust Authority's attestation policy. Add it in the portal (Manage policies), and name its ID when the guest attests.",
         NULL},
};

/* With its parents. */
static int make_directory(const char *path, struct lsec_problems *problems)
{
	struct stat found;
	cleanup_free char *parent = lsec_strdup(path);
	for (char *c = parent; *c != '\0'; c++) {
		if (*c != '/' || c == parent)
			continue;
		*c = '\0';
		(void)mkdir(parent, 0777); /* the last one tells */
		*c = '/';
	}
	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno != EEXIST)
		return lsec_problem_failed(problems, path, "cannot be created: %s",
		                           strerror(errno));
	if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode))
		return lsec_problem_failed(problems, path,
		                           "is not a directory; name one for the files");
	return 0;
}

#define FILES (sizeof(files) / sizeof(files[0]))

const char *lsec_expect_file(size_t index)
{
	return index < FILES ? files[index].name : NULL;
}

/* All of them, or none that is new: they are complete before the first is put in place. */
struct new_files {
	struct lsec_new_file of[FILES];
};

static void clear_new_files(struct new_files *new_files)
{
	for (size_t i = 0; i < FILES; i++)
		lsec_new_file_clear(&new_files->of[i]);
}

static bool is_left_out(size_t index, const struct lsec_measured *measured)
{
	return measured->provision && files[index].provision != NULL;
}

static int write_files(const char *directory, const struct lsec_measured *measured,
                       struct lsec_problems *problems)
{
	struct new_files made LSEC_CLEANUP(clear_new_files) = {{{NULL, NULL}}};
	int status = 0;
	for (size_t i = 0; status == 0 && i < FILES; i++) {
		if (is_left_out(i, measured))
			continue;
		cleanup_buffer struct lsec_buffer text = {0};
		cleanup_free char *path = lsec_format("%s/%s", directory, files[i].name);
		files[i].write(&text, measured);
		status = lsec_write_beside(path, text.bytes, text.len, &made.of[i], problems);
	}
	for (size_t i = 0; status == 0 && i < FILES; i++)
		status = lsec_put_in_place(&made.of[i], problems);
	return status;
}

enum lsec_exit lsec_run_expect(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_measured measured LSEC_CLEANUP(lsec_measured_clear) = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	enum lsec_exit status = lsec_measure_vm(options, &measured, problems);
	if (status != LSEC_EXIT_DONE)
		return status;
	lsec_print_warnings(&measured.inputs.report);
	if (make_directory(options->output, problems) < 0 ||
	    write_files(options->output, &measured, problems) < 0)
		return LSEC_EXIT_FAILED;
	const struct lsec_measurement_text digest = lsec_measurement_text(&measured.measurement);
	const struct lsec_quote quoted = lsec_quote(options->output);
	lsec_buffer_format(&text, "%s %s\n\nWritten to %s, where these commands run:\n",
	                   lsec_tee_name(measured.inputs.tee), digest.text,
	                   lsec_printable(options->output) ? options->output : quoted.text);
	for (size_t i = 0; i < FILES; i++) {
		bool left_out = is_left_out(i, &measured);
		lsec_buffer_format(&text, "\n%s\n  %s%s\n", files[i].name,
		                   left_out ? files[i].provision : files[i].help,
		                   left_out ? digest.text : "");
	}
	return lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems) < 0
	               ? LSEC_EXIT_FAILED
	               : LSEC_EXIT_DONE;
}
