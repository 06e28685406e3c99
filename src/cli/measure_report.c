/* SPDX-License-Identifier: Apache-2.0 */
/* Compares reports and digests with a VM's, and says what differs. No signature is checked here, so
 * each output says so. */
#include "measure_report.h"

#include <string.h>

#include "base/printed.h"
#include "io.h"
#include "measure_output.h"
#include "output.h"

/* A report that was read. */
struct comparison {
	const struct lsec_measured *measured;
	const char *name;
	struct lsec_claims found;
	char *explanation; /* of another measurement; else NULL */
	bool differs;
};

static void comparison_clear(struct comparison *comparison)
{
	free(comparison->explanation);
}

static const char *signatures(enum lsec_tee tee)
{
	return tee == LSEC_TEE_TDX
	               ? "signatures were not checked; Intel's DCAP tools or Trustee check them"
	               : "signatures were not checked; snpguest or Trustee check them";
}

/* Whether a claim is another than expected; of what is only shown, false. */
static bool is_other(const struct comparison *comparison, enum lsec_claim_id id)
{
	return lsec_measured_expects(comparison->measured, id) &&
	       !lsec_claims_same(&comparison->measured->expected, &comparison->found, id);
}

static int compare(const char *path, struct comparison *ret, struct lsec_problems *problems)
{
	const struct lsec_measured *measured = ret->measured;
	enum lsec_claim_id measurement = lsec_measured_claim(measured);
	cleanup_buffer struct lsec_buffer file = {0};
	if (lsec_read_file(path, LSEC_MAX_ATTESTATION, &file, problems) < 0)
		return -1;
	ret->name = lsec_input_name(path);
	const struct lsec_evidence evidence = {
		(const uint8_t *)(file.bytes == NULL ? "" : file.bytes), file.len, ret->name};
	if (lsec_claims_read(&evidence, measured->inputs.tee, &ret->found, problems) < 0)
		return -1;
	for (size_t i = 0; i < LSEC_CLAIMS; i++)
		ret->differs |= is_other(ret, (enum lsec_claim_id)i);
	if (is_other(ret, measurement)) {
		struct lsec_measurement found;
		memcpy(found.bytes, ret->found.of[measurement], sizeof(found.bytes));
		ret->explanation = lsec_measured_explain(measured, &found);
	}
	return 0;
}

static void add_problems(const struct comparison *comparison, struct lsec_problems *problems)
{
	const struct lsec_measured *measured = comparison->measured;
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		enum lsec_claim_id id = (enum lsec_claim_id)i;
		if (!is_other(comparison, id))
			continue;
		cleanup_free char *expected = lsec_claims_text(&measured->expected, id);
		cleanup_free char *found = lsec_claims_text(&comparison->found, id);
		lsec_problem_add(problems, comparison->name,
		                 "the report's %s is %s, expected %s; %s", lsec_claim(i)->name,
		                 found, expected,
		                 id == lsec_measured_claim(measured)
		                         ? comparison->explanation
		                         : "this is not the VM that was asked for");
	}
}

static void add_text(struct lsec_buffer *ret, const struct comparison *comparison)
{
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		enum lsec_claim_id id = (enum lsec_claim_id)i;
		if (!comparison->found.known[i])
			continue;
		cleanup_free char *text = lsec_claims_text(&comparison->found, id);
		lsec_buffer_format(ret, "%-18s %-12s %s\n", lsec_claim(i)->name,
		                   lsec_measured_expects(comparison->measured, id) ? "as expected"
		                                                                   : "not compared",
		                   text);
	}
	lsec_buffer_format(ret, "\n%s\n", signatures(comparison->found.tee));
}

static struct json_object *claim_to_json(const struct comparison *comparison, enum lsec_claim_id id)
{
	bool compared = lsec_measured_expects(comparison->measured, id);
	cleanup_free char *found = lsec_claims_text(&comparison->found, id);
	cleanup_free char *expected =
		compared ? lsec_claims_text(&comparison->measured->expected, id) : NULL;
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "claim", lsec_claim(id)->name);
	lsec_json_add_text(item, "expected", expected);
	lsec_json_add_text(item, "found", found);
	lsec_json_add(item, "same",
	              compared ? lsec_json_new_boolean(!is_other(comparison, id)) : NULL);
	return item;
}

static void add_json(struct lsec_buffer *ret, const struct comparison *comparison)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *claims = lsec_json_new_list();
	for (size_t i = 0; i < LSEC_CLAIMS; i++)
		if (comparison->found.known[i])
			lsec_json_append(claims, claim_to_json(comparison, (enum lsec_claim_id)i));
	lsec_json_add_text(root, "kind", lsec_tee_name(comparison->found.tee));
	lsec_json_add(root, "report", claims);
	lsec_json_add_text(root, "explanation", comparison->explanation);
	lsec_json_add_text(root, "signatures", signatures(comparison->found.tee));
	lsec_json_add(root, "warnings",
	              lsec_warnings_to_json(&comparison->measured->inputs.report));
	lsec_json_print(ret, root);
}

enum lsec_exit lsec_compare_report(const struct lsec_options *options,
                                   struct lsec_measured *measured, struct lsec_problems *problems)
{
	struct comparison comparison LSEC_CLEANUP(comparison_clear) = {.measured = measured};
	cleanup_buffer struct lsec_buffer text = {0};
	bool json = options->format == LSEC_MEASURE_JSON;
	if (compare(options->report, &comparison, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (json)
		add_json(&text, &comparison);
	else if (!comparison.differs)
		add_text(&text, &comparison);
	else
		lsec_report_warn(&measured->inputs.report, comparison.name, "%s",
		                 signatures(comparison.found.tee));
	if (!json)
		lsec_print_warnings(&measured->inputs.report);
	if (text.len > 0 && lsec_print(options->output, text.bytes, text.len, problems) < 0)
		return LSEC_EXIT_FAILED;
	if (comparison.differs && !json)
		add_problems(&comparison, problems);
	return comparison.differs ? LSEC_EXIT_REFUSED : LSEC_EXIT_DONE;
}

int lsec_verify_value(const char *value, const struct lsec_measured *measured,
                      struct lsec_problems *problems)
{
	const struct lsec_measurement *own = &measured->measurement;
	struct lsec_measurement found;
	enum lsec_printed printed = lsec_printed_compare(value, own->bytes, sizeof(own->bytes));
	if (printed == LSEC_PRINTED_SAME)
		return 0;
	if (printed == LSEC_PRINTED_UNKNOWN ||
	    !lsec_printed_read(value, found.bytes, sizeof(found.bytes)))
		return lsec_problem_add(
			problems, "--verify",
			"must be a digest of 48 bytes in a form that verifiers print, got %s; write it in hex, as a JSON array of numbers, or in base64",
			lsec_quote(value).text);
	cleanup_free char *explanation = lsec_measured_explain(measured, &found);
	return lsec_problem_add(problems, "--verify", "is %s, but the VM has %s; %s",
	                        lsec_measurement_text(&found).text, lsec_measurement_text(own).text,
	                        explanation);
}
