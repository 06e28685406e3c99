/* SPDX-License-Identifier: Apache-2.0 */
/* A digest, and what it is made of. */
#include "measure_output.h"

#include <string.h>

#include "base/bytes.h"
#include "launchsec/policy.h"
#include "output.h"

void lsec_measured_text(struct lsec_buffer *ret, const struct lsec_measured *measured)
{
	lsec_buffer_format(ret, "%s\n", lsec_measurement_text(&measured->measurement).text);
}

static void add_hex(struct json_object *object, const char *name, uint64_t number, int digits)
{
	cleanup_free char *text = lsec_format("0x%0*llx", digits, (unsigned long long)number);
	lsec_json_add_text(object, name, text);
}

static void add_file(struct json_object *object, const char *name,
                     const struct lsec_file_facts *file)
{
	struct json_object *item = lsec_json_new_object();
	cleanup_free char *sha256 = lsec_hex_encode(file->sha256, sizeof(file->sha256));
	lsec_json_add_text(item, "path", file->name);
	lsec_json_add(item, "size", lsec_json_new_number((int64_t)file->size));
	lsec_json_add_text(item, "sha256", sha256);
	lsec_json_add(object, name, item);
}

/* An input with its value, and where it is from. */
static struct json_object *add_input(struct json_object *object, const char *name,
                                     struct json_object *value, const char *from)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add(item, "value", value);
	lsec_json_add_text(item, "from", from);
	lsec_json_add(object, name, item);
	return item;
}

static struct json_object *text_or_null(const char *text)
{
	return text == NULL ? NULL : lsec_json_new_text(text);
}

static void add_boot(struct json_object *object, const struct lsec_measured *measured)
{
	const struct lsec_inputs *inputs = &measured->inputs;
	add_input(object, "kernel-hashes", lsec_json_new_boolean(inputs->snp.kernel_hashes),
	          inputs->from[LSEC_INPUT_KERNEL_HASHES]);
	if (!inputs->snp.kernel_hashes)
		return;
	add_file(object, "kernel", &measured->kernel);
	if (measured->initrd.name != NULL)
		add_file(object, "initrd", &measured->initrd);
	add_input(object, "cmdline", lsec_json_new_text(inputs->cmdline),
	          inputs->from[LSEC_INPUT_CMDLINE]);
}

static void add_snp(struct json_object *object, const struct lsec_measured *measured)
{
	const struct lsec_inputs *inputs = &measured->inputs;
	struct json_object *item = NULL;
	add_input(object, "vcpus", lsec_json_new_number(inputs->snp.vcpus),
	          inputs->from[LSEC_INPUT_VCPUS]);
	item = add_input(object, "cpu", text_or_null(inputs->cpu), inputs->from[LSEC_INPUT_CPU]);
	add_hex(item, "signature", inputs->snp.cpu_signature, 8);
	item = add_input(object, "vmsa-features", NULL, inputs->from[LSEC_INPUT_VMSA_FEATURES]);
	add_hex(item, "value", inputs->snp.vmsa_features, 1);
	add_boot(object, measured);
}

static struct json_object *inputs_to_json(const struct lsec_measured *measured)
{
	struct json_object *inputs = lsec_json_new_object();
	const struct lsec_file_facts firmware = lsec_firmware_facts(&measured->firmware);
	add_file(inputs, "firmware", &firmware);
	add_input(inputs, "tee", lsec_json_new_text(lsec_tee_name(measured->inputs.tee)),
	          measured->inputs.from_tee);
	if (measured->inputs.tee == LSEC_TEE_SEV_SNP)
		add_snp(inputs, measured);
	return inputs;
}

static struct json_object *claims_to_json(const struct lsec_measured *measured)
{
	struct json_object *claims = lsec_json_new_object();
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		if (!lsec_measured_expects(measured, (enum lsec_claim_id)i))
			continue;
		cleanup_free char *text =
			lsec_claims_text(&measured->expected, (enum lsec_claim_id)i);
		lsec_json_add_text(claims, lsec_claim(i)->name, text);
	}
	return claims;
}

void lsec_measured_json(struct lsec_buffer *ret, const struct lsec_measured *measured)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	lsec_json_add_text(root, "tee", lsec_tee_name(measured->inputs.tee));
	lsec_json_add(root, "claims", claims_to_json(measured));
	lsec_json_add(root, "inputs", inputs_to_json(measured));
	lsec_json_add(root, "warnings", lsec_warnings_to_json(&measured->inputs.report));
	lsec_json_print(ret, root);
}

/* A claim of a report, and where it is from. */
static void add_expected(struct json_object *claims, const char *name, struct json_object *value,
                         const char *from)
{
	add_input(claims, name, value, from == NULL ? "not set" : from);
}

/* The parts of the policy that Trustee shows as claims of their own (deps/verifier/src/snp/mod.rs)
 * and compares in its default policy. */
static void add_policy_bits(struct json_object *claims, const struct lsec_measured *measured)
{
	static const struct {
		const char *flag, *claim;
	} names[] = {
		{"smt", "policy_smt_allowed"},
		{"migration-agent", "policy_migrate_ma"},
		{"debug", "policy_debug_allowed"},
		{"single-socket", "policy_single_socket"},
	};
	const struct lsec_policy_flag *flag = lsec_policy_flags(LSEC_TEE_SEV_SNP);
	const char *from = measured->inputs.claims_from[LSEC_CLAIM_POLICY];
	uint64_t policy = lsec_little_endian(measured->expected.of[LSEC_CLAIM_POLICY], 8);
	add_expected(claims, "policy_abi_major",
	             lsec_json_new_number((int64_t)(policy >> 8 & 0xff)), from);
	add_expected(claims, "policy_abi_minor", lsec_json_new_number((int64_t)(policy & 0xff)),
	             from);
	for (; flag->name != NULL; flag++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp(flag->name, names[i].flag) == 0)
				add_expected(claims, names[i].claim,
				             lsec_json_new_boolean((policy >> flag->bit & 1) != 0),
				             from);
}

void lsec_measured_expectations(struct lsec_buffer *ret, const struct lsec_measured *measured)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *claims = lsec_json_new_object();
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		enum lsec_claim_id id = (enum lsec_claim_id)i;
		if (!lsec_measured_expects(measured, id))
			continue;
		cleanup_free char *text = lsec_claims_text(&measured->expected, id);
		add_expected(claims, lsec_claim(i)->name, lsec_json_new_text(text),
		             id == lsec_measured_claim(measured) ? "inputs"
		                                                 : measured->inputs.claims_from[i]);
	}
	if (measured->inputs.tee == LSEC_TEE_SEV_SNP)
		add_policy_bits(claims, measured);
	lsec_json_add_text(root, "tee", lsec_tee_name(measured->inputs.tee));
	lsec_json_add(root, "claims", claims);
	lsec_json_add(root, "inputs", inputs_to_json(measured));
	lsec_json_add(root, "warnings", lsec_warnings_to_json(&measured->inputs.report));
	lsec_json_print(ret, root);
}
