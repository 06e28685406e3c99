/* SPDX-License-Identifier: Apache-2.0 */
/* From the place that a finding names to its line and column. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "findings.h"
#include "input/kinds.h"

/* How much of a place is a key, written as it is or quoted, which one of `ends` follows or nothing;
 * 0: it is not. */
static size_t match(const char *place, const char *key, const char *ends)
{
	size_t len = strlen(key);
	struct lsec_quote quoted;
	if (len == 0 || strncmp(place, key, len) != 0) {
		if (place[0] != '"') /* what a quoted one begins with, which costs more */
			return 0;
		quoted = lsec_quote(key);
		len = strlen(quoted.text);
		if (strncmp(place, quoted.text, len) != 0)
			return 0;
	}
	return place[len] == '\0' || strchr(ends, place[len]) != NULL ? len : 0;
}

/* The mark of a value, where it has one. */
static void take_mark(const struct json_object *value, struct lsec_mark *ret)
{
	const struct lsec_mark mark = lsec_yaml_mark(value);
	if (value != NULL && mark.line != 0)
		*ret = mark;
}

/* The member with which a place continues: that of the longest key, since keys have dots, too. */
static struct json_object *next_member(const struct json_object *object, const char **place)
{
	const char *key = NULL;
	struct json_object *value = NULL;
	struct json_object *ret = NULL;
	size_t longest = 0;
	lsec_json_foreach (object, key, value) {
		size_t len = match(*place, key, ".[");
		if (len > longest) {
			longest = len;
			ret = value;
		}
	}
	*place += longest;
	return ret;
}

/* Follows a path as far as it leads. */
static void follow(const struct json_object *object, const char *place, struct lsec_mark *ret)
{
	while (object != NULL && *place != '\0') {
		take_mark(object, ret);
		if (*place == '[' && isdigit((unsigned char)place[1])) {
			char *end = NULL;
			unsigned long index = strtoul(place + 1, &end, 10);
			object = index < lsec_json_count(object)
			                 ? json_object_array_get_idx(object, index)
			                 : NULL;
			place = *end == ']' ? end + 1 : end;
		} else {
			place += *place == '.';
			object = next_member(object, &place);
		}
	}
	take_mark(object, ret);
}

/* Looks for a key, anywhere; the place of an item, or of a line, of its value begins with it. */
static bool find(const struct json_object *object, const char *place, struct lsec_mark *ret)
{
	const char *key = NULL;
	struct json_object *value = NULL;
	for (size_t i = 0; i < lsec_json_count(object); i++)
		if (find(json_object_array_get_idx(object, i), place, ret))
			return true;
	lsec_json_foreach (object, key, value) {
		if (match(place, key, "[:") > 0) {
			take_mark(object, ret);
			take_mark(value, ret);
			return true;
		}
	}
	key = NULL;
	lsec_json_foreach (object, key, value) {
		if (find(value, place, ret))
			return true;
	}
	return false;
}

/* An annotation, where it belongs or anywhere else, or a path to one; where it is absent, what it
 * belongs into. */
static void find_annotation(const struct json_object *document, const char *place,
                            struct lsec_mark *ret)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	const struct lsec_mark whole = *ret;
	const struct json_object *owner = NULL;
	const struct json_object *metadata =
		lsec_json_member(lsec_vmi_instance(document, &owner), "metadata");
	if (find(lsec_json_member(metadata, "annotations"), place, ret) ||
	    find(document, place, ret))
		return;
	follow(document, place, ret);
	if (ret->line != whole.line || ret->column != whole.column)
		return;
	cleanup_free char *path =
		lsec_format("%smetadata.annotations", kind == NULL ? "" : kind->path);
	follow(document, path, ret);
}

void lsec_findings_locate(struct lsec_findings *findings, const struct json_object *document,
                          const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < findings->count; i++) {
		struct lsec_finding *finding = &findings->of[i];
		const char *place = finding->place;
		take_mark(document, &finding->mark);
		if (strncmp(place, name, len) == 0 &&
		    (place[len] == '\0' || strncmp(place + len, ": ", 2) == 0))
			place += len + (place[len] == ':' ? 2 : 0);
		bool path = strncmp(place, "spec.", 5) == 0;
		if (!path && (place[0] == '"' || strchr(place, '/') != NULL))
			find_annotation(document, place, &finding->mark);
		else
			follow(document, place, &finding->mark);
	}
}
