/* SPDX-License-Identifier: Apache-2.0 */
/* What rules ask of the hook sidecars. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "conditions.h"
#include "launchsec/config.h"

const struct json_object *lsec_go_member(const struct json_object *object, const char *name)
{
	const struct json_object *last = NULL;
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (object, key, value)
		if (strcasecmp(key, name) == 0 && value != NULL)
			last = value;
	return last;
}

static bool has_hook(const struct json_object *object)
{
	const struct json_object *metadata = lsec_json_member(object, "metadata");
	return lsec_json_member(lsec_json_member(metadata, "annotations"), LSEC_HOOK_KEY) != NULL;
}

bool lsec_is_misplaced_hook(const struct lsec_spot *spot)
{
	const struct lsec_subject *subject = spot->subject;
	return !has_hook(subject->instance) &&
	       (has_hook(subject->document) || has_hook(subject->owner));
}

bool lsec_is_misspelt_hook(const struct lsec_spot *spot)
{
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (spot->parent, key, value) {
		if (spot->value == NULL && lsec_name_distance(key, LSEC_HOOK_KEY) != SIZE_MAX)
			return !spot->subject->plugin && !lsec_is_misplaced_hook(spot);
	}
	return false;
}

bool lsec_is_missing_hook(const struct lsec_spot *spot)
{
	return spot->subject->asks && !spot->subject->plugin && !lsec_is_misplaced_hook(spot) &&
	       !lsec_is_misspelt_hook(spot) &&
	       (spot->value == NULL ||
	        (spot->subject->hooks != NULL && lsec_json_count(spot->subject->hooks) == 0));
}

/* A member of a sidecar, or what was meant to be that: KubeVirt does not read it, which is
 * reported. */
static const struct json_object *meant(const struct json_object *object, const char *name)
{
	const struct json_object *member = lsec_go_member(object, name);
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (object, key, value) {
		if (member == NULL && lsec_name_distance(key, name) != SIZE_MAX)
			return value;
	}
	return member;
}

/* The same that is a string; "" where it is not there or none. */
static const char *text_of(const struct json_object *object, const char *name)
{
	const char *text = lsec_json_text(meant(object, name));
	return text == NULL ? "" : text;
}

static const char *config_map_of(const struct json_object *sidecar)
{
	return text_of(meant(sidecar, "configMap"), "name");
}

static bool is_ours(const struct json_object *sidecar)
{
	return strstr(text_of(sidecar, "image"), "launchsec") != NULL ||
	       strstr(config_map_of(sidecar), "launchsec") != NULL;
}

static bool any_is_ours(const struct json_object *hooks)
{
	for (size_t i = 0; i < lsec_json_count(hooks); i++)
		if (is_ours(json_object_array_get_idx(hooks, i)))
			return true;
	return false;
}

/* Another rule reports such a list. */
static bool has_other_than_objects(const struct json_object *hooks)
{
	for (size_t i = 0; i < lsec_json_count(hooks); i++)
		if (!json_object_is_type(json_object_array_get_idx(hooks, i), json_type_object))
			return true;
	return false;
}

bool lsec_is_foreign_hook(const struct lsec_spot *spot)
{
	const struct json_object *hooks = spot->subject->hooks;
	return spot->subject->asks && !spot->subject->plugin && lsec_json_count(hooks) > 0 &&
	       !any_is_ours(hooks) && !has_other_than_objects(hooks);
}

bool lsec_is_doubled_hook(const struct lsec_spot *spot)
{
	return spot->subject->asks && spot->subject->plugin && any_is_ours(spot->subject->hooks);
}

bool lsec_is_idle_hook(const struct lsec_spot *spot)
{
	return !spot->subject->asks && !spot->subject->lost && any_is_ours(spot->subject->hooks);
}

bool lsec_is_losing_hook(const struct lsec_spot *spot)
{
	const struct lsec_vmi *vmi = spot->subject->vmi;
	struct lsec_spot key = *spot;
	bool loses = false;
	for (size_t i = 0; i < vmi->annotation_count; i++) {
		key.name = vmi->annotations[i].key;
		const struct lsec_key *known = lsec_key_find(key.name);
		unsigned tees = spot->subject->tees == 0 ? LSEC_TEE_BOTH : spot->subject->tees;
		loses |= known != NULL && (known->tees & tees) != 0 && lsec_is_unknown(&key);
	}
	return loses && !spot->subject->plugin && lsec_json_count(spot->subject->hooks) > 0;
}

/* Whether a value is a list with nothing in it but strings and null, which is "" to Go. */
static bool is_list_of_strings(const struct json_object *value)
{
	for (size_t i = 0; i < lsec_json_count(value); i++) {
		const struct json_object *item = json_object_array_get_idx(value, i);
		if (item != NULL && lsec_json_text(item) == NULL)
			return false;
	}
	return json_object_is_type(value, json_type_array);
}

bool lsec_is_no_list_of_strings(const struct lsec_spot *spot)
{
	return lsec_is_named(spot) && !is_list_of_strings(spot->value);
}

bool lsec_is_repeated(const struct lsec_spot *spot)
{
	const char *name = lsec_json_text(spot->value);
	const struct json_object *hooks = spot->subject->hooks;
	for (size_t i = 0; name != NULL && i < spot->index; i++)
		if (strcmp(name, config_map_of(json_object_array_get_idx(hooks, i))) == 0)
			return true;
	return false;
}

/* KubeVirt's shim, without a command to run something else. */
static bool is_shim(const struct json_object *sidecar)
{
	return json_object_is_type(sidecar, json_type_object) &&
	       text_of(sidecar, "image")[0] == '\0' && lsec_go_member(sidecar, "command") == NULL;
}

/* Others' sidecars may want all of a ConfigMap as a folder. */
bool lsec_is_blank_key(const struct lsec_spot *spot)
{
	return lsec_is_blank(spot) && (is_shim(spot->item) || is_ours(spot->item));
}

bool lsec_is_unseen(const struct lsec_spot *spot)
{
	static const char *const path[] = {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
	                                   "/usr/bin/",        "/sbin/",          "/bin/"};
	const char *text = lsec_json_text(spot->value);
	if (!is_shim(spot->item) || text == NULL || text[0] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		size_t len = strlen(path[i]);
		if (strncmp(text, path[i], len) == 0 &&
		    (strcmp(text + len, "onDefineDomain") == 0 ||
		     strcmp(text + len, "preCloudInitIso") == 0))
			return false;
	}
	return true;
}

/* The value of an option among the arguments, in either form; the last one. */
static const char *option_of(const struct json_object *args, const char *option)
{
	const char *found = NULL;
	size_t len = strlen(option);
	for (size_t i = 0; i < lsec_json_count(args); i++) {
		const char *text = lsec_json_text(json_object_array_get_idx(args, i));
		if (text == NULL || strncmp(text, option, len) != 0)
			continue;
		if (text[len] == '=')
			found = text + len + 1;
		else if (text[len] == '\0')
			found = lsec_json_text(json_object_array_get_idx(args, i + 1));
	}
	return found;
}

bool lsec_is_unread(const struct lsec_spot *spot)
{
	const char *text = lsec_json_text(spot->value);
	return text != NULL && text[0] != '\0' && strcmp(text, LSEC_CONFIG_FILE) != 0 &&
	       strstr(text_of(spot->item, "image"), "launchsec") != NULL &&
	       option_of(lsec_go_member(spot->item, "args"), "--config") == NULL;
}

/* 1 to 3 of v1alpha1 to v1alpha3; 0 for all else. */
static int hook_version(const struct json_object *args)
{
	const char *version = option_of(args, "--version");
	bool known = version != NULL && strncmp(version, "v1alpha", 7) == 0 && version[7] >= '1' &&
	             version[7] <= '3' && version[8] == '\0';
	return known ? version[7] - '0' : 0;
}

bool lsec_is_no_shim_version(const struct lsec_spot *spot)
{
	bool list = spot->value == NULL || json_object_is_type(spot->value, json_type_array);
	return list && is_shim(spot->item) && hook_version(spot->value) == 0;
}

/* All options of `launchsec serve` have a value, behind = or as the next argument. */
bool lsec_is_without_value(const struct lsec_spot *spot)
{
	if (strstr(text_of(spot->item, "image"), "launchsec") == NULL ||
	    lsec_go_member(spot->item, "command") != NULL)
		return false;
	for (size_t i = 0; i < lsec_json_count(spot->value); i++) {
		const char *text = lsec_json_text(json_object_array_get_idx(spot->value, i));
		const char *next = lsec_json_text(json_object_array_get_idx(spot->value, i + 1));
		if (text != NULL && strncmp(text, "--", 2) == 0 && strchr(text, '=') == NULL &&
		    strcmp(text, "--help") != 0 && (next == NULL || strncmp(next, "--", 2) == 0))
			return true;
	}
	return false;
}

bool lsec_is_too_new(const struct lsec_spot *spot)
{
	return hook_version(spot->value) == 3;
}

bool lsec_is_not_told(const struct lsec_spot *spot)
{
	int version = hook_version(spot->value);
	return version == 1 || version == 2;
}

/* The hook passes a domain on as it is where the VM has no annotation; an unknown preference may
 * add some. A sidecar that does nothing is reported by itself. */
bool lsec_is_without_defaults(const struct lsec_spot *spot)
{
	const struct lsec_subject *subject = spot->subject;
	const struct lsec_config *config = subject->config;
	bool snp = (subject->native & LSEC_NATIVE_SNP) != 0;
	size_t tee = lsec_tee_index(snp ? LSEC_TEE_SEV_SNP : LSEC_TEE_TDX);
	if (subject->asks || subject->lost || subject->presets || lsec_is_idle_hook(spot))
		return false;
	for (size_t i = 0; config != NULL && i < LSEC_KEYS; i++)
		if (config->defaults[tee][i].text != NULL || config->forbidden[i] != NULL)
			return true;
	return false;
}
