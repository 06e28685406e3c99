/* SPDX-License-Identifier: Apache-2.0 */
/* docs/lint.md: the command that checks manifests, and its rules. */
#include <string.h>

#include "docs.h"
#include "lint/rules.h"

static const char introduction[] =
	"<!-- Written by \"make docs\" from the program's tables; do not edit. -->\n"
	"# Checking a manifest\n\n"
	"`launchsec lint` reads a VM's manifest before it is applied, and tells what KubeVirt, "
	"libvirt "
	"or launchsec\nwould refuse in it, and what would start without protection. It needs no "
	"cluster.\n\n"
	"```sh\n"
	"launchsec lint deploy/samples/configmap-snp.yaml --kubevirt 1.8\n"
	"kustomize build overlays/production | launchsec lint --kubevirt 1.8 -\n"
	"```\n\n"
	"Each finding is a line on standard error with its place, its reason, and how to mend "
	"it:\n\n"
	"```console\n"
	"$ launchsec lint deploy/samples/configmap-snp.yaml --kubevirt 1.6  # exit 3\n";

static const char description[] =
	"```\n\n"
	"- **Files** are JSON or YAML, also with several documents or a List, as `kubectl get -o "
	"yaml` "
	"and kustomize write\n  them. VirtualMachine, VirtualMachineInstance, "
	"VirtualMachineInstanceReplicaSet and VirtualMachinePool are\n  looked at; other objects "
	"are "
	"skipped, which standard output says,\n  or an error where they have annotations of ours "
	"(a mistyped kind). One VM at least has to be there.\n"
	"- **An error** is what will be refused, or starts unprotected; the exit status is 3 then. "
	"**A "
	"warning** is what works\n  otherwise than one might think; with `--strict` it counts in "
	"the "
	"exit status.\n"
	"- **`--kubevirt`** names the version that is to run the VM, such as `1.6` or `v1.6.2`. "
	"Without it, what holds for\n  some versions only is a warning that names them; versions "
	"before "
	"1.5, which cannot protect a VM, are left out. Of a\n  newer version than 1.9 the rules of "
	"that are taken.\n"
	"- **`--plugin`** says that the cluster has launchsec as a [Plugin](deploy.md#plugin): VMs "
	"need "
	"no hook sidecar then.\n"
	"- **Annotations** are checked by the same code as in `launchsec apply`, with `--config`, "
	"`--default` and `--forbid` as\n  there, against the domain that KubeVirt is going to "
	"make. What "
	"a host decides (`cbitpos`) is left open.\n"
	"- **`--format json`** prints all findings on standard output, also with status 3: "
	"`severity`, "
	"`rule`, `place`, `what`,\n  and `mend` where `what` does not say it.\n"
	"- **`spec.instancetype` and `spec.preference`** may add EFI, Secure Boot or "
	"launchSecurity: what "
	"is missing is only a\n  warning then.\n"
	"- A VM with `type: \"none\"` is checked for its annotations alone, one without "
	"annotations for "
	"what KubeVirt says to its\n  `launchSecurity`.\n\n"
	"What it cannot see: feature gates, nodes, whether ConfigMaps, images and sockets exist, "
	"cluster "
	"defaults that are not given.\n"
	"The feature gates that a VM needs are in [Deployment](deploy.md#feature-gates).\n\n"
	"## Rules\n\n"
	"`file`, `annotations` and `apply` are what the reader, and launchsec's own checks and "
	"warnings, "
	"say ([Errors](errors.md));\n`hook-json` is an annotation of sidecars that is no JSON "
	"list. The "
	"others:\n\n"
	"| rule | severity | KubeVirt | for | place | wanted |\n"
	"|---|---|---|---|---|---|\n";

static const char end[] =
	"\n`…[]` is any item of a list, `…*` any member. Places in a template begin with where "
	"that is, "
	"such as `spec.template.`;\nthose that begin with `[]` are in the list of "
	"`" LSEC_HOOK_KEY
	"`, whose names are read as KubeVirt does, in\ncapitals or not. Each rule "
	"names its source in [rules.c](../src/lint/rules.c).\n";

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

static void row(struct lsec_buffer *ret, const struct lsec_rule *rule)
{
	lsec_buffer_format(ret, "| `%s` | ", rule->id);
	severity(ret, rule);
	lsec_buffer_text(ret, " | ");
	versions(ret, rule);
	lsec_buffer_text(ret, " | ");
	subjects(ret, rule);
	lsec_buffer_format(ret, " | `%s` | %s |\n", lsec_rule_place(rule),
	                   lsec_rule_text(rule, LSEC_RULE_WANT));
}

void lsec_doc_lint(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, introduction);
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++)
		if (strcmp(rule->id, "native-version") == 0)
			lsec_buffer_format(ret,
			                   "launchsec: error: deploy/samples/configmap-snp.yaml: "
			                   "VirtualMachine/snp: "
			                   "spec.template.spec.domain.launchSecurity.snp: found "
			                   "\"snp\"; want %s: "
			                   "%s\n",
			                   lsec_rule_text(rule, LSEC_RULE_WANT),
			                   lsec_rule_text(rule, LSEC_RULE_MEND));
	lsec_buffer_text(ret, description);
	for (const struct lsec_rule *rule = lsec_rules(); rule->id[0] != '\0'; rule++)
		row(ret, rule);
	lsec_buffer_text(ret, end);
}
