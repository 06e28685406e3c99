/* SPDX-License-Identifier: Apache-2.0 */
/* Names what was meant by a command or an option that there is not. */
#include <string.h>

#include "base/text.h"
#include "options.h"
#include "words.h"

const struct lsec_command *lsec_find_command(const char *word, const char *program,
                                             struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer names = {0};
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL;
	     command++) {
		if (strcmp(word, command->name) == 0)
			return command;
		lsec_buffer_format(&names, "%s ", command->name);
	}
	cleanup_free char *meant = lsec_word_meant(word, names.bytes);
	if (meant != NULL)
		lsec_problem_add(problems, lsec_quote(word).text,
		                 "unknown command; did you mean %s?", meant);
	else
		lsec_problem_add(problems, lsec_quote(word).text,
		                 "unknown command; \"%s --help\" lists them", program);
	return NULL;
}

/* The long options of a command, in a row. Owned. */
static char *names_of(const struct lsec_command *command)
{
	cleanup_buffer struct lsec_buffer names = {0};
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if (lsec_has_option(command, option) && !lsec_is_operand(option))
			lsec_buffer_format(&names, "%s ", option->name);
	return lsec_buffer_take(&names);
}

/* The name in "--name=value", or after any other number of dashes. Owned. */
static char *name_in(const char *word)
{
	char *name = lsec_strdup(word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	return name;
}

int lsec_refuse_option(const struct lsec_command *command, const char *word, const char *program,
                       struct lsec_problems *problems)
{
	cleanup_free char *names = names_of(command);
	cleanup_free char *name = name_in(word);
	cleanup_free char *meant = lsec_word_meant(name, names);
	if (meant == NULL)
		return lsec_problem_add(problems, lsec_quote(word).text,
		                        "not an option of %s %s; \"%s %s --help\" lists them",
		                        program, command->name, program, command->name);
	return lsec_problem_add(problems, lsec_quote(word).text,
	                        "not an option of %s %s; did you mean --%s?", program,
	                        command->name, meant);
}

int lsec_refuse_one_dash(const struct lsec_command *command, char *const *argv, const char *program,
                         struct lsec_problems *problems)
{
	int status = 0;
	cleanup_free char *names = names_of(command);
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
		cleanup_free char *name = name_in(*argv);
		if ((*argv)[0] == '-' && (*argv)[1] != '-' && strlen(name) > 1 &&
		    lsec_place_of_word(name, names) >= 0)
			status = lsec_refuse_option(command, *argv, program, problems);
	}
	return status;
}
