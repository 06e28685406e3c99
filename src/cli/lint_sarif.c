/* SPDX-License-Identifier: Apache-2.0 */
/* What lint found in SARIF 2.1.0 (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0); in brackets the
 * sections that say so. */
#include <string.h>

#include "base/json.h"
#include "lint/ignore.h"
#include "lint_run.h"

/* Where docs/ is on the web, given at build time. */
#ifndef LAUNCHSEC_HOMEPAGE
#define LAUNCHSEC_HOMEPAGE ""
#endif

/* {"text": TEXT}. */
static struct json_object *message(const char *text)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "text", text);
	return item;
}

/* A new object as a member. Borrowed. */
static struct json_object *add_object(struct json_object *object, const char *name)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add(object, name, item);
	return item;
}

/* A list of one new object as a member. The object is borrowed. */
static struct json_object *add_only(struct json_object *object, const char *name)
{
	struct json_object *list = lsec_json_new_list();
	struct json_object *item = lsec_json_new_object();
	lsec_json_append(list, item);
	lsec_json_add(object, name, list);
	return item;
}

/* [3.49] A rule; docs/lint.md explains it. */
static struct json_object *rule_to_json(const struct lsec_rule_name *rule)
{
	struct json_object *item = lsec_json_new_object();
	cleanup_buffer struct lsec_buffer problem = {0};
	if (rule->place[0] != '\0')
		lsec_buffer_format(&problem, "%s: ", rule->place);
	lsec_rule_tell(&problem, rule->problem);
	lsec_json_add_text(item, "id", rule->id);
	lsec_json_add(item, "shortDescription", message(problem.bytes));
	lsec_json_add(item, "help",
	              message(rule->fix == NULL ? "Each finding has the fix." : rule->fix));
	if (LAUNCHSEC_HOMEPAGE[0] != '\0') {
		cleanup_free char *uri =
			lsec_concat(LAUNCHSEC_HOMEPAGE "/docs/lint.md#rule-", rule->id);
		lsec_json_add_text(item, "helpUri", uri);
	}
	lsec_json_add_text(add_object(item, "defaultConfiguration"), "level",
	                   lsec_severity_name(rule->severity));
	return item;
}

/* [3.4.3, 3.10] A relative reference to a file below the current directory, else a file's URI. */
static char *uri_of(const char *path)
{
	struct lsec_buffer ret = {0};
	lsec_buffer_text(&ret, path[0] == '/' ? "file://" : "");
	for (; *path != '\0'; path++) {
		bool plain = (*path >= '0' && *path <= '9') || (*path >= 'a' && *path <= 'z') ||
		             (*path >= 'A' && *path <= 'Z') || strchr("-._~/", *path) != NULL;
		lsec_buffer_format(&ret, plain ? "%c" : "%%%02X", (unsigned char)*path);
	}
	return lsec_buffer_take(&ret);
}

static void add_location(struct json_object *result, const struct lsec_seen *seen,
                         const struct lsec_finding *finding)
{
	struct json_object *location = add_only(result, "locations");
	struct json_object *physical = add_object(location, "physicalLocation");
	const char *object = lsec_seen_object(seen);
	const char *place = lsec_seen_place(seen, finding);
	cleanup_free char *uri = uri_of(lsec_seen_relative(seen));
	lsec_json_add_text(add_object(physical, "artifactLocation"), "uri", uri);
	if (finding->mark.line > 0) {
		struct json_object *region = add_object(physical, "region");
		lsec_json_add(region, "startLine",
		              lsec_json_new_number((int64_t)finding->mark.line));
		lsec_json_add(region, "startColumn",
		              lsec_json_new_number((int64_t)finding->mark.column));
	}
	if (object == NULL)
		return;
	cleanup_free char *name =
		lsec_concat(object, place == NULL ? "" : "/", place == NULL ? "" : place);
	lsec_json_add_text(add_only(location, "logicalLocations"), "fullyQualifiedName", name);
}

/* [3.27] A finding; one that does not count is suppressed [3.35]. */
static struct json_object *result_to_json(const struct lsec_seen *seen,
                                          const struct lsec_finding *finding)
{
	struct json_object *item = lsec_json_new_object();
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_seen_tell(&text, seen, finding);
	lsec_json_add_text(item, "ruleId", finding->rule);
	lsec_json_add_text(item, "level", lsec_severity_name(finding->severity));
	lsec_json_add(item, "message", message(text.bytes));
	add_location(item, seen, finding);
	if (finding->ignored == NULL)
		return item;
	struct json_object *suppression = add_only(item, "suppressions");
	bool option = finding->ignored[0] == '\0';
	lsec_json_add_text(suppression, "kind", option ? "external" : "inSource");
	lsec_json_add_text(suppression, "justification", option ? "--ignore" : finding->ignored);
	return item;
}

/* [3.18, 3.19] */
static struct json_object *tool_to_json(void)
{
	struct json_object *tool = lsec_json_new_object();
	struct json_object *driver = add_object(tool, "driver");
	struct json_object *rules = lsec_json_new_list();
	struct lsec_rule_name names[LSEC_MOST_RULES];
	size_t count = lsec_rule_names(names);
	lsec_json_add_text(driver, "name", "launchsec");
	lsec_json_add_text(driver, "version", LAUNCHSEC_VERSION);
	if (LAUNCHSEC_HOMEPAGE[0] != '\0')
		lsec_json_add_text(driver, "informationUri", LAUNCHSEC_HOMEPAGE);
	for (size_t i = 0; i < count; i++)
		lsec_json_append(rules, rule_to_json(&names[i]));
	lsec_json_add(driver, "rules", rules);
	return tool;
}

/* Adds a value in a line, behind what stands before it; takes it over. */
static void add_line(struct lsec_buffer *ret, const char *before, struct json_object *value)
{
	lsec_buffer_text(ret, before);
	lsec_json_write(ret, value);
	json_object_put(value);
}

/* A result at a time: all of them as objects would need ten times their text. */
void lsec_lint_sarif(struct lsec_buffer *ret, const struct lsec_lint_run *run)
{
	const char *before = "";
	char what[64];
	add_line(
		ret,
		"{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [{\n\"columnKind\": \"unicodeCodePoints\",\n\"tool\": ",
		tool_to_json());
	lsec_buffer_text(ret, ",\n\"results\": [\n");
	for (size_t i = 0; i < run->count; i++) {
		const struct lsec_seen *seen = &run->of[i];
		const struct lsec_finding omitted = lsec_seen_omitted(seen, what);
		for (size_t k = 0; k < seen->findings.count; k++) {
			add_line(ret, before, result_to_json(seen, &seen->findings.of[k]));
			before = ",\n";
		}
		if (seen->findings.omitted > 0)
			add_line(ret, before, result_to_json(seen, &omitted));
	}
	lsec_buffer_text(ret, "\n]}]}\n");
}
