/* SPDX-License-Identifier: Apache-2.0 */
/* Files of several Kubernetes objects, as kubectl and kustomize write them. */
#include <string.h>

#include "core/json.h"
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
	lsec_owned_json list = json_array();
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

int lsec_objects_read(const char *bytes, size_t len, const char *name, json_t **ret,
                      struct lsec_problems *problems)
{
	lsec_owned_json list = NULL;
	lsec_owned_json object = NULL;
	if (bytes[strspn(bytes, " \t\r\n")] != '{') {
		if (lsec_yaml_read(bytes, len, name, &list, problems) < 0)
			return -1;
		return flatten(list, name, ret, problems);
	}
	list = json_array();
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	if (lsec_json_read(bytes, len, LSEC_MAX_DOCUMENT, name, LSEC_WANT_VMI, &object, problems) <
	    0)
		return -1;
	if (json_array_append(list, object) < 0)
		return lsec_problem_no_memory(problems);
	return flatten(list, name, ret, problems);
}
