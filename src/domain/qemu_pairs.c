/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which arguments QEMU would read as options with which values. KubeVirt may build a different
 * command line from a domain than libvirt, and launchsec removes its own arguments or moves them to
 * the end, so each argument is judged with every other that may follow it.
 */
#include <string.h>

#include "arguments.h"
#include "base/text.h"

static bool is_option(const struct lsec_argument *argument)
{
	return argument->value[0] == '-';
}

/* Whether two consecutive arguments are a pair of launchsec's. An object with launchsec's id is,
 * whatever else it sets; a reference only if it has nothing else in it. */
static bool is_own_pair(const struct lsec_argument *option, const struct lsec_argument *argument)
{
	static const char alone[] = "confidential-guest-support=lsec0";
	size_t len = strlen(LSEC_OWN_OBJECT);
	const char *value = argument->value;
	if (strcmp(option->value, "-object") == 0)
		return strncmp(value, LSEC_OWN_OBJECT, len) == 0 &&
		       (value[len] == ',' || value[len] == '}');
	return strcmp(option->value, "-machine") == 0 &&
	       (strcmp(value, LSEC_OWN_MACHINE) == 0 || strcmp(value, alone) == 0);
}

/* Marks launchsec's arguments, also those that become neighbours once others are removed: none may
 * be left. Only what libvirt reads is considered, since launchsec writes them there. */
static void mark_own(struct lsec_arguments *arguments)
{
	struct lsec_argument *of = arguments->of;
	size_t last = SIZE_MAX;
	for (size_t i = 0; i < arguments->count; i++) {
		if ((of[i].readers & LSEC_READ_BY_LIBVIRT) == 0)
			continue;
		if (last != SIZE_MAX && is_own_pair(&of[last], &of[i])) {
			arguments->own = of[last].own = of[i].own = true;
			last = of[last].before;
		} else {
			of[i].before = last;
			last = i;
		}
	}
}

static void found(struct lsec_arguments *arguments, const struct lsec_argument *option,
                  const struct lsec_argument *value, struct lsec_qemu_verdict verdict)
{
	const struct lsec_argument *at = value == NULL ? option : value;
	struct lsec_qemu_finding finding = {
		.verdict = verdict,
		.node = at->node,
		.noun = "",
		.text = lsec_format("%.60s%s%.100s", option->value, value == NULL ? "" : " ",
	                            value == NULL ? "" : value->value),
		.attribute = "value",
		.index = at->index,
	};
	lsec_qemu_found(&arguments->findings, &finding);
}

/* Judges an option with the argument after it, or NULL. *is_value: whether it is the value of
 * another option, so that an unknown one does not count; set to whether the argument after it is
 * its own value. */
static void judge(struct lsec_arguments *arguments, const struct lsec_argument *option,
                  const struct lsec_argument *value, bool *is_value)
{
	bool was_value = *is_value;
	*is_value = false;
	if (!is_option(option))
		return;
	struct lsec_qemu_verdict verdict =
		lsec_qemu_judge(option->value, value == NULL ? NULL : value->value);
	*is_value = !was_value && verdict.takes_value;
	if (verdict.decides != LSEC_QEMU_UNKNOWN || !was_value)
		found(arguments, option, verdict.takes_value ? value : NULL, verdict);
}

/* Neither an option nor the value of one: a disk to QEMU. */
static void judge_bare(struct lsec_arguments *arguments, const struct lsec_argument *argument)
{
	found(arguments, argument, NULL, lsec_qemu_judge(argument->value, NULL));
}

/* In document order. */
static void judge_all(struct lsec_arguments *arguments)
{
	const struct lsec_argument *of = arguments->of;
	bool is_value = false;
	for (size_t i = 0; i < arguments->count; i++) {
		const struct lsec_argument *next = i + 1 < arguments->count ? &of[i + 1] : NULL;
		if (!is_value && !is_option(&of[i]) && !of[i].own)
			judge_bare(arguments, &of[i]);
		if (of[i].own && (next == NULL || next->own))
			is_value = is_option(&of[i]);
		else
			judge(arguments, &of[i], next, &is_value);
	}
}

/* As one reader sees them, with launchsec's own or without, where that makes others neighbours. */
static void judge_as(struct lsec_arguments *arguments, unsigned reader, bool with_own)
{
	struct lsec_argument *of = arguments->of;
	size_t last = SIZE_MAX;
	for (size_t i = 0; i < arguments->count; i++) {
		if ((of[i].readers & reader) == 0 || (of[i].own && !with_own))
			continue;
		bool known = last == SIZE_MAX || last + 1 == i || of[i].judged == last + 1 ||
		             (of[last].own && of[i].own);
		bool is_value = true;
		if (!known) {
			of[i].judged = last + 1;
			judge(arguments, &of[last], &of[i], &is_value);
		}
		last = i;
	}
	if (last == SIZE_MAX || last + 1 == arguments->count || of[last].own ||
	    of[last].judged_last)
		return;
	bool is_value = true;
	of[last].judged_last = true;
	judge(arguments, &of[last], NULL, &is_value);
}

void lsec_arguments_judge(struct lsec_arguments *arguments)
{
	static const unsigned readers[] = {LSEC_READ_BY_LIBVIRT, LSEC_READ_BY_KUBEVIRT,
	                                   LSEC_READ_BY_ANYBODY};
	mark_own(arguments);
	judge_all(arguments);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		judge_as(arguments, readers[i], true);
		judge_as(arguments, readers[i], false);
	}
}
