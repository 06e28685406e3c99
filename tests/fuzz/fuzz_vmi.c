/* SPDX-License-Identifier: Apache-2.0 */
/* A VMI in JSON. What is read of it is what json-c finds. */

#include "base/json.h"
#include "base/json_scan.h"
#include "vmi.h"

/* All annotations with our prefix were read, and nothing else. */
static void check_annotations(struct json_object *annotations, const struct lsec_vmi *vmi)
{
	size_t count = 0;
	if (annotations == NULL) {
		HOLDS(vmi->annotation_count == 0, "annotations from nowhere");
		return;
	}
	struct json_object_iter member;
	json_object_object_foreachC (annotations, member) {
		const char *key = member.key;
		struct json_object *value = member.val;
		if (strncmp(key, LSEC_PREFIX, strlen(LSEC_PREFIX)) != 0)
			continue;
		const char *text = fuzz_string(value);
		const char *read = fuzz_annotation(vmi, key);
		HOLDS(text != NULL && read != NULL && strcmp(text, read) == 0, "%s is another",
		      key);
		HOLDS(strlen(text) == (size_t)json_object_get_string_len(value),
		      "%s with a NUL was taken", key);
		count++;
	}
	/* Mistyped keys are kept, to be refused; which those are is judged by
	 * tests/golden/prefixes.py. */
	for (size_t i = 0; i < vmi->annotation_count; i++) {
		const struct lsec_annotation *one = &vmi->annotations[i];
		count += one->mistyped;
		HOLDS(!one->mistyped || json_object_object_get_ex(annotations, one->key, NULL),
		      "%s is nowhere", one->key);
	}
	HOLDS(count == vmi->annotation_count, "%zu of %zu annotations", vmi->annotation_count,
	      count);
}

static void check(const struct lsec_vmi *vmi, struct json_object *root)
{
	const char *kind = fuzz_string(json_object_object_get(root, "kind"));
	struct json_object *instance = root;
	if (kind != NULL && strcmp(kind, "VirtualMachine") == 0)
		instance = json_object_object_get(json_object_object_get(root, "spec"), "template");
	struct json_object *metadata = json_object_object_get(root, "metadata");
	struct json_object *spec = json_object_object_get(instance, "spec");
	HOLDS(json_object_is_type(instance, json_type_object) &&
	              json_object_is_type(metadata, json_type_object),
	      "no VMI was taken");
	check_annotations(
		json_object_object_get(json_object_object_get(instance, "metadata"), "annotations"),
		vmi);
	HOLDS(fuzz_same_text(fuzz_string(json_object_object_get(metadata, "name")), vmi->name),
	      "another name");
	HOLDS(fuzz_same_text(fuzz_string(json_object_object_get(metadata, "namespace")),
	                     vmi->name_space),
	      "another namespace");
	HOLDS(fuzz_same_text(fuzz_string(json_object_object_get(metadata, "uid")), vmi->uid),
	      "another uid");
	HOLDS(fuzz_same_text(fuzz_string(json_object_object_get(spec, "evictionStrategy")),
	                     vmi->eviction_strategy),
	      "another eviction strategy");
	struct json_object *security =
		json_object_object_get(json_object_object_get(spec, "domain"), "launchSecurity");
	const char *named = json_object_object_get(security, "snp") != NULL   ? "sev-snp"
	                    : json_object_object_get(security, "sev") != NULL ? "sev"
	                    : json_object_object_get(security, "tdx") != NULL ? "tdx"
	                                                                      : NULL;
	HOLDS(fuzz_same_text(named, vmi->launch_security), "another launchSecurity");
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
	struct json_object *root = fuzz_json(data, size);
	/* Of a repeated object json-c keeps the last, launchsec all: test_vmi.c. */
	const struct lsec_json_scan scan = lsec_json_scan((const char *)data, size);
	if (lsec_json_values(root) == scan.values)
		check(&vmi, root);
	json_object_put(root);
	fuzz_apply_vmi(&vmi, size);
	return 0;
}
