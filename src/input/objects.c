/* SPDX-License-Identifier: Apache-2.0 */
/* Files of several Kubernetes objects, as kubectl and kustomize write them. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "vmi.h"

/* Whether an object is a list of others; their items are where the API has them. */
static bool is_list(const json_t *object)
{
	const json_t *kind = lsec_json_member(object, "kind");
	size_t len = json_string_length(kind);
	return len >= 4 && strcmp(json_string_value(kind) + len - 4, "List") == 0;
}

/* Adds an object, or the items of a List, which may be such again: as deep as the readers go. */
static int add(json_t *object, const char *name, json_t *list, struct lsec_problems *problems)
{
	json_t *items = lsec_json_member(object, "items");
	int status = 0;
	if (!is_list(object))
		return json_array_append(list, object) < 0 ? lsec_problem_no_memory(problems) : 0;
	if (items != NULL && !json_is_array(items))
		return lsec_problem_add(problems, name,
		                        "found %s as the items of a List; want a list",
		                        lsec_json_kind(items));
	for (size_t i = 0; i < json_array_size(items); i++)
		status |= add(json_array_get(items, i), name, list, problems);
	return status;
}

/* Lists give way to their items; documents with nothing in them go. */
static int flatten(const json_t *documents, const char *name, json_t **ret,
                   struct lsec_problems *problems)
{
	cleanup_json json_t *list = json_array();
	int status = 0;
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	for (size_t i = 0; i < json_array_size(documents); i++)
		if (!json_is_null(json_array_get(documents, i)))
			status |= add(json_array_get(documents, i), name, list, problems);
	if (status < 0)
		return -1;
	*ret = list;
	list = NULL;
	return 0;
}

static int add_length(const char *bytes, size_t len, void *ret)
{
	(void)bytes;
	*(size_t *)ret += len;
	return 0;
}

static size_t count_values(const json_t *value)
{
	const char *key = NULL;
	json_t *member = NULL;
	size_t count = 1;
	for (size_t i = 0; i < json_array_size(value); i++)
		count += count_values(json_array_get(value, i));
	json_object_foreach (lsec_unconst(value), key, member)
		count += count_values(member);
	return count;
}

/* Without what the readers of one VMI empty. */
int lsec_vmi_check_size(const json_t *document, const char *name, struct lsec_problems *problems)
{
	const json_t *metadata = lsec_json_member(document, "metadata");
	const json_t *unread[] = {lsec_json_member(document, "status"),
	                          lsec_json_member(metadata, "managedFields")};
	size_t len = 0;
	size_t count = count_values(document);
	for (size_t i = 0; i < 2; i++)
		count -= unread[i] == NULL ? 0 : count_values(unread[i]) - 1;
	if (json_dump_callback(document, add_length, &len, JSON_COMPACT) < 0)
		return lsec_problem_no_memory(problems);
	if (lsec_vmi_check_length(len, name, problems) < 0)
		return -1;
	if (count <= LSEC_MAX_JSON_VALUES)
		return 0;
	return lsec_problem_add(problems, name,
	                        "the document has %zu values, but the limit is %d; shorten it",
	                        count, LSEC_MAX_JSON_VALUES);
}

int lsec_objects_read(const char *bytes, size_t len, const char *name, json_t **ret,
                      struct lsec_problems *problems)
{
	static const struct lsec_json_limits limits = {LSEC_MAX_DOCUMENT, LSEC_MAX_MANIFEST_VALUES};
	cleanup_json json_t *list = NULL;
	cleanup_json json_t *object = NULL;
	if (bytes[strspn(bytes, " \t\r\n")] != '{') {
		if (lsec_yaml_read(bytes, len, &limits, name, &list, problems) < 0)
			return -1;
		return flatten(list, name, ret, problems);
	}
	list = json_array();
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	if (lsec_json_read_within(bytes, len, &limits, name, LSEC_WANT_VMI, &object, problems) < 0)
		return -1;
	if (json_array_append(list, object) < 0)
		return lsec_problem_no_memory(problems);
	return flatten(list, name, ret, problems);
}
