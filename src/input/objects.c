/* SPDX-License-Identifier: Apache-2.0 */
/* Files that people write: of one VM, or of several Kubernetes objects, as kubectl and kustomize
 * write them. */
#include <string.h>

#include "hardware.h"
#include "kinds.h"
#include "vmi.h"
#include "yaml.h"

/* Whether an object is a list of others; their items are where the API has them. */
static bool is_list(const struct json_object *object)
{
	const char *kind = lsec_json_text(lsec_json_member(object, "kind"));
	size_t len = kind == NULL ? 0 : strlen(kind);
	return len >= 4 && strcmp(kind + len - 4, "List") == 0;
}

/* Adds an object, or the items of a List, which may be such again: as deep as the readers go. */
static int add(struct json_object *object, const char *name, struct json_object *list,
               struct lsec_problems *problems)
{
	struct json_object *items = lsec_json_member(object, "items");
	int status = 0;
	if (!is_list(object)) {
		lsec_json_append(list, json_object_get(object));
		return 0;
	}
	if (items != NULL && !json_object_is_type(items, json_type_array))
		return lsec_problem_add(problems, name,
		                        "the items of a List must be a list, got %s",
		                        lsec_json_kind(items));
	for (size_t i = 0; i < lsec_json_count(items); i++)
		status |= add(json_object_array_get_idx(items, i), name, list, problems);
	return status;
}

/* Without what the readers of one VMI empty. */
int lsec_vmi_check_size(struct json_object *document, const char *name,
                        struct lsec_problems *problems)
{
	const struct json_object *metadata = lsec_json_member(document, "metadata");
	const struct json_object *unread[] = {lsec_json_member(document, "status"),
	                                      lsec_json_member(metadata, "managedFields")};
	size_t count = lsec_json_values(document);
	for (size_t i = 0; i < 2; i++)
		count -= unread[i] == NULL ? 0 : lsec_json_values(unread[i]) - 1;
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_json_write(&text, document);
	if (lsec_vmi_check_length(text.len, name, problems) < 0)
		return -1;
	if (count <= LSEC_MAX_JSON_VALUES)
		return 0;
	return lsec_problem_add(problems, name,
	                        "the document has %zu values, but the limit is %d; shorten it",
	                        count, LSEC_MAX_JSON_VALUES);
}

int lsec_objects_read(const char *bytes, size_t len, const char *name, struct json_object **ret,
                      struct lsec_problems *problems)
{
	const struct lsec_json_text text = {
		.bytes = bytes,
		.len = len,
		.longest = LSEC_MAX_DOCUMENT,
		.name = name,
		.what = LSEC_WANT_VMI,
		.marks = true,
	};
	cleanup_json struct json_object *documents = NULL;
	cleanup_json struct json_object *list = lsec_json_new_list();
	int status = lsec_yaml_read(&text, LSEC_MAX_MANIFEST_VALUES, &documents, problems);
	/* Lists are replaced by their items; empty documents are dropped. */
	for (size_t i = 0; i < lsec_json_count(documents); i++) {
		struct json_object *document = json_object_array_get_idx(documents, i);
		status |= document == NULL ? 0 : add(document, name, list, problems);
	}
	if (status < 0)
		return -1;
	*ret = list;
	list = NULL;
	return 0;
}

/* The one VM or VMI of several documents, or the only one. Borrowed. */
static int pick(const struct json_object *list, const char *name, const struct json_object **ret,
                struct lsec_problems *problems)
{
	size_t documents = lsec_json_count(list);
	size_t matches = 0;
	if (documents == 0)
		return lsec_problem_add(problems, name, "is empty; must be " LSEC_WANT_VMI);
	*ret = json_object_array_get_idx(list, 0);
	for (size_t i = 0; i < documents; i++) {
		const struct json_object *document = json_object_array_get_idx(list, i);
		if (lsec_vmi_kind(document) == NULL)
			continue;
		*ret = document;
		matches++;
	}
	if (matches > 1 || (matches == 0 && documents > 1))
		return lsec_problem_add(problems, name,
		                        "must contain exactly one " LSEC_KUBEVIRT_VM
		                        ", got %zu in %zu documents",
		                        matches, documents);
	return 0;
}

/* Whether there may be something to empty; most manifests have nothing, and a copy of the largest
 * takes 3 MiB. */
static bool has_status(const char *bytes, size_t len)
{
	return memmem(bytes, len, "\"status\"", 8) != NULL ||
	       memmem(bytes, len, "\"managedFields\"", 15) != NULL;
}

/* The one VM of a text. */
static int read_vm(struct lsec_span bytes, const char *name, struct json_object **ret,
                   struct lsec_problems *problems)
{
	cleanup_free char *copy = NULL;
	cleanup_json struct json_object *list = NULL;
	const struct json_object *document = NULL;
	if (lsec_vmi_check_length(bytes.len, name, problems) < 0)
		return -1;
	if (lsec_yaml_is_json(bytes.bytes, bytes.len) && has_status(bytes.bytes, bytes.len))
		bytes.bytes = copy = lsec_vmi_without_status(bytes.bytes, bytes.len);
	const struct lsec_json_text text = {
		.bytes = bytes.bytes,
		.len = bytes.len,
		.longest = LSEC_MAX_VMI,
		.name = name,
		.what = LSEC_WANT_VMI,
	};
	if (lsec_yaml_read(&text, LSEC_MAX_JSON_VALUES, &list, problems) < 0 ||
	    pick(list, name, &document, problems) < 0)
		return -1;
	if (!json_object_is_type(document, json_type_object))
		return lsec_problem_add(problems, name, "is %s; must be " LSEC_WANT_VMI,
		                        lsec_yaml_kind(document));
	*ret = json_object_get(lsec_unconst(document));
	return 0;
}

int lsec_vmi_read_yaml(const char *bytes, size_t len, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems)
{
	cleanup_json struct json_object *document = NULL;
	if (read_vm((struct lsec_span){bytes, len}, name, &document, problems) < 0)
		return -1;
	return lsec_vmi_from_json(document, name, ret, problems);
}

int lsec_manifest_read(const struct lsec_manifest *manifest, struct lsec_vmi *ret_vmi,
                       struct lsec_hardware *ret_hardware, struct lsec_problems *problems)
{
	const struct lsec_span bytes = {manifest->bytes, manifest->len};
	cleanup_json struct json_object *document = NULL;
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	struct lsec_hardware hardware LSEC_CLEANUP(lsec_hardware_clear) = {0};
	if (read_vm(bytes, manifest->name, &document, problems) < 0)
		return -1;
	int status = lsec_vmi_from_json(document, manifest->name, &vmi, problems);
	status |= lsec_hardware_from_json(document, &hardware, problems);
	if (status < 0)
		return -1;
	*ret_vmi = vmi;
	vmi = (struct lsec_vmi){0};
	*ret_hardware = hardware;
	hardware = (struct lsec_hardware){0};
	return 0;
}
