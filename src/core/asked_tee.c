/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --tee stands for the annotation `type` where the VM leaves it open: `type: auto`, or a VM that
 * names no TEE at all, or SEV, which the annotation would upgrade.
 */
#include "asked_tee.h"

#include <string.h>

#include "base/text.h"

#define CHOOSE "--tee sev-snp or --tee tdx"

const char *lsec_annotation_of(const struct lsec_vmi *vmi, const char *key)
{
	for (size_t i = 0; i < vmi->annotation_count; i++)
		if (!vmi->annotations[i].mistyped && strcmp(vmi->annotations[i].key, key) == 0)
			return vmi->annotations[i].value;
	return NULL;
}

bool lsec_is_untouched(const struct lsec_vmi *vmi)
{
	return vmi->annotation_count == 0 || lsec_equal(lsec_annotation_of(vmi, "type"), "none");
}

enum lsec_tee lsec_tee_of(const struct lsec_own_tee *own)
{
	return own->name == NULL ? LSEC_TEE_NONE : lsec_tee_find(own->name);
}

/* Refuses a VM whose TEE nothing sets. */
static int refuse_open_tee(const struct lsec_vmi *vmi, const struct lsec_own_tee *own,
                           struct lsec_problems *problems)
{
	if (lsec_equal(lsec_annotation_of(vmi, "type"), "auto"))
		return lsec_problem_add(
			problems, LSEC_TYPE,
			"auto leaves the TEE to the node, and each TEE measures differently; choose one with " CHOOSE);
	if (own->name != NULL)
		return lsec_problem_add(
			problems, own->place,
			"%s is measured differently from SEV-SNP; set " LSEC_TYPE
			" to sev-snp, which upgrades it, or measure the upgrade with --tee sev-snp",
			lsec_quote(own->name).text);
	if (own->open)
		return lsec_problem_add(
			problems, own->place,
			"missing, and the instancetype or preference that may set it is in another object; choose the TEE with " CHOOSE);
	return lsec_problem_add(
		problems, own->place,
		"missing, and no annotation asks for protection, so nothing measures the VM; set " LSEC_TYPE
		", or choose what to measure with " CHOOSE);
}

int lsec_refuse_other_tee(enum lsec_tee given, const char *name, const char *from,
                          struct lsec_problems *problems)
{
	return lsec_problem_add(
		problems, "--tee",
		"%s contradicts the VM, whose TEE is %s (%s); remove --tee, or correct the VM",
		lsec_tee_name(given), name, from);
}

/* Whether the VM leaves its TEE open. */
static bool is_open(const struct lsec_vmi *vmi, const struct lsec_own_tee *own)
{
	const char *type = lsec_annotation_of(vmi, "type");
	bool silent = type == NULL && (vmi->annotation_count == 0 || own->open);
	return lsec_equal(type, "auto") ||
	       ((silent || lsec_equal(type, "none")) && lsec_tee_of(own) == LSEC_TEE_NONE);
}

int lsec_fill_tee(const struct lsec_inputs_request *request, const struct lsec_own_tee *own,
                  struct lsec_filled_tee *ret, struct lsec_problems *problems)
{
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	const struct lsec_vmi *vmi = request->vm->vmi;
	const char *type = lsec_annotation_of(vmi, "type");
	enum lsec_tee given = request->given.tee;
	enum lsec_tee of_own = lsec_tee_of(own);
	bool upgrade = given == LSEC_TEE_SEV_SNP && lsec_equal(own->name, "sev");
	*ret = (struct lsec_filled_tee){LSEC_TEE_NONE, "--tee"};
	if (!is_open(vmi, own))
		return 0;
	if (lsec_equal(type, "auto") && given == LSEC_TEE_NONE &&
	    lsec_host_choose(request->vm->host, of_own, LSEC_TYPE, &ret->tee, &ignored) == 0) {
		ret->from = of_own == LSEC_TEE_NONE ? "facts of the node" : own->place;
		return 0;
	}
	if (given == LSEC_TEE_NONE)
		return refuse_open_tee(vmi, own, problems);
	if (lsec_equal(type, "none"))
		return lsec_refuse_other_tee(given, "none", LSEC_TYPE, problems);
	if (own->name != NULL && of_own != given && !upgrade)
		return lsec_refuse_other_tee(given, lsec_quote(own->name).text, own->place,
		                             problems);
	ret->tee = given;
	return 0;
}

struct lsec_vmi lsec_vmi_with_tee(const struct lsec_vmi *vmi, enum lsec_tee tee)
{
	size_t count = vmi->annotation_count;
	struct lsec_annotation *annotations = lsec_calloc(count + 1, sizeof(*annotations));
	size_t at = count;
	for (size_t i = 0; i < count; i++) {
		annotations[i] = vmi->annotations[i];
		if (strcmp(annotations[i].key, "type") == 0)
			at = i;
	}
	struct lsec_vmi ret = *vmi;
	ret.annotations = annotations;
	if (tee == LSEC_TEE_NONE)
		return ret;
	annotations[at] = (struct lsec_annotation){lsec_unconst("type"),
	                                           lsec_unconst(lsec_tee_name(tee)), false};
	ret.annotation_count = at == count ? count + 1 : count;
	return ret;
}
