/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints a document that is made from a template and the tables, from the top of the source tree:
 *
 *   docgen docs/launchsec.1
 *
 * reads docs/launchsec.1.in. In it @name@ stands for what the table has; alone on a line it stands
 * for whole lines.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "docs.h"

static const struct document {
	const char *path; /* in the source tree */
	const struct lsec_doc_mark *marks;
} documents[] = {
	{"docs/annotations.md", lsec_doc_annotations},
	{"docs/lint.md", lsec_doc_lint},
	{"docs/qemu-arguments.md", lsec_doc_qemu},
	{"docs/launchsec.1", lsec_doc_man},
	{"docs/onDefineDomain.1", lsec_doc_man},
	{"deploy/policies/annotations/policy.yaml", lsec_doc_policy},
};
#define DOCUMENTS (sizeof(documents) / sizeof(documents[0]))

/* The mark that begins at `at`, and in *ret_len how long it is; NULL where none does. */
static const struct lsec_doc_mark *mark_at(const struct lsec_doc_mark *marks, const char *at,
                                           size_t *ret_len)
{
	for (const struct lsec_doc_mark *mark = marks; mark->name != NULL; mark++) {
		size_t len = strlen(mark->name);
		if (at[0] == '@' && strncmp(at + 1, mark->name, len) == 0 && at[len + 1] == '@') {
			*ret_len = len + 2;
			return mark;
		}
	}
	return NULL;
}

/* Whether what stands at `at` looks like a mark, known or not. */
static bool looks_like_mark(const char *at)
{
	size_t len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz-");
	return at[0] == '@' && len > 0 && at[len + 1] == '@';
}

static int fill(const struct document *document, const char *template, struct lsec_buffer *ret,
                struct lsec_problems *problems)
{
	const char *at = template;
	while (*at != '\0') {
		size_t len = 1;
		const struct lsec_doc_mark *mark = mark_at(document->marks, at, &len);
		if (mark == NULL && looks_like_mark(at))
			return lsec_problem_failed(problems, document->path,
			                           "unknown mark in the template: %s",
			                           lsec_quote_bytes(at, strcspn(at, "\n")).text);
		bool whole_line =
			mark != NULL && (at == template || at[-1] == '\n') && at[len] == '\n';
		if (mark != NULL)
			mark->write(ret);
		else
			lsec_buffer_add(ret, at, 1);
		at += len + whole_line;
	}
	return 0;
}

static int print(const struct document *document, struct lsec_problems *problems)
{
	cleanup_free char *path = lsec_format("%s.in", document->path);
	cleanup_buffer struct lsec_buffer template = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	if (lsec_read_file(path, LSEC_MAX_DOCUMENT, &template, problems) < 0 ||
	    fill(document, template.bytes, &text, problems) < 0)
		return -1;
	return lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems);
}

int main(int argc, char **argv)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	enum lsec_exit status = LSEC_EXIT_USAGE;
	size_t i = 0;
	while (i < DOCUMENTS && (argc != 2 || strcmp(argv[1], documents[i].path) != 0))
		i++;
	if (i < DOCUMENTS) {
		status = print(&documents[i], &problems) < 0 ? LSEC_EXIT_FAILED : LSEC_EXIT_DONE;
	} else {
		fputs("usage: docgen DOCUMENT, where DOCUMENT is one of:\n", stderr);
		for (i = 0; i < DOCUMENTS; i++)
			fprintf(stderr, "  %s\n", documents[i].path);
	}
	lsec_print_problems(&problems);
	return (int)status;
}
