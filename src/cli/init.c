/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a VM's manifest to what a confidential VM needs, one value after the other: each is set in
 * the text, by lines, and in what was read of it, and the text is read again and has to say the
 * same. So nothing else changes, whatever the manifest's style is.
 */
#include "init.h"

#include <stdio.h>
#include <string.h>

#include "input/kinds.h"
#include "input/vmi.h"
#include "input/yaml.h"
#include "input/yaml_edit.h"
#include "io.h"
#include "launchsec/config.h"
#include "launchsec/keys.h"
#include "launchsec/limits.h"
#include "lint/kubevirt.h"
#include "lint/rule.h"
#include "output.h"

enum { FORM_CONFIGMAP = 1, FORM_IMAGE = 2, FORM_PLUGIN = 4 };

#define ANNOTATION "metadata|annotations|"
#define SIDECARS "hooks.kubevirt.io/hookSidecars"
#define EFI "spec|domain|firmware|bootloader|efi|"
#define SECURITY "spec|domain|launchSecurity"
#define SNP_NODES "spec|nodeSelector|amd.feature.node.kubernetes.io/snp"
#define CONFIGMAP_SIDECAR "'" LSEC_HOOK_CONFIGMAP "'"
#define IMAGE_SIDECAR                                                                                                                                              \
	"'[{\"image\": \"registry.example/launchsec:" LAUNCHSEC_VERSION                                                                                            \
	"\", \"args\": [\"--version\", \"v1alpha3\"], \"configMap\": {\"name\": \"launchsec-config\", \"key\": \"config.json\", \"hookPath\": \"" LSEC_CONFIG_FILE \
	"\"}}]'"

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

struct init {
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

static void init_clear(struct init *init)
{
	lsec_buffer_clear(&init->text);
	lsec_buffer_clear(&init->changes);
	json_object_put(init->objects);
}

/* A value of the VM; NULL where there is none. */
static struct json_object *at(const struct init *init, const char *path)
{
	return lsec_json_at(json_object_array_get_idx(init->objects, init->document), path, '|');
}

static int read_objects(const struct lsec_buffer *text, const char *name, struct json_object **ret,
                        struct lsec_problems *problems)
{
	const struct lsec_json_text in = {.bytes = text->bytes,
	                                  .len = text->len,
	                                  .longest = LSEC_MAX_DOCUMENT,
	                                  .name = name,
	                                  .what = LSEC_WANT_VMI};
	return lsec_yaml_read(&in, LSEC_MAX_MANIFEST_VALUES, ret, problems);
}

/* Whether the edited text says what is wanted: `value` at `path`, all else as before. */
static bool took(struct init *init, const struct lsec_buffer *text,
                 const struct lsec_yaml_edit *edit)
{
	struct lsec_problems unheard LSEC_CLEANUP(lsec_problems_clear) = {0};
	cleanup_json struct json_object *found = NULL;
	cleanup_json struct json_object *value = NULL;
	const struct lsec_buffer one = {lsec_unconst(edit->value), strlen(edit->value), 0};
	if (read_objects(&one, "", &value, &unheard) < 0 ||
	    read_objects(text, "", &found, &unheard) < 0)
		return false;
	lsec_json_put_at(json_object_array_get_idx(init->objects, init->document), edit->path, '|',
	                 json_object_get(json_object_array_get_idx(value, 0)));
	return json_object_equal(found, init->objects) != 0;
}

/* Sets a value and says so, or what is to be pasted by hand. */
static int change(struct init *init, const char *path, const char *value, const char *why)
{
	cleanup_buffer struct lsec_buffer edited = {0};
	cleanup_free char *place = lsec_strdup(path);
	const struct lsec_yaml_edit edit = {init->document, path, value};
	bool good = lsec_yaml_set(&init->text, &edit, &edited) == 0 && took(init, &edited, &edit);
	for (char *bar = place; (bar = strchr(bar, '|')) != NULL;)
		*bar = '.';
	if (!good)
		return lsec_problem_add(
			init->problems, init->name,
			"%s cannot be set by inserting lines (flow style, JSON, anchors or another value); edit the file to set it to %s (%s)",
			place, value, why);
	lsec_buffer_clear(&init->text);
	init->text = edited;
	edited = (struct lsec_buffer){0};
	lsec_buffer_format(&init->changes, "%s = %s (%s)\n", place, value, why);
	return 0;
}

/* The path of what is below the VM's template. */
static char *below(const struct init *init, const char *path)
{
	char *full = lsec_concat(init->kind->path, path);
	for (char *dot = full; dot < full + strlen(init->kind->path); dot++)
		*dot = *dot == '.' ? '|' : *dot;
	return full;
}

static struct json_object *there(const struct init *init, const char *path)
{
	cleanup_free char *full = below(init, path);
	return at(init, full);
}

/* Sets a value below the VM's template, unless it is there. */
static int want(struct init *init, const char *path, const char *value, const char *why)
{
	cleanup_free char *full = below(init, path);
	struct json_object *found = at(init, full);
	if (found != NULL && strcmp(json_object_get_string(found), value) == 0)
		return 0;
	return change(init, full, value, why);
}

static const char *const types[] = {"", "sev-snp", "tdx", "", "auto"}; /* by bits */
enum { SNP = 1, TDX = 2 };

static bool is_before(const struct init *init, int minor)
{
	return init->kubevirt != LSEC_KUBEVIRT_ANY && init->kubevirt < minor;
}

static int want_hook(struct init *init)
{
	const char *found = lsec_json_text(there(init, ANNOTATION SIDECARS));
	const char *value = init->options->form == FORM_IMAGE ? IMAGE_SIDECAR : CONFIGMAP_SIDECAR;
	if (init->options->form == FORM_PLUGIN ||
	    (found != NULL && strstr(found, "launchsec") != NULL))
		return 0;
	if (found != NULL)
		return lsec_problem_add(init->problems, SIDECARS,
		                        "has other sidecars; add the entry of this list to it: %s",
		                        value);
	return want(init, ANNOTATION SIDECARS, value, "the hook that runs launchsec");
}

static int want_type(struct init *init)
{
	const char *wanted = types[init->options->tee];
	const char *found = lsec_json_text(there(init, ANNOTATION LSEC_PREFIX "type"));
	if (found != NULL && strcmp(found, wanted) != 0)
		return lsec_problem_add(init->problems, LSEC_PREFIX "type",
		                        "is %s, but --tee is %s; change one",
		                        lsec_quote(found).text, wanted);
	return want(init, ANNOTATION LSEC_PREFIX "type", wanted, "requests the TEE from launchsec");
}

/* KubeVirt's own word for the TEE, by which it chooses node and devices. */
static int want_native(struct init *init)
{
	bool tdx = init->options->tee == TDX;
	bool old = !tdx && is_before(init, 7);
	int status = 0;
	const char *why = "KubeVirt uses it to choose the node and to add devices and memory";
	const struct json_object *found = there(init, SECURITY);
	if (init->options->tee > TDX || lsec_json_member(found, tdx ? "tdx" : "snp") != NULL ||
	    (!tdx && lsec_json_member(found, "sev") != NULL))
		return 0;
	if (found != NULL &&
	    (!json_object_is_type(found, json_type_object) || json_object_object_length(found) > 0))
		return lsec_problem_add(
			init->problems, init->name,
			"launchSecurity is not {%s: {}}, which --tee needs; change one",
			tdx ? "tdx" : "snp");
	if (!tdx && init->kubevirt == LSEC_KUBEVIRT_ANY)
		why = "KubeVirt 1.7 or newer, which is assumed without --kubevirt, uses it to choose the node and to add devices and memory";
	if (old && there(init, SNP_NODES) == NULL)
		status = want(
			init, SNP_NODES, "\"true\"",
			"KubeVirt before 1.7 selects nodes by SEV only; the label comes from Node Feature Discovery with deploy/node-features");
	return status | want(init,
	                     tdx   ? SECURITY "|tdx"
	                     : old ? SECURITY "|sev"
	                           : SECURITY "|snp",
	                     "{}", why);
}

static int want_firmware(struct init *init)
{
	int status = 0;
	if (there(init, "spec|domain|firmware|bootloader|bios") != NULL)
		return lsec_problem_add(
			init->problems, init->name,
			"the VM boots by BIOS, which no TEE supports; replace bios by efi: {secureBoot: false}");
	if (lsec_json_is(there(init, EFI "persistent"), true))
		status |= want(init, EFI "persistent", "false",
		               "KubeVirt refuses persistent EFI variables");
	return status | want(init, EFI "secureBoot", "false",
	                     "EFI is needed, and Secure Boot needs SMM, which no TEE supports");
}

/* The path of a field of the VM, not of its template; NULL for kinds without. */
static char *of_owner(const struct init *init, const char *path)
{
	if (init->kind->pool)
		return lsec_concat("spec|virtualMachineTemplate|spec|", path);
	return strcmp(init->kind->name, "VirtualMachine") == 0 ? lsec_concat("spec|", path) : NULL;
}

static int want_preference(struct init *init)
{
	static const char *const names[] = {"", "confidential-snp", "confidential-tdx", "",
	                                    "confidential"};
	const char *name = names[init->options->tee];
	cleanup_free char *path = of_owner(init, "preference|name");
	if (path == NULL)
		return lsec_problem_add(init->problems, init->name,
		                        "--preference needs a VirtualMachine; %s has no preference",
		                        init->kind->name);
	const char *found = lsec_json_text(at(init, path));
	if (found != NULL && strcmp(found, name) != 0)
		return lsec_problem_add(init->problems, init->name,
		                        "the VM has the preference %s; leave out --preference",
		                        lsec_quote(found).text);
	return found != NULL ? 0 : change(init, path, name, "the preference adds the rest");
}

/* What lacks, the last first: each comes in at the top of what is there. */
static int bring(struct init *init)
{
	cleanup_free char *instancetype = of_owner(init, "instancetype");
	int status = 0;
	if (init->options->tee == SNP && there(init, "spec|domain|cpu|model") == NULL &&
	    (instancetype == NULL || at(init, instancetype) == NULL))
		status |= want(init, "spec|domain|cpu|model", "EPYC-Milan",
		               "with one CPU model the launch digest is the same on all nodes");
	if (!init->options->preference) {
		status |= want_firmware(init);
		status |= want_native(init);
	}
	status |= want(init, "spec|evictionStrategy", "None", "confidential VMs cannot migrate");
	status |= init->options->preference ? want_preference(init) : want_type(init);
	return status | want_hook(init);
}

/* What was there and cannot stay is told as lint tells it. */
static int check_result(const struct init *init)
{
	const struct lsec_lint_request request = {
		.document = json_object_array_get_idx(init->objects, init->document),
		.name = init->name,
		.kubevirt =
			init->kubevirt == LSEC_KUBEVIRT_ANY ? LSEC_KUBEVIRT_NEWEST : init->kubevirt,
		.plugin = init->options->form == FORM_PLUGIN,
		.at = ""};
	return lsec_init_check(&request, init->objects, init->problems);
}

/* The VM among the objects, of which there has to be one. */
static int find_vm(struct init *init)
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
	if (count == 1 && there(init, "spec|domain") != NULL)
		return 0;
	if (count == 1)
		return lsec_problem_add(init->problems, init->name,
		                        "the VM has no spec.domain in its template; add it");
	if (count == 0)
		return lsec_problem_add(
			init->problems, init->name,
			"has no document that is a VM; name a VM's manifest, or split the List that it is in");
	return lsec_problem_add(
		init->problems, init->name,
		"must have one VM, got %zu; split the file, and a List into documents", count);
}

/* Tells the changes; where they were not printed, they are to be made by hand as well. */
static void tell(const struct init *init, const char *what)
{
	const char *line = init->changes.bytes == NULL ? "" : init->changes.bytes;
	for (size_t len; *line != '\0'; line += len + 1) {
		len = strcspn(line, "\n");
		fprintf(stderr, "launchsec: %s: %.*s\n", what, (int)len, line);
	}
}

static int check_version(struct init *init)
{
	const struct lsec_options *options = init->options;
	if ((options->kubevirt != NULL &&
	     lsec_kubevirt_version(options->kubevirt, &init->kubevirt, init->problems) < 0) ||
	    (options->openshift != NULL &&
	     lsec_openshift_version(options->openshift, &init->kubevirt, init->problems) < 0))
		return -1;
	if (options->tee == TDX && is_before(init, 7))
		return lsec_problem_add(init->problems, "--kubevirt",
		                        "KubeVirt before 1.7 has no TDX; use 1.8 or newer");
	if ((options->form == FORM_PLUGIN || options->preference) && is_before(init, 9))
		return lsec_problem_add(
			init->problems, "--kubevirt",
			"KubeVirt before 1.9 has no plugins and no launchSecurity in preferences; use --form configmap or image");
	return 0;
}

enum lsec_exit lsec_run_init(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct init init LSEC_CLEANUP(init_clear) = {
		.options = options, .kubevirt = LSEC_KUBEVIRT_ANY, .problems = problems};
	const char *path = options->operand;
	init.name = path == NULL ? "sample" : lsec_input_name(path);
	if (check_version(&init) < 0)
		return LSEC_EXIT_USAGE;
	if (path == NULL)
		lsec_buffer_text(&init.text, sample);
	else if (lsec_read_file(path, LSEC_MAX_DOCUMENT, &init.text, problems) < 0)
		return LSEC_EXIT_FAILED;
	if (read_objects(&init.text, init.name, &init.objects, problems) < 0 || find_vm(&init) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (bring(&init) < 0 || check_result(&init) < 0) {
		tell(&init, "also needed");
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	}
	if (path != NULL && init.changes.len == 0)
		fputs("launchsec: nothing to change\n", stderr);
	else if (path != NULL)
		tell(&init, "changed");
	lsec_print(options->output, init.text.bytes, init.text.len, problems);
	return lsec_exit_of(problems, LSEC_EXIT_DONE);
}
