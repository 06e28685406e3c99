/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a libvirt answers, as the bytes that come out of the worker: the first byte says what the
 * domain wants, the rest is the answer. What is read of it, and what that means for the domain, is
 * worked out here from the bytes anew.
 */
#include <libxml/parser.h>

#include "base/text.h"
#include "fuzz.h"
#include "libvirt/answer.h"
#include "libvirt/judge.h"

#define URI "qemu:///fuzz"
#define LONGEST_WORDS 400

static const struct lsec_virt_wish wishes[] = {
	{.tee = LSEC_TEE_NONE},
	{.tee = LSEC_TEE_TDX},
	{.tee = LSEC_TEE_SEV_SNP, .sev = true, .cbitpos = {true, 51}},
	{.tee = LSEC_TEE_SEV_SNP, .sev = true},
	{.tee = LSEC_TEE_NONE, .sev = true},
};

static bool is_printable(const char *text)
{
	while (*text >= 0x20 && *text <= 0x7e)
		text++;
	return *text == '\0';
}

/* The texts of an answer; false where it has fewer. */
static bool split(const char *bytes, size_t len, const char *ret[LSEC_VIRT_FIELDS])
{
	for (size_t i = 0; i < LSEC_VIRT_FIELDS; i++) {
		size_t text = strnlen(bytes, len);
		if (text == len)
			return false;
		ret[i] = bytes;
		bytes += text + 1;
		len -= text + 1;
	}
	return true;
}

/* A failure of ours or a refusal, in words that a terminal can show. */
static void check_said(const struct lsec_problems *problems, bool failed)
{
	HOLDS(problems->count > 0, "nothing is said of it");
	HOLDS(problems->failed == failed, "a problem of the wrong kind: %s",
	      problems->items[0].what);
	for (size_t i = 0; i < problems->count; i++)
		HOLDS(is_printable(problems->items[i].place) &&
		              is_printable(problems->items[i].what),
		      "problem %zu cannot be shown", i);
}

/* libvirt's words are the first line of a field that has some, cut, and for a terminal. */
static void check_words(const char *words, const char *field)
{
	size_t len = strlen(words);
	field += strspn(field, "\n. ");
	if (field[0] == '\0') {
		HOLDS(strcmp(words, "no reason given") == 0, "words of nothing: %s", words);
		return;
	}
	size_t line = strcspn(field, "\n");
	HOLDS(len <= LONGEST_WORDS && len <= line && is_printable(words), "words: %s", words);
	HOLDS(len == 0 || strchr(". ", words[len - 1]) == NULL, "words end in a stop: %s", words);
	for (size_t i = 0; i < len; i++)
		HOLDS(words[i] == field[i] || words[i] == '?', "other words: %s", words);
	for (size_t i = len; i < line && i < LONGEST_WORDS; i++)
		HOLDS(strchr(". ", field[i]) != NULL, "words are missing: %s", words);
}

static bool is_yes(const xmlNode *element)
{
	return element != NULL && fuzz_attribute_is(element, "supported", "yes");
}

static void check_number(struct lsec_virt_number number, const xmlNode *parent, const char *name)
{
	const xmlNode *element = fuzz_child(parent, name);
	fuzz_owned text = element == NULL ? NULL : fuzz_element_text(element);
	HOLDS(number.told == (text != NULL), "%s", name);
	HOLDS(text == NULL || (strspn(text, "0123456789") == strlen(text) &&
	                       strtoull(text, NULL, 10) == number.value),
	      "another %s: %s", name, text);
}

static bool has_type(const xmlNode *security, const char *type)
{
	for (const xmlNode *list = is_yes(security) ? security->children : NULL; list != NULL;
	     list = list->next) {
		if (list->type != XML_ELEMENT_NODE || list->ns != NULL ||
		    strcmp((const char *)list->name, "enum") != 0 ||
		    !fuzz_attribute_is(list, "name", "sectype"))
			continue;
		for (const xmlNode *value = list->children; value != NULL; value = value->next) {
			bool named = value->type == XML_ELEMENT_NODE && value->ns == NULL &&
			             strcmp((const char *)value->name, "value") == 0;
			fuzz_owned text = named ? fuzz_element_text(value) : NULL;
			if (text != NULL && strcmp(text, type) == 0)
				return true;
		}
	}
	return false;
}

static void check_capabilities(const struct lsec_virt_capabilities *found, const char *text)
{
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL,
	                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const xmlNode *root = doc == NULL ? NULL : xmlDocGetRootElement(doc);
	HOLDS(root != NULL && strcmp((const char *)root->name, "domainCapabilities") == 0,
	      "other capabilities were taken");
	const xmlNode *features = fuzz_child(root, "features");
	const xmlNode *sev = fuzz_child(features, "sev");
	const xmlNode *security = fuzz_child(features, "launchSecurity");
	HOLDS(found->sev == is_yes(sev), "sev");
	HOLDS(found->tdx == is_yes(fuzz_child(features, "tdx")), "tdx");
	HOLDS(found->tells_types == (security != NULL), "launchSecurity");
	HOLDS(found->sev_type == has_type(security, "sev"), "type sev");
	HOLDS(found->sev_snp_type == has_type(security, "sev-snp"), "type sev-snp");
	HOLDS(found->tdx_type == has_type(security, "tdx"), "type tdx");
	check_number(found->cbitpos, found->sev ? sev : NULL, "cbitpos");
	check_number(found->reduced_phys_bits, found->sev ? sev : NULL, "reducedPhysBits");
	xmlFreeDoc(doc);
}

static void check_facts(const struct lsec_virt_facts *facts, const char *const *fields)
{
	bool qemu = strcmp(fields[LSEC_VIRT_DRIVER], "QEMU") == 0;
	const char *capabilities = fields[LSEC_VIRT_CAPABILITIES];
	HOLDS(fields[LSEC_VIRT_FAILURE][0] == '\0', "a failure was taken");
	HOLDS(qemu || strcmp(fields[LSEC_VIRT_DRIVER], "TEST") == 0, "another driver was taken");
	HOLDS(strcmp(facts->driver, fields[LSEC_VIRT_DRIVER]) == 0, "another driver");
	HOLDS(facts->libvirt == (uint32_t)strtoul(fields[LSEC_VIRT_LIBVIRT], NULL, 10) &&
	              facts->hypervisor ==
	                      (uint32_t)strtoul(fields[LSEC_VIRT_HYPERVISOR], NULL, 10),
	      "another version");
	HOLDS(facts->has_capabilities == (qemu && capabilities[0] != '\0'), "capabilities");
	HOLDS((facts->no_capabilities != NULL) == (qemu && capabilities[0] == '\0'), "a reason");
	if (facts->has_capabilities)
		check_capabilities(&facts->capabilities, capabilities);
	if (facts->no_capabilities != NULL)
		check_words(facts->no_capabilities, fields[LSEC_VIRT_NO_CAPABILITIES]);
}

/* Whether a version is told, and is from before the TEE. */
static bool is_older(uint32_t version, uint32_t needed)
{
	return version != 0 && version < needed;
}

/* Whether something keeps the domain from starting there. */
static bool is_kept(const struct lsec_virt_facts *facts, const struct lsec_virt_wish *wish,
                    const char *refusal)
{
	const struct lsec_virt_capabilities *has = &facts->capabilities;
	bool qemu = strcmp(facts->driver, "QEMU") == 0;
	bool snp = wish->tee == LSEC_TEE_SEV_SNP;
	bool offered = !qemu || (snp ? has->sev_snp_type : has->tdx_type);
	bool left_out = !wish->cbitpos.told || !wish->reduced_phys_bits.told;
	if (refusal != NULL || (qemu && wish->sev && left_out && !has->sev))
		return true;
	if (wish->tee == LSEC_TEE_NONE)
		return false;
	return (is_older(facts->libvirt, snp ? 10005000 : 11006000) && !offered) ||
	       (qemu && is_older(facts->hypervisor, snp ? 9001000 : 10001000) && !offered) ||
	       (qemu && (!facts->has_capabilities || (has->tells_types && !offered))) ||
	       (has->cbitpos.told && wish->cbitpos.told &&
	        has->cbitpos.value != wish->cbitpos.value);
}

static void check_verdict(const struct lsec_virt_facts *facts, unsigned choice, const char *refusal)
{
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_virt_wish wish = wishes[choice % COUNT(wishes)];
	if (wish.cbitpos.told) /* the host's own, whatever it is */
		wish.reduced_phys_bits = (struct lsec_virt_number){
			true, facts->capabilities.reduced_phys_bits.value};
	bool kept = is_kept(facts, &wish, refusal);
	int status = lsec_virt_judge(facts, &wish, refusal, &report, &problems);
	HOLDS((status < 0) == kept, "judged %d, where the domain is%s kept from starting", status,
	      kept ? "" : " not");
	if (kept)
		check_said(&problems, false);
	HOLDS(kept || !lsec_problems_any(&problems), "a problem, and no refusal");
	for (size_t i = 0; i < report.warning_count; i++)
		HOLDS(is_printable(report.warnings[i].what), "a warning cannot be shown");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned choice = fuzz_byte(&input);
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_problems again LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	fuzz_owned copy = fuzz_copy(input.data, input.size);
	fuzz_owned refusal = NULL;
	const struct lsec_buffer answer = {copy, input.size, input.size};
	const char *fields[LSEC_VIRT_FIELDS] = {0};
	bool whole = split(copy, input.size, fields);
	int status = lsec_virt_answer_refusal(URI, &answer, &refusal, &problems);
	if (status < 0) {
		check_said(&problems, true);
		HOLDS(refusal == NULL, "a failure and a refusal");
		HOLDS(lsec_virt_answer_facts(URI, &answer, &facts, &again) < 0,
		      "facts of a failure");
		check_said(&again, true);
		HOLDS(facts.driver == NULL, "a failure and facts");
		return 0;
	}
	HOLDS(whole, "half an answer was taken");
	HOLDS((refusal != NULL) == (fields[LSEC_VIRT_REFUSAL][0] != '\0'), "a refusal got lost");
	if (refusal != NULL)
		check_words(refusal, fields[LSEC_VIRT_REFUSAL]);
	if (lsec_virt_answer_facts(URI, &answer, &facts, &problems) < 0) {
		check_said(&problems, true);
		HOLDS(facts.driver == NULL, "a failure and facts");
		return 0;
	}
	check_facts(&facts, fields);
	check_verdict(&facts, choice, refusal);
	return 0;
}
