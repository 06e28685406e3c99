/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes a VM's manifest, one value after the other: each is set in the text, by lines, and in
 * what was read of it, and the text is read again and has to say the same. So nothing else changes,
 * whatever the manifest's style is.
 */
#include "init_edit.h"

#include <string.h>

#include "input/vmi.h"
#include "input/yaml.h"
#include "input/yaml_edit.h"
#include "launchsec/limits.h"
#include "lint/kubevirt.h"

void lsec_init_clear(struct lsec_init *init)
{
	lsec_buffer_clear(&init->text);
	lsec_buffer_clear(&init->changes);
	json_object_put(init->objects);
}

/* A value of the VM; NULL where there is none. */
struct json_object *lsec_init_at(const struct lsec_init *init, const char *path)
{
	return lsec_json_at(json_object_array_get_idx(init->objects, init->document), path, '|');
}

int lsec_init_read(const struct lsec_buffer *text, const char *name, struct json_object **ret,
                   struct lsec_problems *problems)
{
	const struct lsec_json_text in = {.bytes = text->bytes,
	                                  .len = text->len,
	                                  .longest = LSEC_MAX_DOCUMENT,
	                                  .name = name,
	                                  .what = LSEC_WANT_VMI};
	return lsec_yaml_read(&in, LSEC_MAX_MANIFEST_VALUES, ret, problems);
}

/* Whether the edited text says what is wanted: `value` at `path`, all else as before. */
static bool took(struct lsec_init *init, const struct lsec_buffer *text,
                 const struct lsec_yaml_edit *edit)
{
	struct lsec_problems unheard LSEC_CLEANUP(lsec_problems_clear) = {0};
	cleanup_json struct json_object *found = NULL;
	cleanup_json struct json_object *value = NULL;
	const struct lsec_buffer one = {lsec_unconst(edit->value), strlen(edit->value), 0};
	if (lsec_init_read(&one, "", &value, &unheard) < 0 ||
	    lsec_init_read(text, "", &found, &unheard) < 0)
		return false;
	lsec_json_put_at(json_object_array_get_idx(init->objects, init->document), edit->path, '|',
	                 json_object_get(json_object_array_get_idx(value, 0)));
	return json_object_equal(found, init->objects) != 0;
}

/* Sets a value and says so, or what is to be pasted by hand. */
int lsec_init_change(struct lsec_init *init, const char *path, const char *value, const char *why)
{
	cleanup_buffer struct lsec_buffer edited = {0};
	cleanup_free char *place = lsec_strdup(path);
	const struct lsec_yaml_edit edit = {init->document, path, value};
	bool good = lsec_yaml_set(&init->text, &edit, &edited) == 0 && took(init, &edited, &edit);
	for (char *bar = place; (bar = strchr(bar, '|')) != NULL;)
		*bar = '.';
	/* Without its comment. */
	const char *comment = strstr(value, " # ");
	int len = (int)(comment == NULL ? strlen(value) : (size_t)(comment - value));
	if (!good)
		return lsec_problem_add(
			init->problems, init->name,
			"%s cannot be set by inserting lines (flow style, JSON, anchors or another value); edit the file to set it to %.*s (%s)",
			place, len, value, why);
	lsec_buffer_clear(&init->text);
	init->text = edited;
	edited = (struct lsec_buffer){0};
	lsec_buffer_format(&init->changes, "%s = %.*s (%s)\n", place, len, value, why);
	return 0;
}

/* The path of what is below the VM's template. */
static char *below(const struct lsec_init *init, const char *path)
{
	char *full = lsec_concat(init->kind->path, path);
	for (char *dot = full; dot < full + strlen(init->kind->path); dot++)
		*dot = *dot == '.' ? '|' : *dot;
	return full;
}

struct json_object *lsec_init_there(const struct lsec_init *init, const char *path)
{
	cleanup_free char *full = below(init, path);
	return lsec_init_at(init, full);
}

/* Sets a value below the VM's template, unless it is there. */
int lsec_init_want(struct lsec_init *init, const char *path, const char *value, const char *why)
{
	cleanup_free char *full = below(init, path);
	struct json_object *found = lsec_init_at(init, full);
	if (found != NULL && strcmp(json_object_get_string(found), value) == 0)
		return 0;
	return lsec_init_change(init, full, value, why);
}

bool lsec_init_is_before(const struct lsec_init *init, int minor)
{
	return init->kubevirt != LSEC_KUBEVIRT_ANY && init->kubevirt < minor;
}
