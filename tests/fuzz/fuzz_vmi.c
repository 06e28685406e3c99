/* SPDX-License-Identifier: Apache-2.0 */
/* A VMI in JSON. What is read of it is what jansson finds. */
#include <jansson.h>

#include "vmi.h"

static json_t *member(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);
	return json_is_null(value) ? NULL : value;
}

/* All annotations with our prefix were read, and nothing else. */
static void check_annotations(json_t *annotations, const struct lsec_vmi *vmi)
{
	size_t count = 0;
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (annotations, key, value) {
		if (strncmp(key, LSEC_PREFIX, strlen(LSEC_PREFIX)) != 0)
			continue;
		const char *text = json_string_value(value);
		const char *read = fuzz_annotation(vmi, key);
		HOLDS(text != NULL && read != NULL && strcmp(text, read) == 0, "%s is another",
		      key);
		HOLDS(strlen(text) == json_string_length(value), "%s with a NUL was taken", key);
		count++;
	}
	/* Mistyped keys are kept, to be refused; which those are is judged by
	 * tests/golden/prefixes.py. */
	for (size_t i = 0; i < vmi->annotation_count; i++) {
		const struct lsec_annotation *one = &vmi->annotations[i];
		count += one->mistyped;
		HOLDS(!one->mistyped || json_object_get(annotations, one->key) != NULL,
		      "%s is nowhere", one->key);
	}
	HOLDS(count == vmi->annotation_count, "%zu of %zu annotations", vmi->annotation_count,
	      count);
}

/* Nobody reads status and managed fields, so that one of their keys may be there twice. */
static json_t *read_loosely(const uint8_t *data, size_t size)
{
	json_t *root = json_loadb((const char *)data, size, FUZZ_JSON, NULL);
	if (root != NULL) {
		HOLDS(json_is_object(root), "no JSON object was taken");
		return root;
	}
	root = json_loadb((const char *)data, size, FUZZ_JSON & ~JSON_REJECT_DUPLICATES, NULL);
	json_t *fields = member(member(root, "metadata"), "managedFields");
	HOLDS(json_is_object(root), "no JSON object was taken");
	HOLDS(member(root, "status") != NULL || fields != NULL, "a key was taken twice");
	return root;
}

static void check(const struct lsec_vmi *vmi, const uint8_t *data, size_t size)
{
	json_t *root = read_loosely(data, size);
	const char *kind = json_string_value(member(root, "kind"));
	json_t *instance = root;
	if (kind != NULL && strcmp(kind, "VirtualMachine") == 0)
		instance = member(member(root, "spec"), "template");
	json_t *metadata = member(root, "metadata");
	json_t *spec = member(instance, "spec");
	HOLDS(json_is_object(instance) && json_is_object(metadata), "no VMI was taken");
	check_annotations(member(member(instance, "metadata"), "annotations"), vmi);
	HOLDS(fuzz_same_text(json_string_value(member(metadata, "name")), vmi->name),
	      "another name");
	HOLDS(fuzz_same_text(json_string_value(member(metadata, "namespace")), vmi->name_space),
	      "another namespace");
	HOLDS(fuzz_same_text(json_string_value(member(metadata, "uid")), vmi->uid), "another uid");
	HOLDS(fuzz_same_text(json_string_value(member(spec, "evictionStrategy")),
	                     vmi->eviction_strategy),
	      "another eviction strategy");
	json_t *security = member(member(spec, "domain"), "launchSecurity");
	const char *named = member(security, "snp") != NULL   ? "sev-snp"
	                    : member(security, "sev") != NULL ? "sev"
	                    : member(security, "tdx") != NULL ? "tdx"
	                                                      : NULL;
	HOLDS(fuzz_same_text(named, vmi->launch_security), "another launchSecurity");
	json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	fuzz_owned copy = fuzz_copy(data, size);
	if (lsec_vmi_read_json(copy, size, "vmi", &vmi, &problems) < 0) {
		fuzz_check_problems(&problems);
		HOLDS(vmi.annotations == NULL && vmi.name == NULL, "a refusal and a VMI");
		return 0;
	}
	check(&vmi, data, size);
	fuzz_apply_vmi(&vmi, size);
	return 0;
}
