/* SPDX-License-Identifier: Apache-2.0 */
/* Which object of the input a VM names: KubeVirt pkg/instancetype/find. */
#include "context.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "launchsec/limits.h"

static const struct lsec_preset_kind kinds[] = {
	{"VirtualMachineInstancetype", false, false},
	{"VirtualMachineClusterInstancetype", true, false},
	{"VirtualMachinePreference", false, true},
	{"VirtualMachineClusterPreference", true, true},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct lsec_preset_kind *lsec_preset_kind_at(size_t index)
{
	return index < KINDS ? &kinds[index] : NULL;
}

const struct lsec_preset_kind *lsec_preset_kind(const struct json_object *object)
{
	const char *kind = lsec_json_text(lsec_json_member(object, "kind"));
	for (size_t i = 0; i < KINDS; i++)
		if (lsec_equal(kind, kinds[i].name))
			return &kinds[i];
	return NULL;
}

void lsec_lint_context_clear(struct lsec_lint_context *context)
{
	json_object_put(context->presets);
	json_object_put(context->cluster);
	*context = (struct lsec_lint_context){0};
}

const char *lsec_metadata_text(const struct json_object *object, const char *name)
{
	const struct json_object *metadata = lsec_json_member(object, "metadata");
	const char *text = lsec_json_text(lsec_json_member(metadata, name));
	return text == NULL ? "" : text;
}

bool lsec_preset_is_large(const struct json_object *preset)
{
	return lsec_json_values(lsec_json_member(preset, "spec")) > LSEC_MAX_PRESET_VALUES;
}

static void remember(struct lsec_lint_context *context, const char *kind, const char *space,
                     struct json_object *object)
{
	cleanup_free char *key =
		lsec_concat(kind, "/", space, "/", lsec_metadata_text(object, "name"));
	if (lsec_json_member(context->presets, key) == NULL)
		lsec_json_add(context->presets, key, json_object_get(object));
}

void lsec_lint_context_add(struct lsec_lint_context *context, struct json_object *object)
{
	const struct lsec_preset_kind *kind = lsec_preset_kind(object);
	if (lsec_equal(lsec_json_text(lsec_json_member(object, "kind")), "KubeVirt")) {
		json_object_put(context->cluster);
		context->cluster = json_object_get(lsec_json_member(object, "spec"));
	}
	if (kind == NULL || lsec_preset_is_large(object))
		return;
	if (context->presets == NULL)
		context->presets = lsec_json_new_object();
	/* Without a namespace, either may come to be in any. */
	if (!kind->cluster && lsec_metadata_text(object, "namespace")[0] != '\0')
		remember(context, kind->name, lsec_metadata_text(object, "namespace"), object);
	remember(context, kind->name, "", object);
}

/* Whether a matcher's kind, in any case and in the plural, too, is that one; a cluster's is what
 * none means. */
static bool is_kind(const char *kind, const struct lsec_preset_kind *one)
{
	size_t len = strlen(one->name);
	if (kind == NULL || kind[0] == '\0')
		return one->cluster;
	return strncasecmp(kind, one->name, len) == 0 &&
	       (kind[len] == '\0' || strcasecmp(kind + len, "s") == 0);
}

/* The preset of a kind and name in a namespace, "" where that is not known. */
static struct json_object *look_up(const struct lsec_lint_context *context,
                                   const struct lsec_preset_kind *kind, const char *space,
                                   const char *name)
{
	cleanup_free char *key = lsec_concat(kind->name, "/", space, "/", name);
	struct json_object *found = lsec_json_member(context->presets, key);
	if (found != NULL || space[0] == '\0')
		return found;
	cleanup_free char *anywhere = lsec_concat(kind->name, "//", name);
	found = lsec_json_member(context->presets, anywhere);
	return lsec_metadata_text(found, "namespace")[0] == '\0' ? found : NULL;
}

struct json_object *lsec_preset_find(const struct lsec_lint_context *context,
                                     const struct json_object *vm, bool preference, bool *ret_open)
{
	const struct json_object *matcher = lsec_json_member(
		lsec_json_member(vm, "spec"), preference ? "preference" : "instancetype");
	const char *kind = lsec_json_text(lsec_json_member(matcher, "kind"));
	const char *name = lsec_json_text(lsec_json_member(matcher, "name"));
	const char *space = lsec_metadata_text(vm, "namespace");
	bool older = lsec_json_member(matcher, "revisionName") != NULL;
	struct json_object *found = NULL;
	if (matcher == NULL)
		return NULL;
	for (size_t i = 0; i < KINDS && name != NULL && !older; i++)
		if (kinds[i].preference == preference && is_kind(kind, &kinds[i]))
			found = look_up(context, &kinds[i], kinds[i].cluster ? "" : space, name);
	*ret_open |= found == NULL;
	return found;
}
