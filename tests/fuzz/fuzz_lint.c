/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests, of any objects together. Findings are well formed and counted, and lie in the text; an
 * object is left as it was, and no launchSecurity goes unnoticed where KubeVirt does not look for
 * it, nor a field of snp or tdx, which have none.
 */
#include "fuzz.h"

#include <strings.h>

#include "input/vmi.h"
#include "lint/ignore.h"
#include "lint/lint.h"
#include "marks.h"

static void check_findings(const struct lsec_findings *findings)
{
	size_t errors = 0;
	size_t ignored = 0;
	for (size_t i = 0; i < findings->count; i++) {
		const struct lsec_finding *one = &findings->of[i];
		HOLDS(one->place[0] != '\0' && one->what[0] != '\0' && one->rule[0] != '\0',
		      "a finding of nothing");
		for (const char *at = one->place; *at != '\0'; at++)
			HOLDS(*at >= ' ' && *at <= '~', "%s", one->rule);
		errors += one->severity == LSEC_SEVERITY_ERROR && one->ignored == NULL;
		ignored += one->ignored != NULL;
	}
	HOLDS(findings->errors + findings->warnings + ignored ==
	              findings->count + findings->omitted,
	      "%zu findings are counted, not %zu", findings->errors + findings->warnings + ignored,
	      findings->count + findings->omitted);
	HOLDS(ignored <= findings->ignored, "fewer ignored than there are");
	HOLDS(errors <= findings->errors, "more errors than counted");
}

/* Whether an error is at a place that ends so. */
static bool is_told(const struct lsec_findings *findings, const char *end)
{
	size_t len = strlen(end);
	for (size_t i = 0; i < findings->count; i++) {
		const char *place = findings->of[i].place;
		size_t size = strlen(place);
		if (findings->of[i].severity == LSEC_SEVERITY_ERROR && size >= len &&
		    strcmp(place + size - len, end) == 0)
			return true;
	}
	return findings->omitted > 0;
}

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;
	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	return value;
}

/* Whether launchsec leaves a VM alone, it is another API's, or no VM that is judged as a whole. */
static bool is_left(struct json_object *instance)
{
	const char *version = fuzz_string(member(instance, "apiVersion"));
	struct json_object *annotations = member(member(instance, "metadata"), "annotations");
	const char *type = fuzz_string(member(annotations, LSEC_PREFIX "type"));
	return !json_object_is_type(instance, json_type_object) ||
	       (version != NULL && strstr(version, "kubevirt.io/") == NULL) ||
	       (type != NULL && strcmp(type, "none") == 0);
}

/* What is right below spec and domain, but launchSecurity in the one place that is right. */
static void check_misplaced(struct json_object *instance, const struct lsec_findings *findings)
{
	struct json_object *spec = member(instance, "spec");
	struct json_object *const objects[] = {spec, member(spec, "domain"),
	                                       member(member(spec, "domain"), "devices")};
	for (size_t i = 0; i < COUNT(objects); i++) {
		if (!json_object_is_type(objects[i], json_type_object))
			continue;
		json_object_iter member_of;
		json_object_object_foreachC (objects[i], member_of) {
			const char *key = member_of.key;
			bool right = i == 1 && strcmp(key, "launchSecurity") == 0;
			HOLDS(strcasecmp(key, "launchSecurity") != 0 || right ||
			              is_told(findings, key),
			      "%s is not told", key);
		}
	}
}

static void check_fields(struct json_object *instance, const struct lsec_findings *findings)
{
	struct json_object *security =
		member(member(member(instance, "spec"), "domain"), "launchSecurity");
	static const char *const tees[] = {"snp", "tdx"};
	for (size_t i = 0; i < COUNT(tees); i++) {
		struct json_object *tee = member(security, tees[i]);
		if (!json_object_is_type(tee, json_type_object))
			continue;
		json_object_iter member_of;
		json_object_object_foreachC (tee, member_of) {
			const char *key = member_of.key;
			bool plain = key[0] != '\0' && strlen(key) <= 60;
			for (const char *at = key; *at != '\0'; at++)
				plain = plain && *at > ' ' && *at <= '~';
			/* A name like launchSecurity is told of as that, in any case as an error.
			 */
			HOLDS(!plain || is_told(findings, key), "%s is not told", key);
		}
	}
}

/* Each finding is somewhere in the text, unless its object is none. */
static void check_marks(const struct lsec_findings *findings, struct lsec_span text)
{
	for (size_t i = 0; i < findings->count && !fuzz_has_foreign(text); i++)
		HOLDS(fuzz_text_at(text, findings->of[i].mark) != NULL, "%s is at %zu:%zu",
		      findings->of[i].place, findings->of[i].mark.line,
		      findings->of[i].mark.column);
}

static void check_object(const struct lsec_lint_request *request, struct lsec_span text)
{
	struct lsec_findings findings LSEC_CLEANUP(lsec_findings_clear) = {0};
	fuzz_owned before = strdup(json_object_to_json_string(request->document));
	const char *kind = fuzz_string(member(request->document, "kind"));
	lsec_ignores_read(request->document, &findings);
	lsec_lint_object(request, &findings);
	lsec_findings_locate(&findings, request->document, request->name);
	check_findings(&findings);
	check_marks(&findings, text);
	HOLDS(strcmp(before, json_object_to_json_string(request->document)) == 0,
	      "the object is another");
	if (kind == NULL || strcmp(kind, "VirtualMachineInstance") != 0 ||
	    is_left(request->document))
		return;
	check_misplaced(request->document, &findings);
	/* A newer KubeVirt may have fields that are not known here: warnings. */
	if (request->kubevirt <= LSEC_KUBEVIRT_NEWEST)
		check_fields(request->document, &findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_config config LSEC_CLEANUP(lsec_config_clear) = {0};
	struct lsec_lint_context context LSEC_CLEANUP(lsec_lint_context_clear) = {0};
	struct json_object *objects = NULL;
	struct fuzz_input input = {data, size};
	/* No version, or 1.4 to 1.10. */
	int kubevirt = fuzz_byte(&input) % 8 + 3;
	fuzz_owned copy = fuzz_copy(input.data, input.size);
	if (lsec_objects_read(copy, input.size, "manifest", &objects, &problems) < 0) {
		fuzz_check_problems(&problems);
		return 0;
	}
	for (size_t i = 0; i < json_object_array_length(objects); i++)
		lsec_lint_context_add(&context, json_object_array_get_idx(objects, i));
	for (size_t i = 0; i < json_object_array_length(objects); i++)
		check_object(
			&(struct lsec_lint_request){
				.document = json_object_array_get_idx(objects, i),
				.name = "manifest",
				.config = &config,
				.kubevirt = kubevirt == 3 ? LSEC_KUBEVIRT_ANY : kubevirt,
				.protected = i % 2 == 1,
				.context = &context,
				.at = ""},
			(struct lsec_span){copy, input.size});
	json_object_put(objects);
	return 0;
}
