/* SPDX-License-Identifier: Apache-2.0 */
/* What lint prints for programs: JSON, JUnit, and GitHub's workflow commands. */
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "lint_run.h"

static struct json_object *finding_to_json(const struct lsec_finding *finding)
{
	const char *ignored = finding->ignored;
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "severity", lsec_severity_name(finding->severity));
	lsec_json_add_text(item, "rule", finding->rule);
	lsec_json_add_text(item, "place", finding->place);
	lsec_json_add_text(item, "what", finding->what);
	lsec_json_add_text(item, "mend", finding->fix);
	lsec_json_add(item, "line", lsec_json_new_number((int64_t)finding->mark.line));
	lsec_json_add(item, "column", lsec_json_new_number((int64_t)finding->mark.column));
	lsec_json_add_text(item, "ignored",
	                   ignored != NULL && ignored[0] == '\0' ? "--ignore" : ignored);
	return item;
}

static struct json_object *seen_to_json(const struct lsec_seen *seen)
{
	struct json_object *item = lsec_json_new_object();
	struct json_object *findings = lsec_json_new_list();
	lsec_json_add_text(item, "file", lsec_seen_file(seen));
	lsec_json_add_text(item, "object", lsec_seen_object(seen));
	lsec_json_add(item, "skipped", lsec_json_new_boolean(seen->skipped));
	lsec_json_add_text(item, "type", lsec_seen_tee(seen));
	for (size_t i = 0; i < seen->findings.count; i++)
		lsec_json_append(findings, finding_to_json(&seen->findings.of[i]));
	lsec_json_add(item, "findings", findings);
	lsec_json_add(item, "omitted", lsec_json_new_number((int64_t)seen->findings.omitted));
	return item;
}

void lsec_lint_json(struct lsec_buffer *ret, const struct lsec_lint_run *run)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *objects = lsec_json_new_list();
	lsec_json_add_text(root, "kubevirt", run->options->kubevirt);
	if (run->options->openshift != NULL)
		lsec_json_add_text(root, "openshift", run->options->openshift);
	lsec_json_add(root, "files", lsec_json_new_number((int64_t)run->files.count));
	lsec_json_add(root, "vms", lsec_json_new_number((int64_t)run->vms));
	lsec_json_add(root, "errors", lsec_json_new_number((int64_t)run->sum.errors));
	lsec_json_add(root, "warnings", lsec_json_new_number((int64_t)run->sum.warnings));
	lsec_json_add(root, "ignored", lsec_json_new_number((int64_t)run->sum.ignored));
	for (size_t i = 0; i < run->count; i++)
		lsec_json_append(objects, seen_to_json(&run->of[i]));
	lsec_json_add(root, "objects", objects);
	lsec_json_print(ret, root);
}

/* Adds a text with escapes: each a character, and what is written for it. */
static void add_escaped(struct lsec_buffer *ret, const char *text, const char *const escapes[])
{
	for (; *text != '\0'; text++) {
		size_t i = 0;
		while (escapes[i] != NULL && escapes[i][0] != *text)
			i++;
		if (escapes[i] == NULL)
			lsec_buffer_add(ret, text, 1);
		else
			lsec_buffer_text(ret, escapes[i] + 1);
	}
}

static const char *const xml_escapes[] = {"&&amp;", "<&lt;", ">&gt;", "\"&quot;", NULL};

/* What warnings come to in JUnit. */
static bool is_failure(const struct lsec_lint_run *run, const struct lsec_finding *finding)
{
	return finding->ignored == NULL &&
	       (finding->severity == LSEC_SEVERITY_ERROR || run->options->strict);
}

/* Adds the lines of an object's findings that are failures, or of the others; returns the rule of
 * the first, NULL for none. */
static const char *add_lines(struct lsec_buffer *ret, const struct lsec_lint_run *run,
                             const struct lsec_seen *seen, bool failures)
{
	char what[64];
	const struct lsec_finding omitted = lsec_seen_omitted(seen, what);
	const char *rule = NULL;
	for (size_t i = 0; i < seen->findings.count + (seen->findings.omitted > 0); i++) {
		const struct lsec_finding *finding =
			i < seen->findings.count ? &seen->findings.of[i] : &omitted;
		if (is_failure(run, finding) != failures)
			continue;
		cleanup_buffer struct lsec_buffer line = {0};
		lsec_seen_tell(&line, seen, finding);
		lsec_buffer_format(ret, "%s%s:%zu:%zu: %s: ", rule == NULL ? "" : "\n",
		                   seen->file->name, finding->mark.line, finding->mark.column,
		                   finding->ignored != NULL
		                           ? "ignored"
		                           : lsec_severity_name(finding->severity));
		lsec_buffer_text(ret, line.bytes);
		rule = rule == NULL ? finding->rule : rule;
	}
	return rule;
}

/* An object is a test, which fails with all its errors: readers take one failure of a test. */
static void add_test(struct lsec_buffer *ret, const struct lsec_lint_run *run,
                     const struct lsec_seen *seen)
{
	const char *object = lsec_seen_object(seen);
	cleanup_buffer struct lsec_buffer failures = {0};
	cleanup_buffer struct lsec_buffer others = {0};
	const char *rule = add_lines(&failures, run, seen, true);
	lsec_buffer_text(ret, "    <testcase name=\"");
	add_escaped(ret, object == NULL ? seen->file->name : object, xml_escapes);
	lsec_buffer_text(ret, "\" classname=\"");
	add_escaped(ret, seen->file->name, xml_escapes);
	lsec_buffer_text(ret, "\">\n");
	if (seen->skipped)
		lsec_buffer_format(ret, "      <skipped message=\"%s\"/>\n",
		                   lsec_seen_skipped(seen));
	if (rule != NULL) {
		lsec_buffer_format(ret, "      <failure type=\"%s\" message=\"", rule);
		lsec_lint_counts(ret, &seen->findings);
		lsec_buffer_text(ret, "\">");
		add_escaped(ret, failures.bytes, xml_escapes);
		lsec_buffer_text(ret, "</failure>\n");
	}
	if (add_lines(&others, run, seen, false) != NULL) {
		lsec_buffer_text(ret, "      <system-out>");
		add_escaped(ret, others.bytes, xml_escapes);
		lsec_buffer_text(ret, "</system-out>\n");
	}
	lsec_buffer_text(ret, "    </testcase>\n");
}

/* The tests of a file, which stand one behind the other from `from` on; returns where the next
 * file's begin. */
static size_t add_suite(struct lsec_buffer *ret, const struct lsec_lint_run *run, size_t from)
{
	size_t end = from;
	size_t failures = 0;
	size_t skipped = 0;
	for (; end < run->count && run->of[end].file == run->of[from].file; end++) {
		const struct lsec_findings *findings = &run->of[end].findings;
		failures +=
			findings->errors > 0 || (run->options->strict && findings->warnings > 0);
		skipped += run->of[end].skipped;
	}
	lsec_buffer_text(ret, "  <testsuite name=\"");
	add_escaped(ret, run->of[from].file->name, xml_escapes);
	lsec_buffer_format(ret, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
	                   end - from, failures, skipped);
	for (size_t i = from; i < end; i++)
		add_test(ret, run, &run->of[i]);
	lsec_buffer_text(ret, "  </testsuite>\n");
	return end;
}

void lsec_lint_junit(struct lsec_buffer *ret, const struct lsec_lint_run *run)
{
	lsec_buffer_text(
		ret,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"launchsec lint\">\n");
	for (size_t i = 0; i < run->count;)
		i = add_suite(ret, run, i);
	lsec_buffer_text(ret, "</testsuites>\n");
}

/* A path as GitHub knows it, but "?" for what may not get into a log: control characters that have
 * no escape, and bytes that are no UTF-8. */
static char *path_of(const struct lsec_seen *seen)
{
	char *ret = lsec_strdup(lsec_seen_relative(seen));
	const char *end = ret + strlen(ret);
	size_t len;
	for (char *at = ret; at < end; at += len == 0 ? 1 : len) {
		unsigned char byte = (unsigned char)*at;
		len = lsec_utf8_character(at, end);
		if (len == 0 || byte == 0x7f || (byte < 0x20 && byte != '\r' && byte != '\n') ||
		    (byte == 0xc2 && (unsigned char)at[1] < 0xa0))
			memset(at, '?', len == 0 ? 1 : len);
	}
	return ret;
}

/* https://docs.github.com/actions, workflow commands; the escapes are those of actions/toolkit,
 * packages/core/src/command.ts: escapeData() and escapeProperty(). */
static void add_command(struct lsec_buffer *ret, const struct lsec_seen *seen,
                        const struct lsec_finding *finding)
{
	static const char *const data[] = {"%%25", "\r%0D", "\n%0A", NULL};
	static const char *const property[] = {"%%25", "\r%0D", "\n%0A", ":%3A", ",%2C", NULL};
	cleanup_buffer struct lsec_buffer text = {0};
	const char *object = lsec_seen_object(seen);
	cleanup_free char *path = path_of(seen);
	lsec_buffer_format(ret, "::%s file=", lsec_severity_name(finding->severity));
	add_escaped(ret, path, property);
	if (finding->mark.line > 0)
		lsec_buffer_format(ret, ",line=%zu,col=%zu", finding->mark.line,
		                   finding->mark.column);
	lsec_buffer_format(ret, ",title=launchsec %s::", finding->rule);
	lsec_buffer_format(&text, "%s%s", object == NULL ? "" : object, object == NULL ? "" : ": ");
	lsec_seen_tell(&text, seen, finding);
	add_escaped(ret, text.bytes, data);
	lsec_buffer_text(ret, "\n");
}

void lsec_lint_github(struct lsec_buffer *ret, const struct lsec_lint_run *run)
{
	char what[64];
	for (size_t i = 0; i < run->count; i++) {
		const struct lsec_seen *seen = &run->of[i];
		for (size_t k = 0; k < seen->findings.count; k++)
			if (seen->findings.of[k].ignored == NULL)
				add_command(ret, seen, &seen->findings.of[k]);
		const struct lsec_finding omitted = lsec_seen_omitted(seen, what);
		if (seen->findings.omitted > 0)
			add_command(ret, seen, &omitted);
	}
	lsec_lint_sum(ret, run);
	lsec_buffer_text(ret, "\n");
}
