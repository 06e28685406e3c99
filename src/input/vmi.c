/* SPDX-License-Identifier: Apache-2.0 */
#include "vmi.h"

#include <string.h>

#include "annotations/prefix.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "launchsec/keys.h"

#define AMONG_LABELS "found the key among the labels; want it among the annotations: move it there"

static const struct lsec_vmi_kind kinds[] = {
	{"VirtualMachineInstance", "", false},
	{"VirtualMachine", "spec.template.", false},
	{"VirtualMachineInstanceReplicaSet", "spec.template.", false},
	{"VirtualMachinePool", "spec.virtualMachineTemplate.spec.template.", true},
};

static const char *kind_of(const json_t *document)
{
	json_t *kind = lsec_json_member(document, "kind");
	return json_is_string(kind) ? json_string_value(kind) : NULL;
}

const struct lsec_vmi_kind *lsec_vmi_kind(const json_t *document)
{
	const char *kind = kind_of(document);
	for (size_t i = 0; kind != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].name) == 0)
			return &kinds[i];
	return NULL;
}

const json_t *lsec_vmi_instance(const json_t *document, const json_t **ret_owner)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	*ret_owner = document;
	if (kind == NULL || kind->path[0] == '\0')
		return document;
	if (kind->pool)
		*ret_owner = lsec_json_member(lsec_json_member(document, "spec"),
		                              "virtualMachineTemplate");
	return lsec_json_member(lsec_json_member(*ret_owner, "spec"), "template");
}

/* A member that has to be an object, or may be absent: then *ret is NULL. */
static int object_member(const json_t *parent, const char *name, const char *path,
                         const char *document, json_t **ret, struct lsec_problems *problems)
{
	*ret = lsec_json_member(parent, name);
	if (*ret == NULL || json_is_object(*ret))
		return 0;
	return lsec_problem_add(problems, document, "found %s as %s; want an object",
	                        lsec_json_kind(*ret), path);
}

/* A member that is a string, or is not there. Anything else is not taken. */
static int string_member(const json_t *parent, const char *name, const char *document, char **ret,
                         struct lsec_problems *problems)
{
	json_t *value = lsec_json_member(parent, name);
	if (value == NULL)
		return 0;
	if (!json_is_string(value))
		return lsec_problem_add(problems, document, "found %s as %s; want a string",
		                        lsec_json_kind(value), name);
	cleanup_free char *place = lsec_format("%s: %s", document, name);
	return place == NULL ? lsec_problem_no_memory(problems)
	                     : lsec_json_string(value, place, ret, problems);
}

/* A member that is there and true. */
static bool is_true(const json_t *parent, const char *name)
{
	return json_is_true(lsec_json_member(parent, name));
}

/* An annotation's place: its key, made safe. */
static char *place_of(const char *key)
{
	const char *own = lsec_key_own(key);
	if (own != NULL && lsec_key_find(own) != NULL)
		return strdup(key);
	return strcmp(key, LSEC_KUBEVIRT_QGS) == 0 ? strdup(key) : strdup(lsec_quote(key).text);
}

/* Adds an annotation behind the others; nobody has it yet. */
static int append(struct lsec_vmi *vmi, const char *key, const char *value, bool mistyped,
                  struct lsec_problems *problems)
{
	cleanup_free char *new_key = strdup(key);
	cleanup_free char *new_value = strdup(value);
	struct lsec_annotation *grown =
		reallocarray(vmi->annotations, vmi->annotation_count + 1, sizeof(*grown));
	if (grown != NULL)
		vmi->annotations = grown;
	if (new_key == NULL || new_value == NULL || grown == NULL)
		return lsec_problem_no_memory(problems);
	grown[vmi->annotation_count++] =
		(struct lsec_annotation){lsec_steal(&new_key), lsec_steal(&new_value), mistyped};
	return 0;
}

static int read_annotation(const char *key, json_t *value, struct lsec_vmi *vmi,
                           struct lsec_problems *problems)
{
	cleanup_free char *place = place_of(key);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	const char *own = lsec_key_own(key);
	if (own == NULL && lsec_key_nearly_own(key)) /* refused with the rest: settings.c */
		return append(vmi, key, "", true, problems);
	if (own == NULL && json_is_null(value)) /* To Kubernetes an empty text. */
		return 0;
	if (!json_is_string(value))
		return lsec_problem_add(
			problems, place,
			"found %s as the annotation's value; want a string, as Kubernetes does: put it in quotes",
			lsec_json_kind(value));
	if (own == NULL && strcmp(key, LSEC_KUBEVIRT_QGS) != 0)
		return 0;
	cleanup_free char *text = NULL;
	if (lsec_json_string(value, place, &text, problems) < 0)
		return -1;
	if (own != NULL)
		return append(vmi, own, text, false, problems);
	vmi->qgs_socket_path = lsec_steal(&text);
	return 0;
}

static int read_annotations(const json_t *metadata, const char *name, struct lsec_vmi *vmi,
                            struct lsec_problems *problems)
{
	json_t *annotations = NULL;
	if (object_member(metadata, "annotations", "metadata.annotations", name, &annotations,
	                  problems) < 0)
		return -1;
	int status = 0;
	if (annotations == NULL)
		return 0;
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (annotations, key, value) {
		bool ours = lsec_key_own(key) != NULL || lsec_key_nearly_own(key);
		if (vmi->annotation_count == LSEC_MAX_ANNOTATIONS && ours)
			return lsec_problem_add(
				problems, name,
				"found more annotations with our prefix than " LSEC_TEXT(
					LSEC_MAX_ANNOTATIONS) "; at most that are taken");
		status |= read_annotation(key, value, vmi, problems);
	}
	return status;
}

/* In the order of KubeVirt's converter/compute/launch_security.go. */
static const char *launch_security_of(const json_t *security)
{
	static const char *const names[][2] = {{"snp", "sev-snp"}, {"sev", "sev"}, {"tdx", "tdx"}};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lsec_json_member(security, names[i][0]) != NULL)
			return names[i][1];
	return NULL;
}

static int read_spec(const json_t *document, const char *name, struct lsec_vmi *vmi,
                     struct lsec_problems *problems)
{
	json_t *spec = NULL;
	if (object_member(document, "spec", "spec", name, &spec, problems) < 0)
		return -1;
	json_t *domain = lsec_json_member(spec, "domain");
	json_t *security = lsec_json_member(domain, "launchSecurity");
	json_t *bootloader = lsec_json_member(lsec_json_member(domain, "firmware"), "bootloader");
	json_t *efi = lsec_json_member(bootloader, "efi");
	/* KubeVirt: EFI means Secure Boot unless it is switched off. */
	vmi->secure_boot = efi != NULL && (lsec_json_member(efi, "secureBoot") == NULL ||
	                                   is_true(efi, "secureBoot"));
	vmi->persistent_variables = is_true(efi, "persistent");
	vmi->launch_security = launch_security_of(security);
	/* Up to KubeVirt's main only the KubeVirt CR has `enforced`, and its device plugin sees
	 * to that; a VM's own `attestation` is in open proposals. */
	vmi->quotes_enforced = is_true(
		lsec_json_member(lsec_json_member(security, "tdx"), "attestation"), "enforced");
	return string_member(spec, "evictionStrategy", name, &vmi->eviction_strategy, problems);
}

/* Refuses keys of ours in `metadata`'s member `name`, where nobody looks, but those that
 * `annotations` (or NULL) has in the right place as well. */
static int refuse_misplaced(const json_t *metadata, const char *name, const json_t *annotations,
                            const char *what, struct lsec_problems *problems)
{
	json_t *keys = lsec_json_member(metadata, name);
	int status = 0;
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (keys, key, value) {
		bool own = lsec_key_own(key) != NULL;
		if ((!own && !lsec_key_nearly_own(key)) ||
		    (own && json_is_string(lsec_json_member(annotations, key))))
			continue;
		cleanup_free char *place = place_of(key);
		if (place == NULL)
			return lsec_problem_no_memory(problems);
		status = lsec_problem_add(problems, place, "%s", what);
	}
	return status;
}

/* The same for what is in the metadata of the objects around the template. */
static int refuse_outside(const json_t *document, const json_t *owner, const json_t *annotations,
                          struct lsec_problems *problems)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	if (kind == NULL || kind->path[0] == '\0')
		return 0;
	cleanup_free char *what = lsec_format(
		"found the annotation on the %s, from where it does not reach the running VM; want it in %smetadata.annotations: move it there",
		kind->name, kind->path);
	if (what == NULL)
		return lsec_problem_no_memory(problems);
	const json_t *outer[] = {document, owner};
	int status = 0;
	for (size_t i = 0; i < (owner == document ? 1 : 2); i++) {
		const json_t *metadata = lsec_json_member(outer[i], "metadata");
		status |= refuse_misplaced(metadata, "annotations", annotations, what, problems);
		status |= refuse_misplaced(metadata, "labels", annotations, AMONG_LABELS, problems);
	}
	return status;
}

int lsec_vmi_refuse_stray(const json_t *document, struct lsec_problems *problems)
{
	const json_t *metadata = lsec_json_member(document, "metadata");
	const json_t *spec = lsec_json_member(document, "spec");
	const json_t *pool = lsec_json_member(spec, "virtualMachineTemplate");
	const json_t *templates[] = {lsec_json_member(spec, "template"), pool,
	                             lsec_json_member(lsec_json_member(pool, "spec"), "template")};
	const char *kind = kind_of(document);
	if (lsec_json_member(metadata, "ownerReferences") != NULL)
		return 0;
	cleanup_free char *what = lsec_format(
		"found the annotation on an object of kind %s, where nobody looks; want it on " LSEC_WANT_VMI
		": correct the kind, or move it there",
		kind == NULL ? "?" : lsec_quote(kind).text);
	if (what == NULL)
		return lsec_problem_no_memory(problems);
	int status = refuse_misplaced(metadata, "annotations", NULL, what, problems);
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		status |= refuse_misplaced(lsec_json_member(templates[i], "metadata"),
		                           "annotations", NULL, what, problems);
	return status;
}

/* Maps of labels, and what the API server notes down of keys. */
static bool is_map_of_others(const char *name)
{
	static const char *const names[] = {"nodeSelector", "matchLabels", "managedFields"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

int lsec_vmi_refuse_lost(const json_t *value, const char *name, struct lsec_problems *problems)
{
	static const char what[] =
		"found the key where nobody looks; want it in metadata.annotations, and those of the template where there is one: move it there";
	bool metadata = strcmp(name, "metadata") == 0;
	const char *key = NULL;
	json_t *member = NULL;
	int status = 0;
	for (size_t i = 0; i < json_array_size(value); i++)
		status |= lsec_vmi_refuse_lost(json_array_get(value, i), "", problems);
	json_object_foreach (lsec_unconst(value), key, member) {
		if (lsec_key_own(key) != NULL || lsec_key_nearly_own(key)) {
			cleanup_free char *place = place_of(key);
			status |= place == NULL ? lsec_problem_no_memory(problems)
			                        : lsec_problem_add(problems, place, what);
		} else if (!is_map_of_others(key) &&
		           !(metadata &&
		             (strcmp(key, "annotations") == 0 || strcmp(key, "labels") == 0))) {
			status |= lsec_vmi_refuse_lost(member, key, problems);
		}
	}
	return status;
}

/* For a VirtualMachine the template counts; *ret is borrowed from it. */
static int find_instance(const json_t *document, const char *name, const json_t **ret,
                         json_t **ret_metadata, const json_t **ret_owner,
                         struct lsec_problems *problems)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	bool has_template =
		lsec_json_member(lsec_json_member(document, "spec"), "template") != NULL;
	if (kind_of(document) == NULL &&
	    (has_template || lsec_json_member(document, "kind") != NULL))
		return lsec_problem_add(
			problems, name,
			"found a document whose kind is not said%s; want " LSEC_WANT_VMI
			" with its kind: add it",
			has_template ? ", but with spec.template" : "");
	if (kind_of(document) != NULL && kind == NULL)
		return lsec_problem_add(problems, name,
		                        "found a document of kind %s; want " LSEC_WANT_VMI,
		                        lsec_quote(kind_of(document)).text);
	if (object_member(document, "metadata", "metadata", name, ret_metadata, problems) < 0)
		return -1;
	if (*ret_metadata == NULL)
		return lsec_problem_add(problems, name,
		                        "found a document without metadata; want " LSEC_WANT_VMI);
	*ret = lsec_vmi_instance(document, ret_owner);
	if (kind == NULL || json_is_object(*ret)) /* without a kind it is the instance itself */
		return 0;
	return lsec_problem_add(problems, name, "found a %s without %.*s; want a whole one",
	                        kind->name, (int)strlen(kind->path) - 1, kind->path);
}

int lsec_vmi_from_json(const json_t *document, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems)
{
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {.read = true};
	const json_t *instance = NULL;
	const json_t *owner = NULL;
	json_t *metadata = NULL;
	json_t *own = NULL;
	if (find_instance(document, name, &instance, &metadata, &owner, problems) < 0)
		return -1;
	int status = object_member(instance, "metadata", "metadata", name, &own, problems);
	status |= string_member(metadata, "name", name, &vmi.name, problems);
	status |= string_member(metadata, "namespace", name, &vmi.name_space, problems);
	status |= string_member(metadata, "uid", name, &vmi.uid, problems);
	status |= read_annotations(own, name, &vmi, problems);
	const json_t *annotations = lsec_json_member(own, "annotations");
	status |= refuse_misplaced(own, "labels", annotations, AMONG_LABELS, problems);
	status |= refuse_outside(document, owner, annotations, problems);
	status |= read_spec(instance, name, &vmi, problems);
	if (status < 0) {
		/* All problems at once: nobody comes to refuse these. */
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

/* Most of a VMI may be its status and managed fields, which are emptied before it is read. */
int lsec_vmi_read_json(const char *bytes, size_t len, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems)
{
	cleanup_json json_t *document = NULL;
	if (lsec_vmi_check_length(len, name, problems) < 0)
		return -1;
	cleanup_free char *copy = malloc(len + 1);
	if (copy == NULL)
		return lsec_problem_no_memory(problems);
	if (len > 0)
		memcpy(copy, bytes, len);
	lsec_json_empty(copy, len);
	if (lsec_json_read(copy, len, LSEC_MAX_VMI, name, LSEC_WANT_VMI, &document, problems) < 0)
		return -1;
	free(lsec_steal(&copy));
	return lsec_vmi_from_json(document, name, ret, problems);
}

int lsec_vmi_set(struct lsec_vmi *vmi, const char *key, const char *value,
                 struct lsec_problems *problems)
{
	for (size_t i = 0; i < vmi->annotation_count; i++) {
		if (strcmp(vmi->annotations[i].key, key) != 0)
			continue;
		char *copy = strdup(value);
		if (copy == NULL)
			return lsec_problem_no_memory(problems);
		free(vmi->annotations[i].value);
		vmi->annotations[i].value = copy;
		return 0;
	}
	return append(vmi, key, value, false, problems);
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
