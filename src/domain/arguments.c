/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk through a domain. libvirt reads only children of the root, by namespace; KubeVirt reads
 * arguments and variables at any depth, by namespace too (TransferQEMUCommandline in
 * pkg/virt-launcher/virtwrap/api/translate). Elements that only look like them, by their prefix or
 * without a namespace inside of such an element, are judged alike: a later step may turn them into
 * real ones.
 */
#include "arguments.h"

#include <string.h>

#include "base/text.h"
#include "qemu_elements.h"
#include "xml.h"

struct walk {
	struct lsec_arguments *ret;
	struct lsec_problems *problems;
	const xmlNode *root;
	const xmlNode *section;   /* the outermost element of QEMU's that the walk is in, or NULL */
	const xmlNode *misplaced; /* the last parent of which that was found */
	const xmlNode *line;      /* the last one that libvirt reads, and its arguments so far */
	unsigned index;
	bool lifting; /* inside of what KubeVirt reads as a command line */
};

static bool is_named(const xmlNode *node, const char *name)
{
	return name == NULL || strcmp((const char *)node->name, name) == 0;
}

bool lsec_is_qemu(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
	       strcmp((const char *)node->ns->href, LSEC_QEMU_NAMESPACE) == 0 &&
	       is_named(node, name);
}

/* By its namespace, or by its prefix, whatever that stands for. */
static bool looks_like_qemu(const xmlNode *node)
{
	return lsec_is_qemu(node, NULL) || (node->ns != NULL && node->ns->prefix != NULL &&
	                                    strcmp((const char *)node->ns->prefix, "qemu") == 0);
}

/* In /domain/qemu:SECTION, as libvirt wants it. */
static bool stands_in(const struct walk *walk, const xmlNode *node, const char *section)
{
	return lsec_is_qemu(node, NULL) && lsec_is_qemu(node->parent, section) &&
	       node->parent->parent == walk->root;
}

/* Whether an element is outside of the place where libvirt reads it; once for each parent. */
static bool is_misplaced(struct walk *walk, const xmlNode *node)
{
	if (stands_in(walk, node, "commandline") || walk->misplaced == node->parent)
		return false;
	walk->misplaced = node->parent;
	return true;
}

static void add_argument(struct walk *walk, xmlNode *node)
{
	struct lsec_arguments *ret = walk->ret;
	struct lsec_argument argument = {.node = node, .readers = LSEC_READ_BY_ANYBODY};
	cleanup_free char *value = lsec_xml_attribute(node, "value", walk->problems);
	if (value == NULL)
		value = lsec_strdup("");
	ret->of = lsec_grow(ret->of, ret->count, &ret->room, sizeof(*ret->of));
	if (stands_in(walk, node, "commandline")) {
		argument.readers |= LSEC_READ_BY_LIBVIRT;
		walk->index = walk->line == node->parent ? walk->index + 1 : 1;
		walk->line = node->parent;
		argument.index = walk->index;
	}
	if (walk->lifting && lsec_is_qemu(node, NULL))
		argument.readers |= LSEC_READ_BY_KUBEVIRT;
	argument.value = lsec_steal(&value);
	ret->of[ret->count++] = argument;
}

/* A kind of finding for messages, and whether it is valid in one place only. */
struct kind {
	const char *noun, *attribute;
	bool placed;
};
static const struct kind of_argument = {"element ", NULL, true};
static const struct kind of_element = {"element ", NULL, false};
static const struct kind of_variable = {"variable ", "name", true};
static const struct kind of_capability = {"capability ", "capability", false};
static const struct kind of_property = {"property ", "name", false};

static void found(struct walk *walk, const xmlNode *node, const struct kind *kind, const char *name,
                  struct lsec_qemu_verdict verdict)
{
	bool misplaced = kind->placed && is_misplaced(walk, node);
	struct lsec_qemu_finding finding = {
		.verdict = verdict,
		.misplaced = misplaced && verdict.decides == LSEC_QEMU_HARMLESS,
		.node = node,
		.noun = kind->noun,
		.text = lsec_format("%.60s", name == NULL ? "" : name),
		.attribute = kind->attribute,
	};
	lsec_qemu_found(&walk->ret->findings, &finding);
}

static void look_at_argument(struct walk *walk, xmlNode *node)
{
	static const struct lsec_qemu_verdict harmless = {.decides = LSEC_QEMU_HARMLESS};
	add_argument(walk, node);
	found(walk, node, &of_argument, "arg", harmless);
}

static void look_at_variable(struct walk *walk, xmlNode *node)
{
	cleanup_free char *name = lsec_xml_attribute(node, "name", walk->problems);
	found(walk, node, &of_variable, name,
	      lsec_qemu_judge_name(LSEC_QEMU_ENVIRONMENT, name == NULL ? "" : name, ""));
}

static void look_at_capability(struct walk *walk, xmlNode *node)
{
	cleanup_free char *name = lsec_xml_attribute(node, "capability", walk->problems);
	found(walk, node, &of_capability, name,
	      lsec_qemu_judge_name(LSEC_QEMU_CAPABILITY, name == NULL ? "" : name, ""));
}

/* One that is removed is judged as one that is set to anything. */
static void look_at_property(struct walk *walk, xmlNode *node)
{
	cleanup_free char *name = lsec_xml_attribute(node, "name", walk->problems);
	cleanup_free char *type = lsec_xml_attribute(node, "type", walk->problems);
	cleanup_free char *value = lsec_xml_attribute(node, "value", walk->problems);
	found(walk, node, &of_property, name,
	      lsec_qemu_judge_property(name == NULL ? "" : name,
	                               lsec_equal(type, "remove") ? NULL : value));
}

static void look_at_nothing(struct walk *walk, xmlNode *node)
{
	(void)walk;
	(void)node;
}

/* Elements of the namespace (libvirt qemuDomainDefNamespaceParse()). */
static const struct {
	const char *name;
	void (*look)(struct walk *walk, xmlNode *node);
} readers[] = {
	{"arg", look_at_argument},         {"env", look_at_variable},
	{"add", look_at_capability},       {"del", look_at_capability},
	{"property", look_at_property},    {"commandline", look_at_nothing},
	{"capabilities", look_at_nothing}, {"override", look_at_nothing},
	{"device", look_at_nothing},       {"frontend", look_at_nothing},
	{"deprecation", look_at_nothing},
};

/*
 * KubeVirt's reader leaves a command line at the first end tag of one, so it loses what follows a
 * nested one; libvirt ignores everything inside of an argument.
 */
static void refuse_nested(struct walk *walk, const xmlNode *node)
{
	found(walk, node, &of_element, (const char *)node->name,
	      lsec_qemu_judge_name(LSEC_QEMU_ELEMENT, "qemu:commandline//qemu:*", ""));
}

static bool is_nested(const struct walk *walk, const xmlNode *node)
{
	return (walk->lifting && is_named(node, "commandline")) ||
	       (node->parent != walk->root &&
	        (lsec_is_qemu(node->parent, "arg") || lsec_is_qemu(node->parent, "env")));
}

static void look_at(struct walk *walk, xmlNode *node)
{
	static const struct lsec_qemu_verdict unknown = {.decides = LSEC_QEMU_UNKNOWN};
	bool qemu = looks_like_qemu(node);
	if (!qemu && walk->section == NULL)
		return;
	if (is_nested(walk, node))
		refuse_nested(walk, node);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (!is_named(node, readers[i].name))
			continue;
		readers[i].look(walk, node);
		return;
	}
	if (qemu)
		found(walk, node, &of_element, (const char *)node->name, unknown);
}

static void enter(struct walk *walk, const xmlNode *node)
{
	if (walk->section == NULL && looks_like_qemu(node))
		walk->section = node;
	if (lsec_is_qemu(node, "commandline"))
		walk->lifting = true;
}

static void leave(struct walk *walk, const xmlNode *node)
{
	if (walk->section == node)
		walk->section = NULL;
	if (lsec_is_qemu(node, "commandline"))
		walk->lifting = false;
}

/* The node after one and all that is in it, in document order; NULL at the end of the root. */
static xmlNode *next_of(struct walk *walk, xmlNode *node)
{
	for (; node != NULL && node != walk->root; node = node->parent) {
		leave(walk, node);
		if (node->next != NULL)
			return node->next;
	}
	return NULL;
}

void lsec_arguments_find(xmlNode *root, struct lsec_arguments *ret, struct lsec_problems *problems)
{
	struct walk walk = {.ret = ret, .problems = problems, .root = root};
	for (xmlNode *node = root->children; node != NULL;) {
		bool element = node->type == XML_ELEMENT_NODE;
		if (element) {
			look_at(&walk, node);
			enter(&walk, node);
		}
		node = element && node->children != NULL ? node->children : next_of(&walk, node);
	}
	lsec_qemu_find_elements(root, &ret->findings, problems);
	lsec_arguments_judge(ret);
	lsec_qemu_refuse_protection(&ret->findings, problems);
}

void lsec_arguments_clear(struct lsec_arguments *arguments)
{
	for (size_t i = 0; i < arguments->count; i++)
		free(arguments->of[i].value);
	free(arguments->of);
	lsec_qemu_findings_clear(&arguments->findings);
	*arguments = (struct lsec_arguments){0};
}
