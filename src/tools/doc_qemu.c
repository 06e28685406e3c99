/* SPDX-License-Identifier: Apache-2.0 */
/* docs/qemu-arguments.md: what a domain may pass to QEMU past libvirt. */
#include <string.h>

#include "docs.h"
#include "domain/qemu.h"

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
		lsec_buffer_text(ret, row->property == NULL ? "a value of " : " of ");
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

static void rows(struct lsec_buffer *ret, enum lsec_qemu_kind kind)
{
	const struct lsec_qemu_row *one = NULL;
	for (size_t i = 0; (one = lsec_qemu_row(i)) != NULL; i++)
		if (one->kind == kind)
			row(ret, one);
}

static void arguments(struct lsec_buffer *ret)
{
	rows(ret, LSEC_QEMU_ARGUMENT);
}

static void capabilities(struct lsec_buffer *ret)
{
	rows(ret, LSEC_QEMU_CAPABILITY);
}

static void variables(struct lsec_buffer *ret)
{
	rows(ret, LSEC_QEMU_ENVIRONMENT);
}

static void elements(struct lsec_buffer *ret)
{
	rows(ret, LSEC_QEMU_ELEMENT);
}

const struct lsec_doc_mark lsec_doc_qemu[] = {
	{"classes", classes},     {"arguments", arguments}, {"capabilities", capabilities},
	{"variables", variables}, {"elements", elements},   {NULL, NULL},
};
