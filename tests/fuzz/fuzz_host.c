/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded facts of a host: as json-c reads them where they are JSON, and written into a domain. */

#include "fuzz.h"

/* A value as it was recorded; what is not there, or "unknown", is not known. */
static void check_fact(const struct lsec_fact_row *row, const struct lsec_fact *fact,
                       struct json_object *value)
{
	const char *text = fuzz_string(value);
	enum lsec_state silent = row->old ? LSEC_NO : LSEC_UNKNOWN;
	if (value == NULL || (text != NULL && strcmp(text, "unknown") == 0)) {
		HOLDS(fact->state == (value == NULL ? silent : LSEC_UNKNOWN), "%s is known",
		      row->name);
		return;
	}
	HOLDS(fact->state != LSEC_UNKNOWN, "%s is not known", row->name);
	if (row->kind == LSEC_FACT_NUMBER) {
		HOLDS(json_object_get_double(value) == (double)fact->number, "%s is %u", row->name,
		      fact->number);
		HOLDS(!json_object_is_type(value, json_type_string) && fact->number >= row->least &&
		              fact->number <= row->most,
		      "%s is out of range", row->name);
		HOLDS((fact->state == LSEC_YES) == (fact->number > 0), "%s is %u", row->name,
		      fact->number);
	} else if (row->kind == LSEC_FACT_PATH && text != NULL) {
		HOLDS(fact->state == LSEC_YES && strcmp(text, fact->path) == 0 && text[0] == '/',
		      "%s is another path", row->name);
	} else {
		HOLDS(json_object_is_type(value, json_type_boolean), "%s was taken", row->name);
		HOLDS(fact->state == (json_object_get_boolean(value) ? LSEC_YES : LSEC_NO),
		      "%s is another", row->name);
	}
}

static void check(const struct lsec_host *host, const uint8_t *data, size_t size)
{
	struct json_object *root = fuzz_json_in_yaml(data, size);
	size_t found = 0;
	if (root == NULL)
		return;
	HOLDS(json_object_is_type(root, json_type_object), "no object was taken");
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		struct json_object *value = json_object_object_get(root, lsec_fact(i)->name);
		check_fact(lsec_fact(i), &host->of[i], value);
		found += value != NULL;
	}
	HOLDS(found == (size_t)json_object_object_length(root),
	      "a fact that nobody knows was taken");
	json_object_put(root);
}

/* What a host is found to offer, it offers; where it does not, reasons are told. */
static void check_verdicts(const struct lsec_host *host)
{
	static const enum lsec_tee tees[] = {LSEC_TEE_SEV_SNP, LSEC_TEE_TDX};
	for (size_t i = 0; i < COUNT(tees); i++) {
		struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
		enum lsec_state verdict = lsec_host_verdict(host, tees[i], true, &problems);
		HOLDS(verdict != LSEC_YES || lsec_host_offers(host, tees[i]) == LSEC_YES,
		      "a VM can start on a host that does not offer it");
		HOLDS((verdict == LSEC_NO) == (problems.count > 0), "a verdict without reasons");
		if (verdict == LSEC_NO)
			fuzz_check_problems(&problems);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsec_annotation type = {(char[]){"type"}, (char[]){"sev-snp"}, false};
	const struct lsec_vmi vmi = {.annotations = &type, .annotation_count = 1};
	const struct lsec_config config = {0};
	const struct fuzz_input capture = fuzz_capture_domain(2);
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_host host = {0};
	fuzz_owned copy = fuzz_copy(data, size);
	if (lsec_host_read_recorded(copy, size, "host", &host, &problems) < 0) {
		fuzz_check_problems(&problems);
		return 0;
	}
	check(&host, data, size);
	check_verdicts(&host);
	const struct lsec_request request = {
		(const char *)capture.data, capture.size, "domain", &vmi, &host, &config,
	};
	HOLDS(fuzz_apply(&request), "a good host is refused");
	return 0;
}
