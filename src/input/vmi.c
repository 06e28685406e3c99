/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the facts that launchsec needs from a VMI's JSON. */
#include "vmi.h"

#include <string.h>

#include "annotations/prefix.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "kinds.h"
#include "launchsec/keys.h"
#include "yaml.h"

static const char *kind_of(const struct json_object *document)
{
	return lsec_json_text(lsec_json_member(document, "kind"));
}

/* The member at the end of a path, which has to be an object, or may be absent: then *ret is NULL.
 */
static int object_member(const struct json_object *parent, const char *path, const char *document,
                         struct json_object **ret, struct lsec_problems *problems)
{
	const char *dot = strrchr(path, '.');
	*ret = lsec_json_member(parent, dot == NULL ? path : dot + 1);
	if (*ret == NULL || json_object_is_type(*ret, json_type_object))
		return 0;
	return lsec_problem_add(problems, document, "%s must be an object, got %s", path,
	                        lsec_json_kind(*ret));
}

/* A member that is a string or absent. */
static int string_member(const struct json_object *parent, const char *name, const char *document,
                         char **ret, struct lsec_problems *problems)
{
	struct json_object *value = lsec_json_member(parent, name);
	if (value == NULL)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return lsec_problem_add(problems, document, "%s must be a string, got %s", name,
		                        lsec_json_kind(value));
	cleanup_free char *place = lsec_format("%s: %s", document, name);
	return lsec_json_string(value, place, ret, problems);
}

/* A member that is there and true. */
static bool is_true(const struct json_object *parent, const char *name)
{
	return lsec_json_is(lsec_json_member(parent, name), true);
}

/* Adds an annotation after the others; its key must be new. */
static void append(struct lsec_vmi *vmi, const char *key, const char *value, bool mistyped)
{
	vmi->annotations = lsec_grow(vmi->annotations, vmi->annotation_count, &vmi->annotation_room,
	                             sizeof(*vmi->annotations));
	vmi->annotations[vmi->annotation_count++] =
		(struct lsec_annotation){lsec_strdup(key), lsec_strdup(value), mistyped};
}

/* What YAML makes of a text without quotes. */
static bool is_scalar(const struct json_object *value)
{
	return json_object_is_type(value, json_type_boolean) ||
	       json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

/* Whether a key's value is of bytes, which a number does not have any more: 0xabcd is 43981. */
static bool is_bytes(const char *name)
{
	const struct lsec_key *key = lsec_key_find(name);
	return key != NULL && (key->type == LSEC_VALUE_BYTES || key->type == LSEC_VALUE_BIND);
}

static int read_annotation(const char *key, struct json_object *value, struct lsec_vmi *vmi,
                           struct lsec_problems *problems)
{
	cleanup_free char *place = lsec_vmi_annotation_place(key);
	const char *own = lsec_key_own(key);
	if (own == NULL && lsec_key_nearly_own(key)) { /* refused with the rest: settings.c */
		append(vmi, key, "", true);
		return 0;
	}
	if (own == NULL && value == NULL) /* To Kubernetes an empty text. */
		return 0;
	if (own != NULL && is_scalar(value) && !is_bytes(own)) /* for checks of what is refused */
		append(vmi, own, json_object_get_string(value), false);
	if (!json_object_is_type(value, json_type_string))
		return lsec_problem_add(problems, place,
		                        "the value must be a string, got %s; put it in quotes",
		                        lsec_json_kind(value));
	if (own == NULL && strcmp(key, LSEC_KUBEVIRT_QGS) != 0)
		return 0;
	cleanup_free char *text = NULL;
	if (lsec_json_string(value, place, &text, problems) < 0)
		return -1;
	if (own != NULL)
		append(vmi, own, text, false);
	else
		vmi->qgs_socket_path = lsec_steal(&text);
	return 0;
}

static int read_annotations(const struct json_object *metadata, const char *name,
                            struct lsec_vmi *vmi, struct lsec_problems *problems)
{
	struct json_object *annotations = NULL;
	if (object_member(metadata, "metadata.annotations", name, &annotations, problems) < 0)
		return -1;
	int status = 0;
	if (annotations == NULL)
		return 0;
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (annotations, key, value) {
		bool ours = lsec_key_own(key) != NULL || lsec_key_nearly_own(key);
		if (vmi->annotation_count == LSEC_MAX_ANNOTATIONS && ours)
			return lsec_problem_add(
				problems, name,
				"more than " LSEC_TEXT(
					LSEC_MAX_ANNOTATIONS) " annotations with the prefix " LSEC_PREFIX
							      ", which is the limit; remove some");
		status |= read_annotation(key, value, vmi, problems);
	}
	return status;
}

/* In the order of KubeVirt's converter/compute/launch_security.go. */
static const char *launch_security_of(const struct json_object *security)
{
	static const char *const names[][2] = {{"snp", "sev-snp"}, {"sev", "sev"}, {"tdx", "tdx"}};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lsec_json_member(security, names[i][0]) != NULL)
			return names[i][1];
	return NULL;
}

static int read_spec(const struct json_object *document, const char *name, struct lsec_vmi *vmi,
                     struct lsec_problems *problems)
{
	struct json_object *spec = NULL;
	if (object_member(document, "spec", name, &spec, problems) < 0)
		return -1;
	struct json_object *domain = lsec_json_member(spec, "domain");
	struct json_object *security = lsec_json_member(domain, "launchSecurity");
	struct json_object *bootloader = lsec_json_at(domain, "firmware.bootloader", '.');
	struct json_object *efi = lsec_json_member(bootloader, "efi");
	/* KubeVirt: EFI means Secure Boot unless it is switched off. */
	vmi->secure_boot = efi != NULL && (lsec_json_member(efi, "secureBoot") == NULL ||
	                                   is_true(efi, "secureBoot"));
	vmi->persistent_variables = is_true(efi, "persistent");
	vmi->launch_security = launch_security_of(security);
	/* Up to KubeVirt's main only the KubeVirt CR has `enforced`, and its device plugin enforces
	 * it; a VM's own `attestation` is in open proposals. */
	vmi->quotes_enforced = is_true(lsec_json_at(security, "tdx.attestation", '.'), "enforced");
	return string_member(spec, "evictionStrategy", name, &vmi->eviction_strategy, problems);
}

/* "did you mean ...?" where a member on a path, which ends with a dot, is misspelt; or NULL. Owned.
 */
static char *misspelt_on(const struct json_object *object, const char *path)
{
	const struct json_object *next = object;
	const char *key = NULL;
	struct json_object *value = NULL;
	size_t len = 0;
	for (; next != NULL && *path != '\0'; path += len + 1) {
		len = strcspn(path, ".");
		cleanup_free char *name = lsec_format("%.*s", (int)len, path);
		object = next;
		next = lsec_json_member(object, name);
		if (next != NULL)
			continue;
		lsec_json_foreach (object, key, value) {
			if (lsec_name_distance(key, name) != SIZE_MAX)
				return lsec_format("did you mean %s instead of %s?", name,
				                   lsec_quote(key).text);
		}
	}
	return NULL;
}

/* Whether a document is a VMI or has one; its own metadata. */
static int check_document(const struct json_object *document, const char *name,
                          struct json_object **ret_metadata, struct lsec_problems *problems)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	const struct json_object *owner = NULL;
	bool has_template = lsec_json_at(document, "spec.template", '.') != NULL;
	if (kind_of(document) == NULL &&
	    (has_template || lsec_json_member(document, "kind") != NULL))
		return lsec_problem_add(problems, name,
		                        "the document has %sno \"kind\"; must be " LSEC_WANT_VMI,
		                        has_template ? "spec.template but " : "");
	if (kind_of(document) != NULL && kind == NULL)
		return lsec_problem_add(problems, name,
		                        "the document is of kind %s; must be " LSEC_WANT_VMI,
		                        lsec_quote(kind_of(document)).text);
	if (object_member(document, "metadata", name, ret_metadata, problems) < 0)
		return -1;
	if (*ret_metadata == NULL)
		return lsec_problem_add(problems, name,
		                        "the document has no \"metadata\"; must be " LSEC_WANT_VMI);
	/* Without a kind it is the instance itself. */
	if (kind == NULL ||
	    json_object_is_type(lsec_vmi_instance(document, &owner), json_type_object))
		return 0;
	cleanup_free char *near = misspelt_on(document, kind->path);
	return lsec_problem_add(problems, name, "the %s has no %.*s; %s", kind->name,
	                        (int)strlen(kind->path) - 1, kind->path,
	                        near == NULL ? "add it" : near);
}

int lsec_vmi_from_json_partly(const struct json_object *document, const char *name,
                              struct lsec_vmi *ret, struct lsec_problems *problems)
{
	const struct json_object *owner = NULL;
	const struct json_object *instance = lsec_vmi_instance(document, &owner);
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	struct json_object *metadata = NULL;
	struct json_object *own = NULL;
	*ret = (struct lsec_vmi){.read = true};
	if (check_document(document, name, &metadata, problems) < 0)
		return -1;
	int status = object_member(instance, "metadata", name, &own, problems);
	ret->names_several = kind != NULL && kind->several;
	status |= string_member(metadata, "name", name, &ret->name, problems);
	status |= string_member(metadata, "namespace", name, &ret->name_space, problems);
	status |= string_member(metadata, "uid", name, &ret->uid, problems);
	status |= read_annotations(own, name, ret, problems);
	status |= lsec_vmi_refuse_misplaced(document, owner, own, problems);
	return status | read_spec(instance, name, ret, problems);
}

int lsec_vmi_from_json(const struct json_object *document, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems)
{
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	if (lsec_vmi_from_json_partly(document, name, &vmi, problems) < 0) {
		/* settings.c, which refuses the others, is not reached. */
		for (size_t i = 0; i < vmi.annotation_count; i++)
			if (vmi.annotations[i].mistyped)
				lsec_key_refuse_mistyped(vmi.annotations[i].key, problems);
		return -1;
	}
	*ret = vmi;
	vmi = (struct lsec_vmi){0};
	return 0;
}

int lsec_vmi_check_length(size_t len, const char *name, struct lsec_problems *problems)
{
	if (len <= LSEC_MAX_VMI)
		return 0;
	return lsec_problem_add(
		problems, name,
		"the VMI has more than %u bytes (3 MiB), which is the limit of Kubernetes' API server; shorten it",
		LSEC_MAX_VMI);
}

static char *emptied(const char *bytes, size_t len, const struct lsec_json_path *paths)
{
	char *copy = lsec_memdup(bytes, len);
	lsec_json_empty(copy, len, paths);
	return copy;
}

char *lsec_vmi_without_status(const char *bytes, size_t len)
{
	static const struct lsec_json_path paths[] = {
		{{"status"}}, {{"metadata", "managedFields"}}, {{NULL}}};
	return emptied(bytes, len, paths);
}

/* What KubeVirt sends has more fields that are not read here. */
static char *without_devices(const char *bytes, size_t len)
{
	static const struct lsec_json_path paths[] = {
		{{"status"}},           {{"metadata", "managedFields"}}, {{"spec", "volumes"}},
		{{"spec", "networks"}}, {{"spec", "domain", "devices"}}, {{NULL}}};
	return emptied(bytes, len, paths);
}

int lsec_vmi_read_json(const char *bytes, size_t len, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems)
{
	cleanup_json struct json_object *document = NULL;
	if (lsec_vmi_check_length(len, name, problems) < 0)
		return -1;
	cleanup_free char *copy = without_devices(bytes, len);
	const struct lsec_json_text text = {
		.bytes = copy,
		.len = len,
		.longest = LSEC_MAX_VMI,
		.name = name,
		.what = LSEC_WANT_VMI,
		.type = json_type_object,
		.merges = true,
	};
	int status = lsec_json_read(&text, &document, problems);
	if (status > 0) { /* what json-c lost may be annotations */
		lsec_json_put(&document);
		document = NULL;
		status = lsec_yaml_read_one(&text, &document, problems);
	}
	if (status < 0)
		return -1;
	free(lsec_steal(&copy));
	return lsec_vmi_from_json(document, name, ret, problems);
}

void lsec_vmi_set(struct lsec_vmi *vmi, const char *key, const char *value)
{
	for (size_t i = 0; i < vmi->annotation_count; i++) {
		if (strcmp(vmi->annotations[i].key, key) != 0)
			continue;
		free(vmi->annotations[i].value);
		vmi->annotations[i].value = lsec_strdup(value);
		return;
	}
	append(vmi, key, value, false);
}

void lsec_vmi_clear(struct lsec_vmi *vmi)
{
	if (vmi == NULL)
		return;
	for (size_t i = 0; i < vmi->annotation_count; i++) {
		free(vmi->annotations[i].key);
		free(vmi->annotations[i].value);
	}
	free(vmi->annotations);
	free(vmi->name);
	free(vmi->name_space);
	free(vmi->uid);
	free(vmi->qgs_socket_path);
	free(vmi->eviction_strategy);
	*vmi = (struct lsec_vmi){0};
}
