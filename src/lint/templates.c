/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMs inside templates: KubeVirt's virt-template-api (virtualmachinetemplate_types.go), OpenShift's
 * template.openshift.io/v1, cluster-api-provider-kubevirt api/v1alpha1.
 */
#include "templates.h"

#include <string.h>

#include "annotations/prefix.h"
#include "base/text.h"
#include "input/kinds.h"
#include "launchsec/keys.h"

/* Values of parameters are short, and a template has not many: what is put in may not make a small
 * manifest large. */
enum { MOST_VALUES = 256, LONGEST_VALUE = 1024, MOST_ADDED = 1048576 };

static const struct {
	const char *kind;
	const char *place; /* of its VM, or of the list of objects */
	bool list;
	const char *parameters; /* their place, or NULL */
} templates[] = {
	{"VirtualMachineTemplate", "spec.virtualMachine", false, "spec.parameters"},
	{"Template", "objects", true, "parameters"},
	{"KubevirtMachineTemplate", "spec.template.spec.virtualMachineTemplate", false, NULL},
	{"KubevirtMachine", "spec.virtualMachineTemplate", false, NULL},
};
#define TEMPLATES (sizeof(templates) / sizeof(templates[0]))

void lsec_inner_vm_clear(struct lsec_inner_vm *vm)
{
	json_object_put(vm->document);
	free(vm->at);
	*vm = (struct lsec_inner_vm){0};
}

bool lsec_has_parameter(const char *text)
{
	const char *at = text == NULL ? NULL : strstr(text, "${");
	return at != NULL && strchr(at, '}') != NULL;
}

struct filling {
	struct json_object *values; /* by name; owned */
	size_t added;               /* bytes, so far */
};

/* The parameters that have a value. Others are generated, or given later. */
static struct json_object *read_values(const struct json_object *parameters)
{
	struct json_object *values = lsec_json_new_object();
	for (size_t i = 0; i < lsec_json_count(parameters) && i < MOST_VALUES; i++) {
		const struct json_object *one = json_object_array_get_idx(parameters, i);
		const char *name = lsec_json_text(lsec_json_member(one, "name"));
		struct json_object *value = lsec_json_member(one, "value");
		const char *text = lsec_json_text(value);
		if (name != NULL && text != NULL && text[0] != '\0' &&
		    strlen(text) <= LONGEST_VALUE)
			lsec_json_add(values, name, json_object_get(value));
	}
	return values;
}

/* A text with its parameters' values in it; NULL where none has one. */
static char *fill_text(struct filling *filling, const char *text)
{
	struct lsec_buffer ret = {0};
	bool filled = false;
	for (const char *at = strstr(text, "${"); at != NULL; at = strstr(text, "${")) {
		bool twice = at[2] == '{';
		const char *name = at + 2 + twice;
		size_t len = strcspn(name, "}${");
		bool closed = strncmp(name + len, "}}", 1 + (size_t)twice) == 0;
		cleanup_free char *key = lsec_format("%.*s", (int)(len > 255 ? 255 : len), name);
		const char *value =
			closed ? lsec_json_text(lsec_json_member(filling->values, key)) : NULL;
		const char *end = name + len + (closed ? 1 + (size_t)twice : 0);
		if (value != NULL && filling->added + strlen(value) > MOST_ADDED)
			value = NULL;
		lsec_buffer_add(&ret, text, (size_t)(at - text));
		if (value == NULL)
			lsec_buffer_add(&ret, at, (size_t)(end - at));
		else
			lsec_buffer_text(&ret, value);
		filling->added += value == NULL ? 0 : strlen(value);
		filled |= value != NULL;
		text = end;
	}
	lsec_buffer_text(&ret, text);
	char *whole = lsec_buffer_take(&ret);
	if (filled)
		return whole;
	free(whole);
	return NULL;
}

/* ${{NAME}} is replaced by a number or a boolean, not a text. */
static struct json_object *filled_value(const char *before, const char *after)
{
	bool plain = strncmp(before, "${{", 3) == 0 &&
	             strspn(after, "0123456789") == strlen(after) && strlen(after) < 10;
	if (plain && after[0] != '\0')
		return lsec_json_new_number(strtol(after, NULL, 10));
	if (strncmp(before, "${{", 3) == 0 &&
	    (strcmp(after, "true") == 0 || strcmp(after, "false") == 0))
		return lsec_json_new_boolean(after[0] == 't');
	return lsec_json_new_text(after);
}

/* A copy of a value with all parameters filled in; within the reader's limit on depth. */
static struct json_object *fill(struct filling *filling, struct json_object *value)
{
	const char *key = NULL;
	struct json_object *member = NULL;
	const char *text = lsec_json_text(value);
	if (text != NULL && filling->values != NULL) {
		cleanup_free char *after = fill_text(filling, text);
		return after == NULL ? json_object_get(value) : filled_value(text, after);
	}
	if (json_object_is_type(value, json_type_array)) {
		struct json_object *list = lsec_json_new_list();
		for (size_t i = 0; i < lsec_json_count(value); i++)
			lsec_json_append(list, fill(filling, json_object_array_get_idx(value, i)));
		return list;
	}
	if (!json_object_is_type(value, json_type_object))
		return json_object_get(value);
	struct json_object *object = lsec_json_new_object();
	lsec_json_foreach (value, key, member)
		lsec_json_add(object, key, fill(filling, member));
	return object;
}

struct json_object *lsec_copy_objects(struct json_object *value)
{
	return fill(&(struct filling){NULL, 0}, value);
}

/* What may be left out where only a VirtualMachine can be. */
static void complete(struct json_object *document)
{
	if (lsec_json_member(document, "metadata") == NULL)
		lsec_json_add(document, "metadata", lsec_json_new_object());
	if (lsec_json_member(document, "kind") == NULL)
		lsec_json_add_text(document, "kind", "VirtualMachine");
}

/* The next VM of a list of objects, after which *cursor is. */
static struct json_object *vm_of_list(const struct json_object *list, size_t *cursor)
{
	size_t count = lsec_json_count(list);
	while (*cursor < count) {
		struct json_object *object = json_object_array_get_idx(list, (*cursor)++);
		if (lsec_vmi_kind(object) != NULL)
			return object;
	}
	return NULL;
}

bool lsec_inner_vm(const struct json_object *object, size_t *cursor, struct lsec_inner_vm *ret)
{
	const char *kind = lsec_json_text(lsec_json_member(object, "kind"));
	struct filling filling = {NULL, 0};
	size_t row = 0;
	*ret = (struct lsec_inner_vm){0};
	while (row < TEMPLATES && !lsec_equal(kind, templates[row].kind))
		row++;
	if (row == TEMPLATES)
		return false;
	bool list = templates[row].list;
	struct json_object *inner = lsec_json_at(object, templates[row].place, '.');
	if (list)
		inner = vm_of_list(inner, cursor);
	else if ((*cursor)++ > 0)
		inner = NULL;
	if (!json_object_is_type(inner, json_type_object))
		return false;
	if (templates[row].parameters != NULL)
		filling.values = read_values(lsec_json_at(object, templates[row].parameters, '.'));
	ret->document = fill(&filling, inner);
	json_object_put(filling.values);
	complete(ret->document);
	ret->at = list ? lsec_format("objects[%zu].", *cursor - 1)
	               : lsec_concat(templates[row].place, ".");
	return lsec_vmi_kind(ret->document) != NULL;
}

bool lsec_drop_parameters(struct json_object *document, struct lsec_findings *findings)
{
	const struct json_object *owner = NULL;
	const struct json_object *instance = lsec_vmi_instance(document, &owner);
	struct json_object *own = lsec_json_at(instance, "metadata.annotations", '.');
	cleanup_json struct json_object *dropped = lsec_json_new_object();
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (own, key, value)
		if (lsec_key_own(key) != NULL && lsec_has_parameter(lsec_json_text(value)))
			lsec_json_add(dropped, key, NULL);
	lsec_json_foreach (dropped, key, value) {
		lsec_findings_add(
			findings,
			(struct lsec_finding){
				.severity = LSEC_SEVERITY_WARNING,
				.rule = "parameter",
				.place = lsec_strdup(key),
				.what = lsec_strdup(
					"not checked: a parameter in it has no value here; check the manifest that is made from the template")});
		json_object_object_del(own, key);
		/* Any TEE, until it is known. */
		if (strcmp(key, LSEC_PREFIX "type") == 0)
			lsec_json_add_text(own, key, "auto");
	}
	return lsec_json_first(dropped) != NULL;
}

/* Whether a member is a VM's protection: its launchSecurity, or an annotation. */
static bool is_hidden(const char *name, const struct json_object *value)
{
	return lsec_key_own(name) != NULL ||
	       (strcmp(name, "launchSecurity") == 0 &&
	        (lsec_json_member(value, "snp") != NULL || lsec_json_member(value, "tdx") != NULL ||
	         lsec_json_member(value, "sev") != NULL));
}

/* Adds the way to the first such member below a value; false where there is none. */
static bool find_hidden(const struct json_object *value, struct lsec_buffer *place)
{
	const char *key = NULL;
	struct json_object *member = NULL;
	size_t len = place->len;
	for (size_t i = 0; i < lsec_json_count(value); i++) {
		lsec_buffer_format(place, "[%zu]", i);
		if (find_hidden(json_object_array_get_idx(value, i), place))
			return true;
		place->len = len;
	}
	lsec_json_foreach (value, key, member) {
		if (strcmp(key, "status") == 0 || strcmp(key, "managedFields") == 0)
			continue;
		lsec_buffer_text(place, len == 0 ? "" : ".");
		lsec_buffer_text(place, strlen(key) > 60 ? lsec_quote(key).text : key);
		if (is_hidden(key, member) || find_hidden(member, place))
			return true;
		place->len = len;
	}
	return false;
}

char *lsec_find_hidden(const struct json_object *object)
{
	struct lsec_buffer place = {0};
	/* What a controller made of another object, ControllerRevisions among them. */
	if (lsec_json_at(object, "metadata.ownerReferences", '.') == NULL &&
	    find_hidden(object, &place))
		return lsec_buffer_take(&place);
	lsec_buffer_clear(&place);
	return NULL;
}
