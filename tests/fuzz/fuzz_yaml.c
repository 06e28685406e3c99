/* SPDX-License-Identifier: Apache-2.0 */
/* A VMI in YAML. Its annotations are those that libyaml's own trees have, and where the document
 * is JSON as well, it says the same as that. Whatever is read, each value is where its mark says.
 */
#include <yaml.h>

#include "input/vmi.h"
#include "marks.h"
#include "vmi.h"

static yaml_node_t *member(yaml_document_t *document, const yaml_node_t *mapping, const char *name)
{
	if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);
		if (key->type == YAML_SCALAR_NODE &&
		    strcmp((const char *)key->data.scalar.value, name) == 0)
			return yaml_document_get_node(document, pair->value);
	}
	return NULL;
}

static bool is_scalar(const yaml_node_t *node, const char *text)
{
	return node != NULL && node->type == YAML_SCALAR_NODE &&
	       strcmp((const char *)node->data.scalar.value, text) == 0;
}

/* A plain null, which is no kind at all. */
static bool is_null(const yaml_node_t *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	bool null = false;
	for (size_t i = 0; i < COUNT(nulls); i++)
		null |= is_scalar(node, nulls[i]);
	return null && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static size_t check_annotations(yaml_document_t *document, const yaml_node_t *annotations,
                                const struct lsec_vmi *vmi)
{
	size_t count = 0;
	if (annotations == NULL || annotations->type != YAML_MAPPING_NODE)
		return 0;
	for (const yaml_node_pair_t *pair = annotations->data.mapping.pairs.start;
	     pair < annotations->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);
		const yaml_node_t *value = yaml_document_get_node(document, pair->value);
		const char *name = (const char *)key->data.scalar.value;
		if (key->type != YAML_SCALAR_NODE ||
		    strncmp(name, LSEC_PREFIX, strlen(LSEC_PREFIX)) != 0)
			continue;
		const char *read = fuzz_annotation(vmi, name);
		HOLDS(read != NULL && is_scalar(value, read), "%s is another", name);
		count++;
	}
	return count;
}

/* The VMI of a document by the document's kind; NULL where it has none. */
static const yaml_node_t *instance_of(yaml_document_t *document)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);
	const yaml_node_t *kind = member(document, root, "kind");
	const yaml_node_t *spec = member(document, root, "spec");
	if (is_scalar(kind, "VirtualMachineInstance"))
		return root;
	if (is_scalar(kind, "VirtualMachinePool"))
		spec = member(document, member(document, spec, "virtualMachineTemplate"), "spec");
	else if (!is_scalar(kind, "VirtualMachine") &&
	         !is_scalar(kind, "VirtualMachineInstanceReplicaSet"))
		return NULL;
	return member(document, spec, "template");
}

struct look {
	const struct lsec_vmi *vmi;
	bool named; /* some document has a VMI by its kind */
};

static size_t has_instance(yaml_document_t *document, const struct look *look)
{
	(void)look;
	return instance_of(document) != NULL;
}

/* One of the documents is the VMI, or has it; where none says so, one without a kind. */
static size_t check_document(yaml_document_t *document, const struct look *look)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);
	const yaml_node_t *kind = member(document, root, "kind");
	const yaml_node_t *instance = instance_of(document);
	if (!look->named && (kind == NULL || is_null(kind)))
		instance = root;
	if (instance == NULL)
		return 0;
	return check_annotations(
		document, member(document, member(document, instance, "metadata"), "annotations"),
		look->vmi);
}

/* The sum of what a function returns for each document. */
static size_t over_documents(const uint8_t *data, size_t size, const struct look *look,
                             size_t (*of)(yaml_document_t *, const struct look *))
{
	yaml_parser_t parser;
	yaml_document_t document;
	size_t sum = 0;
	bool more = true;
	HOLDS(yaml_parser_initialize(&parser) == 1, "out of memory");
	yaml_parser_set_input_string(&parser, data, size);
	while (more) {
		HOLDS(yaml_parser_load(&parser, &document) == 1, "no YAML was taken");
		more = yaml_document_get_root_node(&document) != NULL;
		sum += more ? of(&document, look) : 0;
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
	return sum;
}

static void check_yaml(const struct lsec_vmi *vmi, const uint8_t *data, size_t size)
{
	struct look look = {.vmi = vmi};
	look.named = over_documents(data, size, &look, has_instance) > 0;
	size_t count = over_documents(data, size, &look, check_document);
	/* Mistyped keys are kept, to be refused; which those are is judged by
	 * tests/golden/prefixes.py. */
	for (size_t i = 0; i < vmi->annotation_count; i++)
		count += vmi->annotations[i].mistyped;
	HOLDS(count == vmi->annotation_count, "%zu of %zu annotations", vmi->annotation_count,
	      count);
}

static void check_json(const struct lsec_vmi *vmi, const char *bytes, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_vmi other LSEC_CLEANUP(lsec_vmi_clear) = {0};
	if (lsec_vmi_read_json(bytes, size, "vmi", &other, &problems) < 0)
		return;
	HOLDS(vmi->annotation_count == other.annotation_count, "other annotations than in JSON");
	HOLDS(fuzz_same_text(vmi->name, other.name) &&
	              fuzz_same_text(vmi->name_space, other.name_space) &&
	              fuzz_same_text(vmi->uid, other.uid) &&
	              fuzz_same_text(vmi->qgs_socket_path, other.qgs_socket_path) &&
	              fuzz_same_text(vmi->eviction_strategy, other.eviction_strategy),
	      "other facts than in JSON");
	HOLDS(fuzz_same_text(vmi->launch_security, other.launch_security) &&
	              vmi->quotes_enforced == other.quotes_enforced &&
	              vmi->secure_boot == other.secure_boot &&
	              vmi->persistent_variables == other.persistent_variables,
	      "other flags than in JSON");
}

/* Each member's mark is at its key, where that is written plainly. */
static void check_marks(struct lsec_span text, const struct json_object *value)
{
	const char *key = NULL;
	struct json_object *member = NULL;
	for (size_t i = 0; i < lsec_json_count(value); i++)
		check_marks(text, json_object_array_get_idx(value, i));
	lsec_json_foreach (value, key, member) {
		const char *at = member == NULL ? NULL : fuzz_text_at(text, lsec_yaml_mark(member));
		size_t len = strlen(key);
		size_t quote = at != NULL && *at == '"';
		size_t room = at == NULL ? 0 : (size_t)(text.bytes + text.len - at);
		bool plain = key[strspn(key, "abcdefghijklmnopqrstuvwxyz/.-")] == '\0' && len > 0;
		HOLDS(member == NULL || at != NULL, "the mark of %s is outside", key);
		/* An anchor, single quotes and escapes are other ways to write it. */
		if (plain && at != NULL && strchr("&'!", *at) == NULL &&
		    memchr(at, '\\', room < len + 2 ? room : len + 2) == NULL)
			HOLDS(room >= len + quote && memcmp(at + quote, key, len) == 0,
			      "the mark of %s is elsewhere", key);
		check_marks(text, member);
	}
}

static void check_objects(const char *bytes, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct json_object *list = NULL;
	const struct lsec_span text = {bytes, size};
	if (lsec_objects_read(bytes, size, "objects", &list, &problems) < 0)
		return;
	if (!fuzz_has_foreign(text))
		check_marks(text, list);
	json_object_put(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	fuzz_owned copy = fuzz_copy(data, size);
	check_objects(copy, size);
	if (lsec_vmi_read_yaml(copy, size, "vmi", &vmi, &problems) < 0) {
		fuzz_check_problems(&problems);
		HOLDS(vmi.annotations == NULL && vmi.name == NULL, "a refusal and a VMI");
		return 0;
	}
	size_t first = 0;
	while (first < size && memchr(" \t\r\n", data[first], 4) != NULL)
		first++;
	/* Of JSON libyaml itself does not read all. */
	if (first == size || memchr("{[", data[first], 2) == NULL)
		check_yaml(&vmi, data, size);
	check_json(&vmi, copy, size);
	fuzz_apply_vmi(&vmi, size);
	return 0;
}
