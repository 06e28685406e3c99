/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for launchSecurity all over a manifest. */
#include "places.h"

#include <string.h>

#include "schema.h"
#include "templates.h"

#define RULE "launch-security"
#define DROPPED                                                                                    \
	"KubeVirt drops it here, or kubectl refuses it, and the VM starts without protection"

struct walk {
	const char *right;
	struct lsec_buffer place; /* of the value that is looked at */
	struct lsec_findings *findings;
};

/* What others than the VM's owner write, and maps with keys of anybody's. */
static bool is_passed_over(const char *name)
{
	static const char *const names[] = {"annotations",  "labels",        "matchLabels",
	                                    "nodeSelector", "managedFields", "status"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void tell(struct walk *walk, char *what)
{
	char *place = lsec_strdup(walk->place.bytes);
	lsec_findings_add(walk->findings, (struct lsec_finding){.severity = LSEC_SEVERITY_ERROR,
	                                                        .rule = RULE,
	                                                        .place = place,
	                                                        .what = what});
}

/* The part of the right place that another one has misspelt; NULL where they differ in more. Owned.
 */
static char *misspelt_part(const char *place, const char *right)
{
	size_t at = 0;
	for (size_t i = 0; place[i] != '\0' && place[i] == right[i]; i++)
		if (place[i] == '.')
			at = i + 1;
	size_t wrong = strcspn(place + at, ".");
	size_t meant = strcspn(right + at, ".");
	cleanup_free char *written = lsec_format("%.*s", (int)wrong, place + at);
	cleanup_free char *part = lsec_format("%.*s", (int)meant, right + at);
	if (strcmp(place + at + wrong, right + at + meant) != 0 ||
	    lsec_name_distance(written, part) == SIZE_MAX)
		return NULL;
	return lsec_steal(&part);
}

/* A member that was meant to be launchSecurity, its place in walk->place. */
static void judge(struct walk *walk, const char *name, const struct json_object *value)
{
	bool right = strcmp(walk->place.bytes, walk->right) == 0;
	bool named = strcmp(name, "launchSecurity") == 0;
	const char *last = strrchr(walk->right, '.') + 1;
	size_t parent = (size_t)(last - walk->right);
	bool beside = strncmp(walk->place.bytes, walk->right, parent) == 0 &&
	              strcmp(walk->place.bytes + parent, name) == 0;
	cleanup_free char *part = misspelt_part(walk->place.bytes, walk->right);
	if (right && lsec_has_parameter(lsec_json_text(value)))
		return;
	if (right && !json_object_is_type(value, json_type_object))
		tell(walk,
		     lsec_format(
			     "must be an object such as {snp: {}} or {tdx: {}}, got %s: KubeVirt does not protect the VM, or the API server rejects it",
			     value == NULL ? "no value" : lsec_json_kind(value)));
	else if (!right && part != NULL)
		tell(walk, lsec_format(DROPPED "; did you mean %s?", part));
	else if (!right && (named || !beside))
		tell(walk, lsec_format(DROPPED "; move it to %s", walk->right));
	else if (!right)
		tell(walk, lsec_format(DROPPED "; did you mean %s?", last));
}

static void look(struct walk *walk, const struct json_object *value);

static void look_at_items(struct walk *walk, const struct json_object *list)
{
	size_t len = walk->place.len;
	for (size_t i = 0; i < lsec_json_count(list); i++) {
		lsec_buffer_format(&walk->place, "[%zu]", i);
		look(walk, json_object_array_get_idx(list, i));
		walk->place.len = len;
	}
}

static void look(struct walk *walk, const struct json_object *value)
{
	size_t len = walk->place.len;
	const char *key = NULL;
	struct json_object *member = NULL;
	look_at_items(walk, value);
	lsec_json_foreach (value, key, member) {
		bool meant = lsec_means_launch_security(key);
		if (!meant && is_passed_over(key))
			continue;
		lsec_buffer_text(&walk->place, len == 0 ? "" : ".");
		lsec_buffer_text(&walk->place, strlen(key) > 60 ? lsec_quote(key).text : key);
		if (meant)
			judge(walk, key, member);
		else
			look(walk, member);
		walk->place.len = len;
	}
}

void lsec_check_places(const struct json_object *document, const char *at, const char *right,
                       struct lsec_findings *ret)
{
	struct walk walk = {.right = right, .findings = ret};
	if (at[0] != '\0')
		lsec_buffer_add(&walk.place, at, strlen(at) - 1);
	look(&walk, document);
	lsec_buffer_clear(&walk.place);
}
