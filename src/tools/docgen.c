/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a document that is made from the tables: docgen docs/launchsec.1 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "docs.h"

static const struct {
	const char *path; /* in the source tree */
	void (*write)(struct lsec_buffer *ret);
} documents[] = {
	{"docs/annotations.md", lsec_doc_annotations},
	{"docs/lint.md", lsec_doc_lint},
	{"docs/qemu-arguments.md", lsec_doc_qemu},
	{"docs/launchsec.1", lsec_doc_man},
	{"docs/completion/launchsec.bash", lsec_doc_bash},
	{"docs/completion/_launchsec", lsec_doc_zsh},
};
#define DOCUMENTS (sizeof(documents) / sizeof(documents[0]))

static enum lsec_exit print(size_t document, struct lsec_problems *problems)
{
	lsec_owned_buffer text = {0};
	documents[document].write(&text);
	if (text.failed) {
		lsec_problem_no_memory(problems);
		return LSEC_EXIT_FAILED;
	}
	if (lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems) < 0)
		return LSEC_EXIT_FAILED;
	return LSEC_EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	enum lsec_exit status = LSEC_EXIT_USAGE;
	size_t i = 0;
	while (i < DOCUMENTS && (argc != 2 || strcmp(argv[1], documents[i].path) != 0))
		i++;
	if (i < DOCUMENTS) {
		status = print(i, &problems);
	} else {
		fputs("usage: docgen DOCUMENT, where DOCUMENT is one of:\n", stderr);
		for (i = 0; i < DOCUMENTS; i++)
			fprintf(stderr, "  %s\n", documents[i].path);
	}
	lsec_print_problems(&problems);
	return (int)status;
}
