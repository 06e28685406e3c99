/* SPDX-License-Identifier: Apache-2.0 */
/* docs/lint.md: the command that checks manifests, and its rules. */
#include <string.h>

#include "docs.h"
#include "lint/ignore.h"
#include "lint/rules.h"

static void versions(struct lsec_buffer *ret, const struct lsec_rule *rule)
{
	if (rule->since != 0 && rule->before != 0)
		lsec_buffer_format(ret, "1.%d to 1.%d", rule->since, rule->before - 1);
	else if (rule->since != 0)
		lsec_buffer_format(ret, "from 1.%d", rule->since);
	else if (rule->before != 0)
		lsec_buffer_format(ret, "before 1.%d", rule->before);
	else
		lsec_buffer_text(ret, "all");
}

static void severity(struct lsec_buffer *ret, const struct lsec_rule *rule)
{
	lsec_buffer_text(ret, lsec_severity_name((enum lsec_severity)rule->severity));
	if (rule->softens > 0)
		lsec_buffer_format(ret, "; from 1.%d a warning", rule->softens);
}

/* Which VMs a rule is for. */
static void subjects(struct lsec_buffer *ret, const struct lsec_rule *rule)
{
	static const struct {
		unsigned native;
		const char *name;
	} kinds[] = {
		{LSEC_NATIVE_SEV, "`sev`"}, {LSEC_NATIVE_SNP, "`snp`"}, {LSEC_NATIVE_TDX, "`tdx`"}};
	const char *comma = "";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((rule->native & kinds[i].native) == 0)
			continue;
		lsec_buffer_format(ret, "%s%s", comma, kinds[i].name);
		comma = ", ";
	}
	if (rule->native != 0)
		return;
	if (rule->tees == 0)
		lsec_buffer_text(ret, "all");
	for (size_t i = 0; i < LSEC_TEES; i++) {
		if ((rule->tees & (unsigned)lsec_tee_at(i)) == 0)
			continue;
		lsec_buffer_format(ret, "%s%s", comma, lsec_tee_title(lsec_tee_at(i)));
		comma = ", ";
	}
}

/* Whether an earlier row has the same id, and so the anchor to which SARIF leads. */
static bool is_later(const struct lsec_rule *rule)
{
	for (const struct lsec_rule *one = lsec_rules(); one < rule; one++)
		if (strcmp(one->id, rule->id) == 0)
			return true;
	return false;
}

static void row(struct lsec_buffer *ret, const struct lsec_rule *rule)
{
	lsec_buffer_format(ret, "| [`%s`](../tests/lint/%s)", rule->id, rule->id);
	if (!is_later(rule))
		lsec_buffer_format(ret, "<a id=\"rule-%s\"></a>", rule->id);
	lsec_buffer_text(ret, " | ");
	severity(ret, rule);
	lsec_buffer_text(ret, " | ");
	versions(ret, rule);
	lsec_buffer_text(ret, " | ");
	subjects(ret, rule);
	lsec_buffer_format(ret, " | `%s` | ", rule->place);
	lsec_rule_tell(ret, rule->problem);
	lsec_buffer_format(ret, " | %s |\n", rule->fix);
}

static void rules(struct lsec_buffer *ret)
{
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++)
		row(ret, rule);
}

/* What the program says to the document's example, whose KubeVirt is too old. */
static void example(struct lsec_buffer *ret)
{
	const struct lsec_rule *rule = lsec_rules();
	while (strcmp(rule->id, "native-version") != 0)
		rule++;
	lsec_buffer_format(
		ret,
		"launchsec: error: deploy/samples/configmap-snp.yaml:24:11: VirtualMachine/snp: spec.template.spec.domain.launchSecurity.snp: %s; %s\ndeploy/samples/configmap-snp.yaml: VirtualMachine/snp: sev-snp: 1 error, 0 warnings\n1 file, 1 VM: 1 error, 0 warnings\n",
		rule->problem, rule->fix);
}

/* The rules that have no row. */
static void others(struct lsec_buffer *ret)
{
	struct lsec_rule_name rules[LSEC_MOST_RULES];
	lsec_rule_names(rules);
	for (size_t i = 0; strcmp(rules[i].id, lsec_rules()->id) != 0; i++)
		lsec_buffer_format(ret,
		                   "| [`%s`](../tests/lint/%s)<a id=\"rule-%s\"></a> | %s | %s |\n",
		                   rules[i].id, rules[i].id, rules[i].id,
		                   lsec_severity_name(rules[i].severity), rules[i].problem);
}

static void hook_key(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LSEC_HOOK_KEY);
}

const struct lsec_doc_mark lsec_doc_lint[] = {
	{"example", example},   {"rules", rules}, {"others", others},
	{"hook-key", hook_key}, {NULL, NULL},
};
