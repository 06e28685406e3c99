/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail while a libvirt's answer is gathered, read, judged and shown. */
#include "failscene.h"

#if INTERPOSE

#include "cli/libvirt_output.h"
#include "domain_capabilities.h"
#include "libvirt/answer.h"
#include "libvirt/judge.h"
#include "libvirt/worker.h"

#define URI "qemu:///system"

/* Fields as in answer.h, with the libvirt of an EPYC, too old by its number. */
static const char snp_answer[] = "\0QEMU\0"
				 "10004000\0"
				 "11001003\0" SNP_HOST "\0\0";
static const char refusal_answer[] = "\0QEMU\0\0\0\0\0XML error: no.\0";
static const char no_capabilities_answer[] = "\0QEMU\0"
					     "9000000\0"
					     "8002000\0\0no KVM\0";

static struct lsec_buffer buffer_of(const char *bytes, size_t len)
{
	return (struct lsec_buffer){lsec_unconst(bytes), len, 0, false};
}
#define BUFFER(literal) buffer_of(literal, sizeof(literal))

static int read_facts(struct lsec_buffer answer, struct lsec_virt_facts *ret,
                      struct lsec_problems *problems)
{
	return lsec_virt_answer_facts(URI, &answer, ret, problems);
}

static void note_report(const struct lsec_report *report)
{
	for (size_t i = 0; i < report->warning_count; i++)
		note("\n!%s|%s", report->warnings[i].place, report->warnings[i].what);
}

/* An answer that is taken: shown as text and as JSON. */
static int run_taken(struct lsec_problems *problems)
{
	static const char domain[] =
		SNP_DOMAIN("<cbitpos>51</cbitpos><reducedPhysBits>1</reducedPhysBits>");
	struct lsec_result result = {
		LSEC_TEE_SEV_SNP, lsec_unconst(domain), sizeof(domain) - 1, NULL, 0, {0}};
	struct lsec_virt_facts facts = {0};
	struct lsec_virt_wish wish = {0};
	struct lsec_buffer text = {0};
	armed = true;
	int status = lsec_virt_wish_read(&result, &wish, problems);
	if (status == 0)
		status = read_facts(BUFFER(snp_answer), &facts, problems);
	if (status == 0)
		status = lsec_virt_judge(&facts, &wish, NULL, &result.report, problems);
	if (status == 0) {
		bool failed = false;
		lsec_output_libvirt(&text, &facts);
		json_t *json = lsec_libvirt_to_json(&facts, &failed);
		lsec_write_json(&text, json, failed || json == NULL);
		json_decref(json);
		if (text.failed)
			status = lsec_problem_no_memory(problems);
	}
	armed = false;
	if (status == 0) {
		note_report(&result.report);
		note_bytes(text.bytes, text.len);
	}
	lsec_buffer_clear(&text);
	lsec_virt_facts_clear(&facts);
	lsec_report_clear(&result.report);
	return status;
}

/* All that a judgement can find fault with. */
static int run_refused(struct lsec_problems *problems)
{
	static const struct lsec_virt_wish other = {LSEC_TEE_SEV_SNP, true, {true, 47}, {true, 5}};
	static const struct lsec_virt_wish tdx = {.tee = LSEC_TEE_TDX};
	static const struct lsec_virt_wish filled_in = {.tee = LSEC_TEE_SEV_SNP, .sev = true};
	struct lsec_virt_facts snp_facts = {0};
	struct lsec_virt_facts old_facts = {0};
	struct lsec_report report = {0};
	char *refusal = NULL;
	struct lsec_buffer refused = BUFFER(refusal_answer);
	armed = true;
	int status = lsec_virt_answer_refusal(URI, &refused, &refusal, problems) |
	             read_facts(BUFFER(snp_answer), &snp_facts, problems) |
	             read_facts(BUFFER(no_capabilities_answer), &old_facts, problems);
	if (status == 0)
		status = lsec_virt_judge(&snp_facts, &other, refusal, &report, problems) |
		         lsec_virt_judge(&snp_facts, &tdx, NULL, &report, problems) |
		         lsec_virt_judge(&old_facts, &filled_in, NULL, &report, problems);
	armed = false;
	free(refusal);
	lsec_virt_facts_clear(&snp_facts);
	lsec_virt_facts_clear(&old_facts);
	lsec_report_clear(&report);
	return status;
}

static int run_bad_capabilities(struct lsec_problems *problems)
{
	static const char *const documents[] = {
		"<domain/>", "<domainCapabilities>", CAPABILITIES("<sev supported='x'/>"),
		CAPABILITIES("<sev supported='yes'><cbitpos>x</cbitpos></sev>"),
		CAPABILITIES("<tdx a:supported='no' xmlns:a='urn:a'/>")};
	struct lsec_virt_capabilities found = {0};
	int status = 0;
	armed = true;
	for (size_t i = 0; i < COUNT(documents); i++)
		status |= lsec_virt_capabilities_read(documents[i], strlen(documents[i]), "caps",
		                                      &found, problems);
	armed = false;
	return status;
}

static void say(const void *question, int answer)
{
	armed = false;
	for (size_t i = 0; i < 2000; i++)
		dprintf(answer, "%s", (const char *)question);
}

static int run_worker(struct lsec_problems *problems)
{
	struct lsec_worker worker = {"place", say, "a long answer\n", 60};
	struct lsec_buffer answer = {0};
	armed = true;
	int status = lsec_worker_run(&worker, &answer, problems);
	armed = false;
	if (status == 0)
		note_bytes(answer.bytes, answer.len);
	lsec_buffer_clear(&answer);
	return status;
}

SCENE_TEST(taken, 0)
SCENE_TEST(refused, -1)
SCENE_TEST(bad_capabilities, -1)
SCENE_TEST(worker, 0)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bad_capabilities),
		cmocka_unit_test(test_worker),
	};
	lsec_memory_watch();
	xmlInitParser();
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc libvirt", tests, NULL, NULL);
}

#endif
