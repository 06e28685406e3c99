/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the command line. */
#include "options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/text.h"
#include "log/log.h"
#include "words.h"

/* What a row of the table is to getopt_long(); letters are below. */
#define FIRST_ROW 256

static void add_text(struct lsec_texts *texts, const char *text)
{
	texts->of = lsec_grow(texts->of, texts->count, &texts->room, sizeof(*texts->of));
	texts->of[texts->count++] = text;
}

/* The name of an option's argument, in a text. */
static char *argument_in_text(const struct lsec_option *option)
{
	char *argument = lsec_strdup(option->argument);
	for (char *c = argument; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return argument;
}

static int refuse_text(const struct lsec_option *option, bool empty, struct lsec_problems *problems)
{
	cleanup_free char *place = lsec_format("--%s", option->name);
	cleanup_free char *argument = argument_in_text(option);
	if (empty)
		return lsec_problem_add(problems, place, "must not be empty; name a %s", argument);
	return lsec_problem_add(problems, place, "is given twice; remove one");
}

static int set_text(const struct lsec_option *option, const char **field, const char *text,
                    struct lsec_problems *problems)
{
	bool empty = text[0] == '\0' && option->complete != NULL;
	if (*field != NULL || empty)
		return refuse_text(option, empty, problems);
	*field = text;
	return 0;
}

static int set_mode(const struct lsec_option *option, struct lsec_options *ret,
                    struct lsec_problems *problems)
{
	if (ret->mode_given && ret->mode != (enum lsec_mode)option->number)
		return lsec_problem_add(problems, "--explain, --diff, --check",
		                        "cannot be combined; use one of them");
	ret->mode = (enum lsec_mode)option->number;
	ret->mode_given = true;
	return 0;
}

static int set_choice(const struct lsec_option *option, const char *text, unsigned *field,
                      struct lsec_problems *problems)
{
	int place = lsec_place_of_word(text, option->complete);
	if (place >= 0) {
		*field = option->kind == LSEC_OPTION_MASK ? *field | 1U << place : (unsigned)place;
		return 0;
	}
	cleanup_free char *name = lsec_format("--%s", option->name);
	cleanup_free char *words = lsec_words_for_people(option->complete);
	cleanup_free char *meant = lsec_word_meant(text, option->complete);
	return lsec_problem_add(problems, name, "must be %s, got %s%s%s%s", words,
	                        lsec_quote(text).text, meant == NULL ? "" : "; did you mean ",
	                        meant == NULL ? "" : meant, meant == NULL ? "" : "?");
}

static int set_number(const struct lsec_option *option, const char *text, int32_t *field,
                      struct lsec_problems *problems)
{
	char *end = NULL;
	int32_t least = option->number == 0 ? INT32_MIN : 1;
	int32_t most = option->number == 0 ? INT32_MAX : option->number;
	errno = 0;
	long number = strtol(text, &end, 10);
	bool digits = text[text[0] == '-'] >= '0' && text[text[0] == '-'] <= '9';
	if (digits && *end == '\0' && errno == 0 && number >= least && number <= most) {
		*field = (int32_t)number;
		return 0;
	}
	cleanup_free char *name = lsec_format("--%s", option->name);
	cleanup_free char *argument = argument_in_text(option);
	return lsec_problem_add(problems, name, "must be a whole number%s%s from %d to %d, got %s",
	                        option->number == 0 ? "" : " of ",
	                        option->number == 0 ? "" : argument, least, most,
	                        lsec_quote(text).text);
}

static int take(const struct lsec_option *option, const char *text, struct lsec_options *ret,
                struct lsec_problems *problems)
{
	void *field = (char *)ret + option->offset;
	switch (option->kind) {
	case LSEC_OPTION_TEXT:
		return set_text(option, field, text, problems);
	case LSEC_OPTION_TEXTS:
		add_text(field, text);
		return 0;
	case LSEC_OPTION_MODE:
		return set_mode(option, ret, problems);
	case LSEC_OPTION_CHOICE:
	case LSEC_OPTION_MASK:
		return set_choice(option, text, field, problems);
	case LSEC_OPTION_NUMBER:
		return set_number(option, text, field, problems);
	case LSEC_OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case LSEC_OPTION_HELP:
		ret->help = true;
		return 0;
	case LSEC_OPTION_OPERANDS:
	case LSEC_OPTION_OPERAND:
		break;
	}
	return -1;
}

const struct lsec_option *lsec_operand_of(const struct lsec_command *command)
{
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if (lsec_has_option(command, option) && lsec_is_operand(option))
			return option;
	return NULL;
}

/* The options of one command in the form of getopt_long(): row i of the table is said by the
 * value FIRST_ROW + i. */
static void fill_getopt(const struct lsec_command *command, struct option ret[LSEC_MOST_OPTIONS],
                        char letters[])
{
	const struct lsec_option *options = lsec_option_table();
	size_t count = 0;
	if (lsec_operand_of(command) == NULL)
		*letters++ = '+'; /* no permutation: what is left over is told */
	*letters++ = ':';
	for (size_t i = 0; options[i].name != NULL; i++) {
		if (!lsec_has_option(command, &options[i]) || lsec_is_operand(&options[i]))
			continue;
		ret[count++] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].argument == NULL ? no_argument : required_argument,
			.val = FIRST_ROW + (int)i,
		};
		if (options[i].letter == 0)
			continue;
		*letters++ = options[i].letter;
		if (options[i].argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	ret[count] = (struct option){0};
}

/* NULL: the command has no such letter. */
static const struct lsec_option *row_of(enum lsec_command_id command, int value)
{
	if (value >= FIRST_ROW)
		return &lsec_option_table()[value - FIRST_ROW];
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if (option->letter == value && (option->commands & command) != 0)
			return option;
	return NULL;
}

/* What getopt_long() did not take: `word`, or a letter, which may stand in a row of them. Whether
 * the option is unknown is returned in *ret_unknown. */
static int refuse(const struct lsec_command *command, const char *word, const char *program,
                  bool *ret_unknown, struct lsec_problems *problems)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	const struct lsec_option *option = optopt == 0 ? NULL : row_of(command->id, optopt);
	if (option == NULL) {
		*ret_unknown = true;
		return lsec_refuse_option(command, optopt > 0 ? letter : word, program, problems);
	}
	cleanup_free char *place = lsec_format("--%s", option->name);
	if (option->argument == NULL)
		return lsec_problem_add(problems, place,
		                        "must have no value; remove \"=\" and what is after it");
	return lsec_problem_add(problems, place, "has no value; add one after it (%s %s --help)",
	                        program, command->name);
}

/* Takes one thing that the options left. */
static int take_operand(const struct lsec_command *command, const struct lsec_option *operands,
                        const char *text, struct lsec_options *ret, struct lsec_problems *problems)
{
	void *field = (char *)ret + operands->offset;
	if (operands->kind == LSEC_OPTION_OPERAND && *(const char **)field != NULL)
		return lsec_problem_add(problems, lsec_quote(text).text,
		                        "unexpected argument; give one %s only (%s %s --help)",
		                        operands->name, ret->program, command->name);
	if (*text == '\0' && strcmp(operands->name, "FILE") == 0)
		return lsec_problem_add(problems, operands->name,
		                        "must not be empty; name a file, or -");
	if (operands->kind == LSEC_OPTION_OPERANDS)
		add_text(field, text);
	else
		*(const char **)field = text;
	return 0;
}

enum { UNKNOWN_OPTION = -2 };

/* What the options left: for the command's operands where it has any, else UNKNOWN_OPTION. */
static int read_operands(const struct lsec_command *command, char **left, struct lsec_options *ret,
                         struct lsec_problems *problems)
{
	int status = 0;
	const struct lsec_option *operands = lsec_operand_of(command);
	if (operands == NULL && *left == NULL)
		return 0;
	if (operands == NULL) {
		lsec_problem_add(problems, lsec_quote(*left).text,
		                 "unexpected argument; name its option first (%s %s --help)",
		                 ret->program, command->name);
		return UNKNOWN_OPTION; /* what follows may be of that option */
	}
	bool needed = operands->kind == LSEC_OPTION_OPERANDS || operands->number != 0;
	if (needed && *left == NULL && !ret->help)
		return lsec_problem_add(problems, operands->name,
		                        "missing; give %sone (%s %s --help)",
		                        operands->kind == LSEC_OPTION_OPERANDS ? "at least " : "",
		                        ret->program, command->name);
	for (; *left != NULL; left++)
		status |= take_operand(command, operands, *left, ret, problems);
	return status;
}

/* `help COMMAND` is `COMMAND --help`. */
static int take_help(struct lsec_options *ret, struct lsec_problems *problems)
{
	const struct lsec_command *command =
		ret->operand == NULL ? NULL
				     : lsec_find_command(ret->operand, ret->program, problems);
	if (ret->operand != NULL && command == NULL)
		return -1;
	ret->help = true;
	ret->command = command == NULL ? 0 : command->id;
	return 0;
}

/* Returns UNKNOWN_OPTION where there is one. */
static int read_options(const struct lsec_command *command, int argc, char **argv,
                        struct lsec_options *ret, struct lsec_problems *problems)
{
	struct option rows[LSEC_MOST_OPTIONS];
	char letters[2 * LSEC_MOST_OPTIONS + 3];
	int status = 0;
	int value;
	bool unknown = lsec_refuse_one_dash(command, argv, ret->program, problems) < 0;
	if (unknown)
		return UNKNOWN_OPTION;
	fill_getopt(command, rows, letters);
	opterr = 0;
	optind = 0; /* forgets an earlier command line altogether: glibc keeps a pointer into it */
	while ((value = getopt_long(argc, argv, letters, rows, NULL)) != -1) {
		if (value == '?' || value == ':') {
			status |=
				refuse(command, argv[optind - 1], ret->program, &unknown, problems);
			continue;
		}
		const struct lsec_option *row = row_of(command->id, value);
		assert(row != NULL); /* its letters are those of the command */
		status |= take(row, optarg, ret, problems);
	}
	/* What is left may be its value, and what is missing be what was meant. */
	if (unknown)
		return UNKNOWN_OPTION;
	/* musl counts a value that is missing at the end. */
	int left = read_operands(command, argv + (optind < argc ? optind : argc), ret, problems);
	return left == UNKNOWN_OPTION ? left : status | left;
}

int lsec_options_read(int argc, char **argv, struct lsec_options *ret,
                      struct lsec_problems *problems)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *called = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";
	const struct lsec_command *command = lsec_command(LSEC_COMMAND_HOOK);
	*ret = (struct lsec_options){.program = strcmp(called, "kubectl-launchsec") == 0
	                                                ? "kubectl launchsec"
	                                                : "launchsec"};
	if (strcmp(called, "onDefineDomain") != 0) {
		if (argc < 2)
			return lsec_problem_add(problems, "COMMAND",
			                        "missing; \"%s --help\" lists all commands",
			                        ret->program);
		if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
			ret->help = true;
			return 0;
		}
		command = strcmp(argv[1], "--version") == 0
		                  ? lsec_command(LSEC_COMMAND_VERSION)
		                  : lsec_find_command(argv[1], ret->program, problems);
		if (command == NULL)
			return -1;
		argc--;
		argv++;
	}
	ret->command = command->id;
	ret->log_level = LSEC_INFO;
	ret->timeout = 1;
	int status = read_options(command, argc, argv, ret, problems);
	if (status == 0 && command->id == LSEC_COMMAND_HELP && !ret->help)
		return take_help(ret, problems);
	if (ret->help || status == UNKNOWN_OPTION)
		return status < 0 ? -1 : 0;
	return status | lsec_options_require(ret, problems);
}

void lsec_options_clear(struct lsec_options *given)
{
	free(given->set.of);
	free(given->standard.of);
	free(given->forbid.of);
	free(given->files.of);
	free(given->ignore.of);
	free(given->other_firmware.of);
	free(given->also.of);
	*given = (struct lsec_options){0};
}
