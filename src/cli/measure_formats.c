/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifiers' own languages. Trustee: rvps/src/extractors/extractor_modules/sample, kbs/docs and
 * attestation-service/docs. Intel Trust Authority: "Attestation policies", version 2, which have
 * no comments.
 */
#include "measure_formats.h"

#include "base/bytes.h"
#include "base/json.h"
#include "trustee.h"

/* The digests that are valid, the VM's own first. */
static const struct lsec_measurement *valid(const struct lsec_measured *measured, size_t index)
{
	if (index == 0)
		return &measured->measurement;
	return index <= measured->also_count ? &measured->also[index - 1] : NULL;
}

void lsec_measured_rvps(struct lsec_buffer *ret, const struct lsec_measured *measured)
{
	bool tdx = measured->inputs.tee == LSEC_TEE_TDX;
	cleanup_json struct json_object *values = lsec_json_new_object();
	cleanup_json struct json_object *message = lsec_json_new_object();
	cleanup_buffer struct lsec_buffer inner = {0};
	struct json_object *list = lsec_json_new_list();
	const struct lsec_measurement *digest = NULL;
	for (size_t i = 0; (digest = valid(measured, i)) != NULL; i++)
		lsec_json_append(list, lsec_json_new_text(lsec_measurement_text(digest).text));
	lsec_json_add(values, tdx ? "mr_td" : "snp_launch_measurement", list);
	lsec_json_write(&inner, values);
	cleanup_free char *payload = lsec_base64_encode(inner.bytes, inner.len);
	lsec_json_add_text(message, "version", "0.1.0");
	lsec_json_add_text(message, "type", "sample");
	lsec_json_add_text(message, "payload", payload);
	lsec_json_print(ret, message);
}

/* A line of a rule, for a claim that the VM sets. */
static void add_claim(struct lsec_buffer *ret, const struct lsec_measured *measured,
                      enum lsec_claim_id id, const char *name)
{
	if (!lsec_measured_expects(measured, id) ||
	    lsec_is_zero(measured->expected.of[id], lsec_claim(id)->size))
		return;
	cleanup_free char *text = lsec_claims_text(&measured->expected, id);
	lsec_buffer_format(ret, "\t%s == \"%s\"\n", name, text);
}

/* The claims of a rule beside the digest, for one TEE. */
struct rule_claim {
	enum lsec_claim_id id;
	const char *name;
};

/* A language's names for one TEE. */
struct rule {
	const char *verdict; /* the rule's name */
	const char *before;  /* first lines, or NULL */
	const char *digest, *debug;
	struct rule_claim claims[3]; /* up to a name NULL */
};

/* A rule for each digest. */
static void add_rules(struct lsec_buffer *ret, const struct lsec_measured *measured,
                      const struct rule *rule)
{
	const struct lsec_measurement *digest = NULL;
	for (size_t i = 0; (digest = valid(measured, i)) != NULL; i++) {
		lsec_buffer_format(ret, "\n%s if {\n%s\t%s == \"%s\"\n\t%s == false\n",
		                   rule->verdict, rule->before == NULL ? "" : rule->before,
		                   rule->digest, lsec_measurement_text(digest).text, rule->debug);
		for (size_t k = 0; k < 3 && rule->claims[k].name != NULL; k++)
			add_claim(ret, measured, rule->claims[k].id, rule->claims[k].name);
		lsec_buffer_text(ret, "}\n");
	}
}

/* The first lines of a rule, for one secret. Trustee accepts no resource with < in its path. */
static char *trustee_head(const char *resource)
{
	cleanup_buffer struct lsec_buffer ret = {0};
	lsec_buffer_text(&ret, "\tdata.plugin == \"resource\"\n\tdata[\"resource-path\"] == [\"");
	for (const char *c = resource != NULL ? resource : "<REPOSITORY>/<TYPE>/<TAG>"; *c != '\0';
	     c++)
		lsec_buffer_format(&ret, *c == '/' ? "\", \"" : "%c", *c);
	lsec_buffer_text(&ret, "\"]\n" LSEC_TRUSTEE_EVIDENCE);
	return lsec_buffer_take(&ret);
}

void lsec_measured_trustee_policy(struct lsec_buffer *ret, const struct lsec_measured *measured)
{
	static const struct rule snp = {"allow",
	                                NULL,
	                                LSEC_TRUSTEE_SNP_DIGEST,
	                                LSEC_TRUSTEE_SNP_DEBUG,
	                                {{LSEC_CLAIM_HOST_DATA, LSEC_TRUSTEE_INIT_DATA}}};
	static const struct rule tdx = {"allow",
	                                NULL,
	                                LSEC_TRUSTEE_TDX_DIGEST,
	                                LSEC_TRUSTEE_TDX_DEBUG,
	                                {{LSEC_CLAIM_MR_CONFIG_ID, LSEC_TRUSTEE_INIT_DATA}}};
	struct rule rule = measured->inputs.tee == LSEC_TEE_TDX ? tdx : snp;
	cleanup_free char *head = trustee_head(measured->resource);
	rule.before = head;
	lsec_buffer_text(ret, LSEC_TRUSTEE_POLICY);
	if (measured->resource == NULL)
		lsec_buffer_text(
			ret,
			"\n# Allows nothing yet: name the secret's path in each rule, or with --resource.\n");
	add_rules(ret, measured, &rule);
}

void lsec_measured_ita(struct lsec_buffer *ret, const struct lsec_measured *measured)
{
	static const struct rule snp = {
		"match",
		NULL,
		"input.sevsnp.sevsnp_launchmeasurement",
		"input.sevsnp.sevsnp_is_debuggable",
		{{LSEC_CLAIM_HOST_DATA, "input.sevsnp.sevsnp_hostdata"},
	         {LSEC_CLAIM_ID_KEY_DIGEST, "input.sevsnp.sevsnp_idkeydigest"},
	         {LSEC_CLAIM_AUTHOR_KEY_DIGEST, "input.sevsnp.sevsnp_authorkeydigest"}}};
	static const struct rule tdx = {"match",
	                                NULL,
	                                "input.tdx.tdx_mrtd",
	                                "input.tdx.tdx_is_debuggable",
	                                {{LSEC_CLAIM_MR_CONFIG_ID, "input.tdx.tdx_mrconfigid"}}};
	lsec_buffer_text(ret, "import rego.v1\n\ndefault match := false\n");
	add_rules(ret, measured, measured->inputs.tee == LSEC_TEE_TDX ? &tdx : &snp);
}
