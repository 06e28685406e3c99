/* SPDX-License-Identifier: Apache-2.0 */
/* launchsec's annotations in places where they have no effect. */
#include <string.h>

#include "annotations/prefix.h"
#include "kinds.h"
#include "launchsec/keys.h"
#include "vmi.h"

#define AMONG_LABELS                                                                               \
	"the key is a label, but launchsec reads annotations; move it to the annotations"

char *lsec_vmi_annotation_place(const char *key)
{
	const char *own = lsec_key_own(key);
	if (own != NULL && lsec_key_find(own) != NULL)
		return lsec_strdup(key);
	return strcmp(key, LSEC_KUBEVIRT_QGS) == 0 ? lsec_strdup(key)
	                                           : lsec_strdup(lsec_quote(key).text);
}

/* Refuses launchsec's keys in `metadata`'s member `name`, where they have no effect, except those
 * that `annotations` (or NULL) also has in the right place. */
static int refuse(const struct json_object *metadata, const char *name,
                  const struct json_object *annotations, const char *what,
                  struct lsec_problems *problems)
{
	struct json_object *keys = lsec_json_member(metadata, name);
	int status = 0;
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (keys, key, value) {
		bool own = lsec_key_own(key) != NULL;
		if ((!own && !lsec_key_nearly_own(key)) ||
		    (own &&
		     json_object_is_type(lsec_json_member(annotations, key), json_type_string)))
			continue;
		cleanup_free char *place = lsec_vmi_annotation_place(key);
		status = lsec_problem_add(problems, place, "%s", what);
	}
	return status;
}

int lsec_vmi_refuse_misplaced(const struct json_object *document, const struct json_object *owner,
                              const struct json_object *metadata, struct lsec_problems *problems)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	const struct json_object *annotations = lsec_json_member(metadata, "annotations");
	int status = refuse(metadata, "labels", annotations, AMONG_LABELS, problems);
	if (kind == NULL || kind->path[0] == '\0')
		return status;
	cleanup_free char *what = lsec_format(
		"the annotation is on the %s itself and does not reach the running VM; move it to %smetadata.annotations",
		kind->name, kind->path);
	const struct json_object *outer[] = {document, owner};
	for (size_t i = 0; i < (owner == document ? 1 : 2); i++) {
		metadata = lsec_json_member(outer[i], "metadata");
		status |= refuse(metadata, "annotations", annotations, what, problems);
		status |= refuse(metadata, "labels", annotations, AMONG_LABELS, problems);
	}
	return status;
}

int lsec_vmi_refuse_stray(const struct json_object *document, struct lsec_problems *problems)
{
	const struct json_object *metadata = lsec_json_member(document, "metadata");
	const struct json_object *spec = lsec_json_member(document, "spec");
	const struct json_object *pool = lsec_json_member(spec, "virtualMachineTemplate");
	const struct json_object *templates[] = {lsec_json_member(spec, "template"), pool,
	                                         lsec_json_at(pool, "spec.template", '.')};
	const char *kind = lsec_json_text(lsec_json_member(document, "kind"));
	if (lsec_json_member(metadata, "ownerReferences") != NULL)
		return 0;
	cleanup_free char *what =
		kind == NULL
			? lsec_strdup(
				  "the annotation has no effect on an object without a kind; add kind: VirtualMachine, or that of the VM's object")
			: lsec_format(
				  "the annotation has no effect on an object of kind %s; correct its kind or apiVersion, or move the annotation to " LSEC_WANT_VMI,
				  lsec_quote(kind).text);
	int status = refuse(metadata, "annotations", NULL, what, problems);
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		status |= refuse(lsec_json_member(templates[i], "metadata"), "annotations", NULL,
		                 what, problems);
	return status;
}

/* Maps of labels, and the keys that the API server records. */
static bool is_map_of_others(const char *name)
{
	static const char *const names[] = {"nodeSelector", "matchLabels", "managedFields"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* `read`: the metadata whose annotations and labels are judged where they are read. */
static int refuse_lost(const struct json_object *value, const struct json_object *const read[3],
                       struct lsec_problems *problems)
{
	static const char what[] =
		"the key has no effect here; move it to metadata.annotations, or to those of the template where there is one";
	bool judged = value != NULL && (value == read[0] || value == read[1] || value == read[2]);
	const char *key = NULL;
	struct json_object *member = NULL;
	int status = 0;
	for (size_t i = 0; i < lsec_json_count(value); i++)
		status |= refuse_lost(json_object_array_get_idx(value, i), read, problems);
	lsec_json_foreach (value, key, member) {
		if (lsec_key_own(key) != NULL || lsec_key_nearly_own(key)) {
			cleanup_free char *place = lsec_vmi_annotation_place(key);
			status |= lsec_problem_add(problems, place, what);
		} else if (!is_map_of_others(key) && !(judged && (strcmp(key, "annotations") == 0 ||
		                                                  strcmp(key, "labels") == 0))) {
			status |= refuse_lost(member, read, problems);
		}
	}
	return status;
}

int lsec_vmi_refuse_lost(const struct json_object *document, struct lsec_problems *problems)
{
	const struct json_object *owner = NULL;
	const struct json_object *instance = lsec_vmi_instance(document, &owner);
	const struct json_object *const read[] = {lsec_json_member(document, "metadata"),
	                                          lsec_json_member(owner, "metadata"),
	                                          lsec_json_member(instance, "metadata")};
	return refuse_lost(document, read, problems);
}
