/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line asks for, and the exit status. */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"
#include "complete.h"
#include "expect.h"
#include "health.h"
#include "id_block.h"
#include "init.h"
#include "initdata.h"
#include "io.h"
#include "launcher/launcher.h"
#include "launchsec/memory.h"
#include "libvirt/client.h"
#include "lint.h"
#include "measure.h"
#include "output.h"
#include "probe.h"
#include "provision.h"
#include "run.h"
#include "serve.h"

#ifndef LAUNCHSEC_VERSION
#error "the Makefile defines LAUNCHSEC_VERSION"
#endif

static enum lsec_exit print(struct lsec_buffer *text, struct lsec_problems *problems)
{
	if (lsec_write_all(STDOUT_FILENO, "standard output", text->bytes, text->len, problems) < 0)
		return LSEC_EXIT_FAILED;
	return LSEC_EXIT_DONE;
}

static enum lsec_exit annotations(const struct lsec_options *options,
                                  struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	const struct lsec_key *one = NULL;
	if (options->operand != NULL && lsec_find_annotation(options->operand, &one, problems) < 0)
		return LSEC_EXIT_USAGE;
	lsec_output_annotations(&text, options->format, one);
	return print(&text, problems);
}

static enum lsec_exit completion(const struct lsec_options *options, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	if (lsec_completion_script(options->operand, &text) == 0)
		return print(&text, problems);
	lsec_problem_add(problems, lsec_quote(options->operand).text, "must be bash, zsh or fish");
	return LSEC_EXIT_USAGE;
}

static enum lsec_exit run(const struct lsec_options *options, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	if (options->help)
		lsec_output_help(&text, options->program,
		                 options->command == 0 ? NULL : lsec_command(options->command));
	else if (options->command == LSEC_COMMAND_APPLY)
		return lsec_run_apply(options, problems);
	else if (options->command == LSEC_COMMAND_HOOK)
		return lsec_run_hook(options, problems);
	else if (options->command == LSEC_COMMAND_INITDATA)
		return lsec_run_initdata(options, problems);
	else if (options->command == LSEC_COMMAND_BIND)
		return lsec_run_bind(options, problems);
	else if (options->command == LSEC_COMMAND_INIT)
		return lsec_run_init(options, problems);
	else if (options->command == LSEC_COMMAND_ID_BLOCK)
		return lsec_run_id_block(options, problems);
	else if (options->command == LSEC_COMMAND_PROVISION)
		return lsec_run_provision(options, problems);
	else if (options->command == LSEC_COMMAND_PROBE)
		return lsec_run_probe(options, problems);
	else if (options->command == LSEC_COMMAND_LINT)
		return lsec_run_lint(options, problems);
	else if (options->command == LSEC_COMMAND_MEASURE)
		return lsec_run_measure(options, problems);
	else if (options->command == LSEC_COMMAND_EXPECT)
		return lsec_run_expect(options, problems);
	else if (options->command == LSEC_COMMAND_SERVE)
		return lsec_run_serve(options, problems);
	else if (options->command == LSEC_COMMAND_HEALTH)
		return lsec_run_health(options, problems);
	else if (options->command == LSEC_COMMAND_ANNOTATIONS)
		return annotations(options, problems);
	else if (options->command == LSEC_COMMAND_COMPLETION)
		return completion(options, problems);
	else
		lsec_buffer_format(&text, "launchsec " LAUNCHSEC_VERSION "%s%s%s%s\n",
		                   lsec_virt_built_in || lsec_launcher_built_in ? " with " : "",
		                   lsec_virt_built_in ? "libvirt" : "",
		                   lsec_virt_built_in && lsec_launcher_built_in ? " and " : "",
		                   lsec_launcher_built_in ? "libarchive" : "");
	return print(&text, problems);
}

/*
 * glibc keeps small freed blocks apart and, whenever something large is freed, walks through all of
 * them: a third of the time on a domain of 4 MB, whose tree is a million small blocks.
 */
static void tune_allocator(void)
{
#ifdef M_MXFAST
	mallopt(M_MXFAST, 0);
#endif
}

/*
 * What was started without standard streams must not get their numbers for its files: errors would
 * be written into them. Writing to these still fails.
 */
static bool keep_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH | O_CLOEXEC) < 0)
			return false;
	return true;
}

/* The hidden command of the shells' completion, which takes what the user has typed so far. */
static enum lsec_exit complete(int argc, char **argv, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer text = {0};
	lsec_complete((size_t)argc, argv, &text);
	return print(&text, problems);
}

int main(int argc, char **argv)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_options options LSEC_CLEANUP(lsec_options_clear) = {0};
	enum lsec_exit status = LSEC_EXIT_USAGE;
	/* Where nobody reads any more, or a file may not grow, writing fails, and that is said. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!keep_standard_streams())
		return LSEC_EXIT_FAILED;
	tune_allocator();
	lsec_memory_setup();
	if (argc > 1 && strcmp(argv[1], LSEC_COMPLETE) == 0)
		status = complete(argc - 2, argv + 2, &problems);
	else if (lsec_options_read(argc, argv, &options, &problems) == 0)
		status = run(&options, &problems);
	else if (problems.failed)
		status = LSEC_EXIT_FAILED;
	lsec_print_problems(&problems);
	if (options.command == LSEC_COMMAND_HOOK)
		lsec_wait_until_read(STDERR_FILENO);
	return (int)status;
}
