/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures a VM. What the VM says comes first, with all that is wrong with it; only then are files
 * read that may be large.
 */
#include "measure.h"

#include <string.h>

#include "base/bytes.h"
#include "core/asked_tee.h"
#include "io.h"
#include "launcher_list.h"
#include "launchsec/policy.h"
#include "measure_files.h"
#include "measure_formats.h"
#include "measure_given.h"
#include "measure_output.h"
#include "measure_report.h"
#include "output.h"
#include "sources.h"
#include "vm.h"

/* A VM from files, and what was given besides. */
struct vm {
	struct lsec_given given;
	struct lsec_config config;
	struct lsec_host host;
	struct lsec_vmi vmi;
	struct lsec_hardware hardware;
	struct lsec_buffer domain;
};

static void vm_clear(struct vm *vm)
{
	lsec_config_clear(&vm->config);
	lsec_vmi_clear(&vm->vmi);
	lsec_hardware_clear(&vm->hardware);
	lsec_buffer_clear(&vm->domain);
}

static enum lsec_exit read_vm(const struct lsec_options *options, struct vm *ret,
                              struct lsec_problems *problems)
{
	int status = lsec_given_read(options, &ret->given, problems);
	if (options->resource != NULL)
		status |= lsec_given_resource(options->resource, problems);
	status |= lsec_read_config(options, &ret->config, problems);
	status |= lsec_read_host(options, &ret->host, problems);
	if (status < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	/* The hardware counts without a domain only, and is not looked at beside one. */
	if (options->vmi != NULL)
		status = lsec_read_vm(options, &ret->vmi,
		                      options->domain == NULL ? &ret->hardware : NULL, problems);
	if (options->domain != NULL)
		status |=
			lsec_read_file(options->domain, LSEC_MAX_DOCUMENT, &ret->domain, problems);
	if (status < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	return lsec_set_annotations(options, &ret->vmi, problems) < 0
	               ? lsec_exit_of(problems, LSEC_EXIT_USAGE)
	               : LSEC_EXIT_DONE;
}

static int collect(const struct lsec_options *options, const struct vm *vm, struct lsec_inputs *ret,
                   struct lsec_problems *problems)
{
	struct lsec_request request = {
		.vmi = &vm->vmi,
		.host = &vm->host,
		.config = &vm->config,
	};
	if (options->domain != NULL) {
		request.domain = vm->domain.bytes == NULL ? "" : vm->domain.bytes;
		request.domain_len = vm->domain.len;
		request.domain_name = lsec_input_name(options->domain);
	}
	bool has_vm = options->domain != NULL || options->vmi != NULL;
	const struct lsec_inputs_request inputs = {
		.vm = has_vm ? &request : NULL,
		.hardware = options->domain == NULL && has_vm ? &vm->hardware : NULL,
		.given = vm->given.inputs,
	};
	return lsec_inputs_collect(&inputs, ret, problems);
}

/* The firmware that the VM starts with. */
static int read_firmware(const struct lsec_options *options, struct lsec_measured *measured,
                         struct lsec_problems *problems)
{
	if (options->launcher != NULL)
		return lsec_firmware_extract(options->launcher, measured->inputs.firmware,
		                             options->domain == NULL, &measured->firmware,
		                             problems);
	return lsec_firmware_read(options->firmware, &measured->firmware, problems);
}

static int read_others(const struct lsec_texts *paths, struct lsec_measured *measured,
                       struct lsec_problems *problems)
{
	int status = 0;
	measured->other_files = lsec_calloc(paths->count, sizeof(*measured->other_files));
	measured->others = lsec_calloc(paths->count, sizeof(*measured->others));
	measured->other_count = paths->count;
	for (size_t i = 0; i < paths->count; i++) {
		struct lsec_firmware_file *file = &measured->other_files[i];
		status |= lsec_firmware_read(paths->of[i], file, problems) < 0
		                  ? -1
		                  : lsec_firmware_parse(file, measured->inputs.tee,
		                                        &measured->others[i], problems);
	}
	return status;
}

static int read_files(const struct lsec_options *options, struct lsec_measured *measured,
                      struct lsec_problems *problems)
{
	struct lsec_kernel_boot *boot = &measured->inputs.snp.boot;
	bool snp = measured->inputs.tee == LSEC_TEE_SEV_SNP;
	int status = read_firmware(options, measured, problems);
	if (status == 0)
		status = lsec_firmware_parse(&measured->firmware, measured->inputs.tee,
		                             &measured->image, problems);
	if (snp && options->kernel != NULL) {
		status |= lsec_file_hash(options->kernel, &measured->kernel, problems);
		boot->kernel = measured->kernel.sha256;
	}
	if (snp && options->initrd != NULL) {
		status |= lsec_file_hash(options->initrd, &measured->initrd, problems);
		boot->initrd = measured->initrd.sha256;
	}
	return status | read_others(&options->other_firmware, measured, problems);
}

/* The firmware refuses to start a VM that is another than its ID block is for. */
static void warn_id_block(struct lsec_measured *measured)
{
	struct lsec_inputs *inputs = &measured->inputs;
	if (!inputs->has_id_block || memcmp(&inputs->id_block_digest, &measured->measurement,
	                                    sizeof(measured->measurement)) == 0)
		return;
	cleanup_free char *explanation = lsec_measured_explain(measured, &inputs->id_block_digest);
	lsec_report_warn(
		&inputs->report, LSEC_PREFIX "id-block",
		"the ID block is for the digest %s, but the VM has %s, so the firmware refuses to start it; sign another ID block, or correct the VM: %s",
		lsec_measurement_text(&inputs->id_block_digest).text,
		lsec_measurement_text(&measured->measurement).text, explanation);
}

/* Policies demand that nobody debugs the VM, whatever it asks for, and what the VM binds. */
static void warn_policy(const struct lsec_options *options, struct lsec_measured *measured)
{
	bool tdx = measured->inputs.tee == LSEC_TEE_TDX;
	bool policy = options->command == LSEC_COMMAND_EXPECT ||
	              options->format == LSEC_MEASURE_TRUSTEE_POLICY ||
	              options->format == LSEC_MEASURE_ITA;
	const char *place = options->command != LSEC_COMMAND_EXPECT ? "--format"
	                    : measured->provision                   ? "ita-policy.rego"
	                                                            : "resource-policy.rego";
	const struct lsec_claims *claims = &measured->inputs.claims;
	const uint8_t *bits = claims->of[tdx ? LSEC_CLAIM_TD_ATTRIBUTES : LSEC_CLAIM_POLICY];
	enum lsec_claim_id bound = tdx ? LSEC_CLAIM_MR_CONFIG_ID : LSEC_CLAIM_HOST_DATA;
	if (!policy || !measured->inputs.has_claims)
		return;
	if (lsec_policy_is_debug(measured->inputs.tee, lsec_little_endian(bits, sizeof(uint64_t))))
		lsec_report_warn(
			&measured->inputs.report, place,
			"the VM's policy lets the host debug it, which the verifier's policy does not accept, so it never holds; remove debug from the VM");
	if (lsec_is_zero(claims->of[bound], lsec_claim(bound)->size))
		lsec_report_warn(
			&measured->inputs.report, place,
			"the VM binds no data, so every VM with the same firmware%s gets this VM's secret; set " LSEC_PREFIX
			"bind",
			tdx ? "" : ", CPU model and number of vCPUs");
}

/* Trustee gives the disk key by a rule that names its path, which `provision` makes. */
static void warn_provision(const struct lsec_options *options, struct lsec_measured *measured)
{
	if (measured->provision && options->command == LSEC_COMMAND_MEASURE &&
	    options->format == LSEC_MEASURE_TRUSTEE_POLICY)
		lsec_report_warn(
			&measured->inputs.report, "--format",
			"the VM has the annotation provision, whose rule also names the path of the disk key; use the rule that \"launchsec provision --vmi FILE --digest %s\" prints",
			lsec_measurement_text(&measured->measurement).text);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

/* A VM that names its firmware starts with that. */
static void warn_firmware(const char *given, const char *own, struct lsec_report *report)
{
	if (given == NULL || strcmp(given, "-") == 0 || own == NULL || own[0] != '/' ||
	    strcmp(base_name(given), base_name(own)) == 0)
		return;
	lsec_report_warn(
		report, "--firmware",
		"%s is measured, but the VM starts with %s; name a copy of that file, unless it is one",
		lsec_quote(given).text, lsec_quote(own).text);
}

static int measure(struct lsec_measured *measured, struct lsec_problems *problems)
{
	struct lsec_inputs *inputs = &measured->inputs;
	if (inputs->tee == LSEC_TEE_TDX)
		lsec_measure_tdx(&measured->image, &measured->measurement);
	else if (lsec_measure_snp(&measured->image, &inputs->snp, &measured->measurement,
	                          problems) < 0)
		return -1;
	measured->expected = inputs->claims;
	measured->expected.tee = inputs->tee;
	memcpy(measured->expected.of[lsec_measured_claim(measured)], measured->measurement.bytes,
	       LSEC_MEASUREMENT_SIZE);
	warn_id_block(measured);
	return 0;
}

static int read_also(const struct lsec_texts *values, struct lsec_measured *measured,
                     struct lsec_problems *problems)
{
	int status = 0;
	measured->also = lsec_calloc(values->count, sizeof(*measured->also));
	measured->also_count = values->count;
	for (size_t i = 0; i < values->count; i++)
		status |= lsec_given_digest("--also", values->of[i], &measured->also[i], problems);
	return status;
}

/* A digest that is valid anyway, or was given before, is not repeated. */
static void drop_repeated(struct lsec_measured *measured)
{
	cleanup_json struct json_object *known = lsec_json_new_object();
	size_t kept = 0;
	lsec_json_add(known, lsec_measurement_text(&measured->measurement).text,
	              lsec_json_new_boolean(true));
	for (size_t i = 0; i < measured->also_count; i++) {
		const struct lsec_measurement_text text = lsec_measurement_text(&measured->also[i]);
		if (lsec_json_member(known, text.text) != NULL)
			continue;
		lsec_json_add(known, text.text, lsec_json_new_boolean(true));
		measured->also[kept++] = measured->also[i];
	}
	measured->also_count = kept;
}

static enum lsec_exit show(const struct lsec_options *options, const struct lsec_measured *measured,
                           struct lsec_problems *problems)
{
	static void (*const forms[])(struct lsec_buffer *, const struct lsec_measured *) = {
		[LSEC_MEASURE_TEXT] = lsec_measured_text,
		[LSEC_MEASURE_JSON] = lsec_measured_json,
		[LSEC_MEASURE_RVPS] = lsec_measured_rvps,
		[LSEC_MEASURE_TRUSTEE_POLICY] = lsec_measured_trustee_policy,
		[LSEC_MEASURE_ITA] = lsec_measured_ita,
	};
	cleanup_buffer struct lsec_buffer text = {0};
	if (options->format != LSEC_MEASURE_JSON)
		lsec_print_warnings(&measured->inputs.report);
	if (options->verify != NULL)
		return lsec_verify_value(options->verify, measured, problems) < 0
		               ? LSEC_EXIT_REFUSED
		               : LSEC_EXIT_DONE;
	forms[options->format](&text, measured);
	return lsec_print(options->output, text.bytes, text.len, problems) < 0 ? LSEC_EXIT_FAILED
	                                                                       : LSEC_EXIT_DONE;
}

enum lsec_exit lsec_measure_vm(const struct lsec_options *options, struct lsec_measured *ret,
                               struct lsec_problems *problems)
{
	struct vm vm LSEC_CLEANUP(vm_clear) = {.hardware = {.path = ""}};
	enum lsec_exit status = read_vm(options, &vm, problems);
	if (status == LSEC_EXIT_DONE && read_also(&options->also, ret, problems) < 0)
		status = LSEC_EXIT_USAGE;
	if (status != LSEC_EXIT_DONE)
		return status;
	if (options->resource != NULL && lsec_annotation_of(&vm.vmi, "provision") != NULL) {
		lsec_problem_add(
			problems, "--resource",
			"the VM has the annotation provision, which sets the path of its disk key; remove --resource, and use the rule of \"launchsec provision\"");
		return LSEC_EXIT_USAGE;
	}
	if (collect(options, &vm, &ret->inputs, problems) < 0)
		return lsec_exit_of(problems, options->vmi == NULL && options->domain == NULL
		                                      ? LSEC_EXIT_USAGE
		                                      : LSEC_EXIT_REFUSED);
	if (read_files(options, ret, problems) < 0 || measure(ret, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	drop_repeated(ret);
	ret->provision = lsec_annotation_of(&vm.vmi, "provision") != NULL;
	ret->resource = options->resource;
	warn_policy(options, ret);
	warn_provision(options, ret);
	warn_firmware(options->firmware, lsec_annotation_of(&vm.vmi, "firmware"),
	              &ret->inputs.report);
	return LSEC_EXIT_DONE;
}

enum lsec_exit lsec_run_measure(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_measured measured LSEC_CLEANUP(lsec_measured_clear) = {0};
	if (options->lists)
		return lsec_list_launcher(options, problems);
	enum lsec_exit status = lsec_measure_vm(options, &measured, problems);
	if (status != LSEC_EXIT_DONE)
		return status;
	if (options->report != NULL)
		return lsec_compare_report(options, &measured, problems);
	return show(options, &measured, problems);
}
