/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instancetypes and preferences, applied to a VM. KubeVirt pkg/instancetype/apply: an
 * instancetype's fields, which the VM may not have, too; pkg/instancetype/preference/apply: a
 * preference's, where neither has them. Only what the rules look at is applied.
 */
#include "presets.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "input/kinds.h"
#include "kubevirt.h"
#include "templates.h"

/* How a preset's field meets the VM's. */
enum meeting {
	FILL,     /* the VM's own counts */
	CONFLICT, /* KubeVirt refuses a VM that has it, too */
	REPLACE,  /* the preset's counts */
	EXCLUDE,  /* as CONFLICT, but with nothing to copy */
};

struct row {
	const char *from; /* below the preset's spec */
	const char *to;   /* from the VMI on */
	enum meeting meeting;
	int since; /* x of KubeVirt 1.x */
};

#define DOMAIN "spec.domain."

static const struct row of_instancetype[] = {
	{"cpu", DOMAIN "resources.requests.cpu", EXCLUDE, 0},
	{"cpu", DOMAIN "resources.limits.cpu", EXCLUDE, 0},
	{"cpu", DOMAIN "cpu.sockets", EXCLUDE, 0},
	{"cpu", DOMAIN "cpu.cores", EXCLUDE, 0},
	{"cpu", DOMAIN "cpu.threads", EXCLUDE, 0},
	{"cpu.model", DOMAIN "cpu.model", CONFLICT, 0},
	{"cpu.maxSockets", DOMAIN "cpu.maxSockets", REPLACE, 0},
	{"memory", DOMAIN "resources.requests.memory", EXCLUDE, 0},
	{"memory", DOMAIN "resources.limits.memory", EXCLUDE, 0},
	{"memory.guest", DOMAIN "memory.guest", CONFLICT, 0},
	{"memory.hugepages", DOMAIN "memory.hugepages", CONFLICT, 0},
	{"memory.maxGuest", DOMAIN "memory.maxGuest", CONFLICT, 0},
	{"launchSecurity", DOMAIN "launchSecurity", CONFLICT, 0},
	{"gpus", DOMAIN "devices.gpus", CONFLICT, 0},
	{"hostDevices", DOMAIN "devices.hostDevices", CONFLICT, 0},
	{NULL, NULL, FILL, 0},
};

/* preferredLaunchSecurity: apply/launchsecurity.go, since 1.9. */
static const struct row of_preference[] = {
	{"devices.preferredTPM", DOMAIN "devices.tpm", FILL, 0},
	{"features.preferredSmm", DOMAIN "features.smm", FILL, 0},
	{"machine.preferredMachineType", DOMAIN "machine.type", FILL, 0},
	{"preferredArchitecture", "spec.architecture", FILL, 7},
	{"preferredLaunchSecurity", DOMAIN "launchSecurity", FILL, 9},
	{NULL, NULL, FILL, 0},
};

/* What a preset is applied to. */
struct applying {
	struct json_object *instance;
	struct json_object *origins;
	struct json_object *preset; /* whole */
	int kubevirt;
	const struct lsec_preset_goal *goal;
};

static struct json_object *value_at(const struct json_object *value, const char *path)
{
	return lsec_json_at(value, path, '.');
}

static void put(struct json_object *object, const char *path, struct json_object *value)
{
	lsec_json_put_at(object, path, '.', value);
}

/* Records that the preset sets what is at a place of the VMI. */
static void note(const struct applying *to, const char *place, const char *from)
{
	struct json_object *origin = lsec_json_new_list();
	cleanup_free char *who = lsec_concat(lsec_preset_kind(to->preset)->name, "/",
	                                     lsec_metadata_text(to->preset, "name"));
	cleanup_free char *there = lsec_concat("spec.", from);
	lsec_json_append(origin, lsec_json_new_text(who));
	lsec_json_append(origin, lsec_json_new_text(there));
	lsec_json_add(to->origins, place, origin);
}

/* Both have it. */
static void refuse(const struct applying *to, const char *place)
{
	if (to->goal == NULL) /* a preset alone meets nothing */
		return;
	lsec_findings_add(
		to->goal->findings,
		(struct lsec_finding){
			.severity = LSEC_SEVERITY_ERROR,
			.rule = "preset",
			.place = strchr(place, '/') == NULL ? lsec_concat(to->goal->base, place)
	                                                    : lsec_strdup(place),
			.what = lsec_format(
				"%s/%s sets this, too, so KubeVirt refuses the VM; remove one",
				lsec_preset_kind(to->preset)->name,
				lsec_quote(lsec_metadata_text(to->preset, "name")).text)});
}

/* Whether a value is there as Go sees it: no zero, no empty text or list. */
static bool is_set(const struct json_object *value)
{
	return value != NULL && !lsec_equal(lsec_json_text(value), "") &&
	       !(json_object_is_type(value, json_type_int) && json_object_get_int64(value) == 0) &&
	       !(json_object_is_type(value, json_type_array) && lsec_json_count(value) == 0);
}

static void apply_rows(const struct applying *to, const struct row *rows)
{
	const struct json_object *spec = lsec_json_member(to->preset, "spec");
	for (; rows->from != NULL; rows++) {
		struct json_object *value = value_at(spec, rows->from);
		bool there = is_set(value_at(to->instance, rows->to));
		bool known = to->kubevirt == LSEC_KUBEVIRT_ANY || to->kubevirt >= rows->since;
		if (!is_set(value) || !known || (there && rows->meeting == FILL))
			continue;
		if (there && rows->meeting != REPLACE) {
			refuse(to, rows->to);
		} else if (rows->meeting != EXCLUDE) {
			put(to->instance, rows->to, json_object_get(value));
			note(to, rows->to, rows->from);
		}
	}
}

/* Annotations are texts; launchsec refuses others elsewhere. */
static bool is_same(const struct json_object *a, const struct json_object *b)
{
	const char *text = lsec_json_text(a);
	const char *other = lsec_json_text(b);
	return text != NULL && other != NULL && strcmp(text, other) == 0;
}

static void apply_annotations(const struct applying *to, bool preference)
{
	const struct json_object *given = lsec_json_at(to->preset, "spec.annotations", '.');
	struct json_object *own = lsec_json_at(to->instance, "metadata.annotations", '.');
	const char *key = NULL;
	struct json_object *value = NULL;
	if (lsec_json_first(given) == NULL)
		return;
	if (own == NULL) {
		put(to->instance, "metadata.annotations", lsec_json_new_object());
		own = lsec_json_at(to->instance, "metadata.annotations", '.');
	}
	if (!json_object_is_type(own, json_type_object))
		return;
	lsec_json_foreach (given, key, value) {
		struct json_object *there = lsec_json_member(own, key);
		if (there == NULL) {
			lsec_json_add(own, key, json_object_get(value));
			note(to, key, "annotations");
		} else if (!preference && !is_same(there, value)) {
			refuse(to, key);
		}
	}
}

/* apply/cpu.go: one vCPU in each socket, unless the preference sets another topology. */
static void apply_topology(const struct applying *to, const struct json_object *preference)
{
	const struct json_object *guest =
		value_at(lsec_json_member(to->preset, "spec"), "cpu.guest");
	const struct json_object *spec = lsec_json_member(preference, "spec");
	const char *how = lsec_json_text(value_at(spec, "cpu.preferredCPUTopology"));
	const char *across = lsec_json_text(value_at(spec, "cpu.spreadOptions.across"));
	int64_t ratio = json_object_get_int64(value_at(spec, "cpu.spreadOptions.ratio"));
	int64_t sockets = json_object_get_int64(guest);
	if (ratio <= 0)
		ratio = json_object_get_int64(
			lsec_json_member(spec, "preferSpreadSocketToCoreRatio"));
	if (ratio <= 0)
		ratio = 2;
	if (how != NULL && (strcasestr(how, "cores") != NULL || strcasestr(how, "threads") != NULL))
		sockets = 1;
	else if (how != NULL && strcasestr(how, "spread") != NULL)
		sockets = across == NULL || strcmp(across, "SocketsCores") == 0 ? sockets / ratio
		          : strcmp(across, "CoresThreads") == 0                 ? 1
		                                                : sockets / 2 / ratio;
	if (guest == NULL || value_at(to->instance, DOMAIN "cpu.sockets") != NULL ||
	    value_at(to->instance, DOMAIN "cpu.cores") != NULL)
		return;
	put(to->instance, DOMAIN "cpu.sockets", lsec_json_new_number(sockets));
	note(to, DOMAIN "cpu.sockets", "cpu.guest");
}

/* preference/apply/firmware.go. */
static void apply_firmware(const struct applying *to)
{
	static const char bootloader[] = DOMAIN "firmware.bootloader";
	static const char place[] = DOMAIN "firmware.bootloader.efi";
	const struct json_object *firmware =
		value_at(lsec_json_member(to->preset, "spec"), "firmware");
	struct json_object *preferred = lsec_json_member(firmware, "preferredEfi");
	struct json_object *secure = lsec_json_member(firmware, "preferredUseSecureBoot");
	const struct json_object *own = value_at(to->instance, bootloader);
	bool bios = lsec_json_is(lsec_json_member(firmware, "preferredUseBios"), true);
	bool open = lsec_json_member(own, "efi") == NULL && lsec_json_member(own, "bios") == NULL;
	if (bios && open) {
		put(to->instance, DOMAIN "firmware.bootloader.bios", lsec_json_new_object());
		note(to, DOMAIN "firmware.bootloader.bios", "firmware.preferredUseBios");
		return;
	}
	if (open && preferred != NULL) {
		put(to->instance, place, json_object_get(preferred));
		note(to, place, "firmware.preferredEfi");
		return;
	}
	if (open && lsec_json_is(lsec_json_member(firmware, "preferredUseEfi"), true)) {
		put(to->instance, place, lsec_json_new_object());
		note(to, place, "firmware.preferredUseEfi");
	}
	if (secure != NULL && value_at(to->instance, place) != NULL &&
	    value_at(to->instance, DOMAIN "firmware.bootloader.efi.secureBoot") == NULL) {
		put(to->instance, DOMAIN "firmware.bootloader.efi.secureBoot",
		    json_object_get(secure));
		note(to, DOMAIN "firmware.bootloader.efi.secureBoot",
		     "firmware.preferredUseSecureBoot");
	}
}

static void apply(const struct applying *to, const struct json_object *preference)
{
	bool is_preference = lsec_preset_kind(to->preset)->preference;
	if (is_preference) {
		apply_rows(to, of_preference);
		apply_firmware(to);
		apply_annotations(to, true);
		return;
	}
	apply_rows(to, of_instancetype);
	if (to->goal != NULL) /* else what a preference makes of it is open */
		apply_topology(to, preference);
	apply_annotations(to, false);
}

void lsec_presets_apply(const struct lsec_lint_context *context, struct json_object *document,
                        int kubevirt, struct lsec_preset_vm *ret,
                        const struct lsec_preset_goal *goal)
{
	const struct json_object *owner = NULL;
	*ret = (struct lsec_preset_vm){.origins = lsec_json_new_object()};
	lsec_vmi_instance(document, &owner);
	struct json_object *instancetype = lsec_preset_find(context, owner, false, &ret->open);
	struct json_object *preference = lsec_preset_find(context, owner, true, &ret->open);
	if (instancetype == NULL && preference == NULL) {
		ret->document = json_object_get(document);
		return;
	}
	ret->document = lsec_copy_objects(document);
	struct json_object *instance = lsec_unconst(lsec_vmi_instance(ret->document, &owner));
	struct applying to = {instance, ret->origins, instancetype, kubevirt, goal};
	if (!json_object_is_type(instance, json_type_object))
		return;
	if (instancetype != NULL)
		apply(&to, preference);
	to.preset = preference;
	if (preference != NULL)
		apply(&to, NULL);
}

void lsec_preset_alone(struct json_object *preset, int kubevirt, struct lsec_preset_vm *ret)
{
	struct json_object *vmi = lsec_json_new_object();
	*ret = (struct lsec_preset_vm){vmi, lsec_json_new_object(), true};
	lsec_json_add_text(vmi, "kind", "VirtualMachineInstance");
	put(vmi, "metadata.name", lsec_json_new_text(lsec_metadata_text(preset, "name")));
	put(vmi, "spec.domain", lsec_json_new_object());
	apply(&(struct applying){vmi, ret->origins, preset, kubevirt, NULL}, NULL);
}

void lsec_preset_vm_clear(struct lsec_preset_vm *vm)
{
	json_object_put(vm->document);
	json_object_put(vm->origins);
	*vm = (struct lsec_preset_vm){0};
}

size_t lsec_preset_origin(const struct lsec_preset_vm *vm, const char *place, const char **ret_who,
                          const char **ret_place)
{
	size_t longest = 0;
	const char *key = NULL;
	struct json_object *origin = NULL;
	lsec_json_foreach (vm->origins, key, origin) {
		size_t len = strlen(key);
		if (len <= longest || strncmp(place, key, len) != 0 ||
		    strchr(".[", place[len]) == NULL)
			continue;
		longest = len;
		*ret_who = lsec_json_text(json_object_array_get_idx(origin, 0));
		*ret_place = lsec_json_text(json_object_array_get_idx(origin, 1));
	}
	return longest;
}
