/* SPDX-License-Identifier: Apache-2.0 */
/* Files of several Kubernetes objects, as kubectl and kustomize write them. */
#include <string.h>

#include "core/json.h"
#include "vmi.h"

/* Puts the items of a List behind the others; true when it was one. */
static int expand(const json_t *object, json_t *list, bool *ret, struct lsec_problems *problems)
{
	const json_t *kind = lsec_json_member(object, "kind");
	const json_t *items = lsec_json_member(object, "items");
	size_t len = json_string_length(kind);
	*ret = len >= 4 && strcmp(json_string_value(kind) + len - 4, "List") == 0 &&
	       json_is_array(items);
	for (size_t i = 0; *ret && i < json_array_size(items); i++)
		if (json_array_append(list, json_array_get(items, i)) < 0)
			return lsec_problem_no_memory(problems);
	return 0;
}

/* Lists give way to their items; documents with nothing in them go. */
static int flatten(const json_t *documents, json_t **ret, struct lsec_problems *problems)
{
	lsec_owned_json list = json_array();
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	for (size_t i = 0; i < json_array_size(documents); i++) {
		json_t *object = json_array_get(documents, i);
		bool expanded = false;
		if (expand(object, list, &expanded, problems) < 0)
			return -1;
		if (!expanded && !json_is_null(object) && json_array_append(list, object) < 0)
			return lsec_problem_no_memory(problems);
	}
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
		return flatten(list, ret, problems);
	}
	list = json_array();
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	if (lsec_json_read(bytes, len, LSEC_MAX_DOCUMENT, name, LSEC_WANT_VMI, &object, problems) <
	    0)
		return -1;
	if (json_array_append(list, object) < 0)
		return lsec_problem_no_memory(problems);
	return flatten(list, ret, problems);
}
