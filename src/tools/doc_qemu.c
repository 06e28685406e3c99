/* SPDX-License-Identifier: Apache-2.0 */
/* docs/qemu-arguments.md: what a domain may give QEMU behind libvirt's back. */
#include <string.h>

#include "core/qemu.h"
#include "docs.h"

static const char introduction[] =
	"<!-- Written by \"make docs\" from the program's tables; do not edit. -->\n"
	"# QEMU arguments in a domain\n\n"
	"A domain can carry arguments for QEMU (`<qemu:commandline>`), changes to devices "
	"(`<qemu:override>`), and\nwhat libvirt shall believe of QEMU "
	"(`<qemu:capabilities>`). Other hooks write them, and QEMU follows them whatever\n"
	"libvirt says. launchsec looks at each of them before it protects a VM:\n\n"
	"| class | what it can do | accepted |\n"
	"|---|---|---|\n";

static const char rules[] =
	"\nIn the cluster, `\"forbid\": [\"allow-qemu-arguments\"]` keeps that annotation from "
	"VMs, and "
	"`\"forbid\": [\"firmware\"]`\nrefuses all that is of class firmware, whatever the "
	"annotation "
	"says.\n\n"
	"- Everything in libvirt's namespace for QEMU "
	"(`http://libvirt.org/schemas/domain/qemu/1.0`) "
	"is found at any depth: libvirt\n  reads children of `<domain>` only, but KubeVirt moves "
	"arguments and variables from anywhere to the root. Where they\n  would be harmless, a "
	"warning says "
	"so.\n"
	"- Arguments are read as QEMU reads them: with one dash or two, `_` as `-`, `key=value,…` "
	"with "
	"doubled commas, JSON with\n  single or double quotes. JSON that cannot be read counts as "
	"the "
	"most that its option can do.\n"
	"- A value is judged with every option that may come to stand in front of it.\n"
	"- What launchsec wrote itself in an earlier call (the object `lsec0`, "
	"[qgs](qgs.md)) stays its own, in "
	"`/domain/qemu:commandline` only.\n"
	"- A property of an option that no row names counts as the option's last row. In names and "
	"values "
	"`*` stands for any text.\n";

static const struct {
	enum lsec_qemu_kind kind;
	const char *title, *head;
} sections[] = {
	{LSEC_QEMU_ARGUMENT,
         "Arguments\n\n`<qemu:property>` of an override is read as a property of `-device`; "
         "`driver` is the "
         "name of the device.",
         "option | property"},
	{LSEC_QEMU_CAPABILITY, "Capabilities\n\nTo be added or deleted.", "capability | "},
	{LSEC_QEMU_ENVIRONMENT, "Variables\n\nOf QEMU's environment, `<qemu:env>`.", "variable | "},
};

/* Alternatives as code: `a`, `b`. */
static void names(struct lsec_buffer *ret, const char *pattern)
{
	for (;;) {
		size_t len = strcspn(pattern, "|");
		lsec_buffer_text(ret, "`");
		lsec_buffer_add(ret, pattern, len);
		lsec_buffer_text(ret, "`");
		if (pattern[len] == '\0')
			return;
		lsec_buffer_text(ret, ", ");
		pattern += len + 1;
	}
}

static void row(struct lsec_buffer *ret, const struct lsec_qemu_row *row)
{
	lsec_buffer_text(ret, "| ");
	names(ret, row->name);
	lsec_buffer_text(ret, " | ");
	if (row->property != NULL)
		names(ret, row->property);
	if (row->value != NULL && row->value[0] == '\0')
		lsec_buffer_text(ret, " that is empty");
	else if (row->value != NULL) {
		lsec_buffer_text(ret, " of ");
		names(ret, row->value);
	}
	lsec_buffer_format(ret, " | %s | %s |\n", lsec_qemu_class(row->decides)->name, row->why);
}

static void classes(struct lsec_buffer *ret)
{
	for (size_t i = LSEC_QEMU_CLASSES; i-- > 0;) {
		const struct lsec_qemu_class_row *class = lsec_qemu_class(i);
		const char *accepted =
			i == LSEC_QEMU_PROTECTION ? "never"
			: class->can != NULL
				? "with annotation `allow-qemu-arguments: \"yes\"`, with a warning"
			: i == LSEC_QEMU_UNKNOWN ? "with a warning"
						 : "yes";
		lsec_buffer_format(ret, "| %s | %s | %s |\n", class->name,
		                   class->can != NULL       ? class->can
		                   : i == LSEC_QEMU_UNKNOWN ? "launchsec cannot tell"
		                                            : "nothing of the above",
		                   accepted);
	}
}

void lsec_doc_qemu(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, introduction);
	classes(ret);
	lsec_buffer_text(ret, rules);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const struct lsec_qemu_row *one = NULL;
		lsec_buffer_format(ret,
		                   "\n## %s\n\n| %s | class | what it does |\n|---|---|---|---|\n",
		                   sections[i].title, sections[i].head);
		for (size_t j = 0; (one = lsec_qemu_row(j)) != NULL; j++)
			if (one->kind == sections[i].kind)
				row(ret, one);
	}
}
