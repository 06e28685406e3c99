/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the owner of a VM does for its disk key before the VM starts: a request to the key broker,
 * the document that the hook will make as well, and the key broker's policy for it. Nothing is
 * sent. Trustee's side: kbs/src/plugins/implementations/provisioner and kbs/src/api_server.rs,
 * 78962cd.
 */
#include "provision.h"

#include <string.h>

#include "annotations/provision.h"
#include "annotations/values.h"
#include "base/bytes.h"
#include "base/json.h"
#include "core/asked_tee.h"
#include "given_bytes.h"
#include "io.h"
#include "launchsec/check.h"
#include "launchsec/measure.h"
#include "output.h"
#include "shown.h"
#include "trustee.h"
#include "vm.h"

#define KEY LSEC_PREFIX "provision"

struct facts {
	struct lsec_vmi vmi;
	unsigned tees;       /* mask of those that the VM may become */
	char *url;           /* of the key broker */
	char *request;       /* its URL */
	char *body;          /* and what is sent */
	char *launch_digest; /* in hex, or NULL */
	char *string;        /* the OEM string */
	char *policy;
	struct lsec_provision provision;
	struct lsec_shown_all shown;
};

static void facts_clear(struct facts *facts)
{
	lsec_vmi_clear(&facts->vmi);
	free(facts->url);
	free(facts->request);
	free(facts->body);
	free(facts->launch_digest);
	free(facts->string);
	free(facts->policy);
	lsec_provision_clear(&facts->provision);
	lsec_shown_clear(&facts->shown);
}

/* --kbs, else the annotation: the VM must not say another one. */
static int find_url(const char *given, struct facts *facts, struct lsec_problems *problems)
{
	const char *own = lsec_annotation_of(&facts->vmi, "provision");
	if (given == NULL && own == NULL)
		return lsec_problem_add(
			problems, "--kbs",
			"must be the URL of the key broker, since the VM has no annotation " KEY);
	if (given != NULL && own != NULL && strcmp(given, own) != 0)
		return lsec_problem_add(problems, "--kbs",
		                        "%s differs from the VM's annotation " KEY
		                        ", %s; correct one of them",
		                        lsec_quote(given).text, lsec_quote(own).text);
	facts->url = lsec_strdup(given != NULL ? given : own);
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
	const struct lsec_reading reading = {lsec_key(LSEC_KEY_PROVISION), LSEC_TEE_SEV_SNP,
	                                     own != NULL ? KEY : "--kbs", facts->url, problems};
	return lsec_value_parse(&reading, LSEC_FROM_ANNOTATION, &value);
}

/* Whether the VM can have the annotation: what the hook would refuse is refused here. */
static int check_vm(struct facts *facts, struct lsec_problems *problems)
{
	const struct lsec_config config = {0};
	const struct lsec_expected expected = {
		.config = &config, .security_open = true, .efi = true, .kernel = true};
	const char *type = lsec_annotation_of(&facts->vmi, "type");
	lsec_vmi_set(&facts->vmi, "provision", facts->url);
	int status = lsec_check_vmi(&facts->vmi, &expected, &facts->tees, NULL, problems);
	if (lsec_annotation_of(&facts->vmi, "initdata") != NULL)
		status = lsec_provision_refuse_initdata(problems);
	if (lsec_equal(type, "none"))
		return lsec_problem_add(
			problems, LSEC_PREFIX "type",
			"is none, so the VM is not protected and gets no document; set sev-snp, tdx or auto");
	if (facts->tees == 0)
		facts->tees = LSEC_TEE_BOTH;
	return status;
}

static int read_launch_digest(const char *text, struct facts *facts, struct lsec_problems *problems)
{
	uint8_t bytes[LSEC_MEASUREMENT_SIZE];
	if (text == NULL)
		return 0;
	if (lsec_given_bytes(&lsec_given_digest_key, "--digest", text, bytes, problems) < 0)
		return -1;
	facts->launch_digest = lsec_hex_encode(bytes, sizeof(bytes));
	if (facts->tees != LSEC_TEE_BOTH)
		return 0;
	return lsec_problem_add(
		problems, "--digest",
		"is the launch digest of one TEE, and the VM may start on either; set " LSEC_PREFIX
		"type to sev-snp or tdx");
}

/* By TEE, as lsec_tee_at() has them. */
static const struct {
	const char *debug, *digest;
} claims[LSEC_TEES] = {
	{LSEC_TRUSTEE_SNP_DEBUG, LSEC_TRUSTEE_SNP_DIGEST},
	{LSEC_TRUSTEE_TDX_DEBUG, LSEC_TRUSTEE_TDX_DIGEST},
};

/* One rule for each TEE. Trustee takes one that holds. */
static char *policy_of(const struct facts *facts)
{
	cleanup_buffer struct lsec_buffer ret = {0};
	lsec_buffer_text(&ret, LSEC_TRUSTEE_POLICY);
	for (size_t i = 0; i < LSEC_TEES; i++) {
		if ((facts->tees & lsec_tee_at(i)) == 0)
			continue;
		lsec_buffer_format(
			&ret,
			"\nallow if {\n"
			"\tdata.plugin == \"provisioner\"\n"
			"\tdata[\"resource-path\"] == [\"default\", \"%s\", \"root\"]\n" LSEC_TRUSTEE_EVIDENCE
			"\t" LSEC_TRUSTEE_INIT_DATA " == \"%s\"\n"
			"\t%s == false\n",
			facts->provision.uuid.text, facts->shown.of[1 + i].hex, claims[i].debug);
		if (facts->launch_digest != NULL)
			lsec_buffer_format(&ret, "\t%s == \"%s\"\n", claims[i].digest,
			                   facts->launch_digest);
		lsec_buffer_text(&ret, "}\n");
	}
	return lsec_buffer_take(&ret);
}

/* What Trustee's struct ProvisionRequest reads. */
static struct json_object *new_body(const struct facts *facts)
{
	struct json_object *body = lsec_json_new_object();
	lsec_json_add_text(body, "vm_name", facts->vmi.name);
	lsec_json_add_text(body, "namespace", facts->vmi.name_space);
	return body;
}

static void fill(struct facts *facts)
{
	cleanup_json struct json_object *body = new_body(facts);
	cleanup_buffer struct lsec_buffer text = {0};
	const struct lsec_provision *provision = &facts->provision;
	lsec_json_write(&text, body);
	facts->body = lsec_buffer_take(&text);
	facts->request = lsec_format("%s/kbs/v0/provisioner/provision", facts->url);
	facts->string = lsec_base64_encode(provision->document, provision->len);
	lsec_shown_of(&provision->digest, &facts->shown);
	facts->policy = policy_of(facts);
}

/* The lines of a text, moved to the right. */
static void indent(struct lsec_buffer *ret, const char *text)
{
	while (*text != '\0') {
		int len = (int)strcspn(text, "\n");
		lsec_buffer_format(ret, "%s%.*s\n", len == 0 ? "" : "  ", len, text);
		text += len + 1;
	}
}

static void print_text(struct lsec_buffer *ret, const struct facts *facts)
{
	lsec_buffer_format(
		ret,
		"Disk key of VM %s/%s\n  %s\n\n"
		"Request to the key broker, as its administrator, before the VM starts; repeated it changes nothing\n"
		"  curl --fail -X POST -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '%s' '%s'\n\n"
		"Annotation of the VM\n  " KEY ": \"%s\"\n\n"
		"Initdata document, %zu bytes\n",
		facts->vmi.name_space, facts->vmi.name, facts->provision.resource, facts->body,
		facts->request, facts->url, facts->provision.len);
	indent(ret, facts->provision.document);
	for (size_t i = 0; i < LSEC_SHOWN; i++) {
		if (i > 0 && (facts->tees & lsec_tee_at(i - 1)) == 0)
			continue;
		lsec_buffer_text(ret, "\n");
		lsec_shown_text(ret, &facts->shown.of[i], NULL);
	}
	lsec_buffer_format(
		ret, "\nOEM string (SMBIOS type 11)\n  %s\n\nResource policy of the key broker\n",
		facts->string);
	indent(ret, facts->policy);
}

static void print_json(struct lsec_buffer *ret, const struct facts *facts)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *request = lsec_json_new_object();
	struct json_object *annotations = lsec_json_new_object();
	lsec_json_add_text(request, "method", "POST");
	lsec_json_add_text(request, "url", facts->request);
	lsec_json_add(request, "body", new_body(facts));
	lsec_json_add_text(annotations, KEY, facts->url);
	lsec_json_add_text(root, "uuid", facts->provision.uuid.text);
	lsec_json_add_text(root, "resource", facts->provision.resource);
	lsec_json_add(root, "request", request);
	lsec_json_add(root, "annotations", annotations);
	lsec_json_add_text(root, "document", facts->provision.document);
	lsec_json_add_text(root, "oemString", facts->string);
	for (size_t i = 0; i < LSEC_SHOWN; i++)
		if (i == 0 || (facts->tees & lsec_tee_at(i - 1)) != 0)
			lsec_json_add(root, facts->shown.of[i].title,
			              lsec_shown_json(&facts->shown.of[i], NULL));
	lsec_json_add_text(root, "policy", facts->policy);
	lsec_json_print(ret, root);
}

static int find_facts(const struct lsec_options *options, struct facts *facts,
                      struct lsec_problems *problems)
{
	if (lsec_read_vm(options, &facts->vmi, NULL, problems) < 0 ||
	    find_url(options->kbs, facts, problems) < 0)
		return -1;
	int status = check_vm(facts, problems);
	status |= read_launch_digest(options->digest, facts, problems);
	status |= lsec_provision_make(KEY, &facts->vmi, facts->url, &facts->provision, problems);
	if (status == 0)
		fill(facts);
	return status;
}

enum lsec_exit lsec_run_provision(const struct lsec_options *options,
                                  struct lsec_problems *problems)
{
	struct facts facts LSEC_CLEANUP(facts_clear) = {.tees = 0};
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	if (find_facts(options, &facts, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (options->digest == NULL)
		lsec_report_warn(
			&report, "policy",
			"does not check the launch digest, so the key is given to any firmware that presents the document and that Trustee's attestation policy accepts; add --digest VALUE (launchsec measure prints it)");
	(options->format == LSEC_FORMAT_JSON ? print_json : print_text)(&text, &facts);
	lsec_print_warnings(&report);
	lsec_print(options->output, text.bytes, text.len, problems);
	return lsec_exit_of(problems, LSEC_EXIT_DONE);
}
