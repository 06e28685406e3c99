/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands and options as tables: parsing, --help, the man page and shell completion all read them.
 */
#ifndef LAUNCHSEC_CLI_OPTIONS_H
#define LAUNCHSEC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "launchsec/problems.h"

/* Exit statuses, as the contract with users has them. */
enum lsec_exit {
	LSEC_EXIT_DONE = 0,
	LSEC_EXIT_FAILED = 1,
	LSEC_EXIT_USAGE = 2,
	LSEC_EXIT_REFUSED = 3
};

/* Where KubeVirt mounts the directory of a hook sidecar's socket. */
#define LSEC_SOCKET_DIR "/var/run/kubevirt-hooks"

enum lsec_command_id {
	LSEC_COMMAND_APPLY = 1,
	LSEC_COMMAND_HOOK = 2,
	LSEC_COMMAND_ANNOTATIONS = 4,
	LSEC_COMMAND_VERSION = 8,
	LSEC_COMMAND_SERVE = 16,
	LSEC_COMMAND_INITDATA = 32,
	LSEC_COMMAND_LINT = 64,
	LSEC_COMMAND_PROBE = 128,
	LSEC_COMMAND_MEASURE = 256,
	LSEC_COMMAND_ID_BLOCK = 512,
	LSEC_COMMAND_PROVISION = 1024,
	LSEC_COMMAND_EXPECT = 2048,
	LSEC_COMMAND_HEALTH = 1 << 16,
	LSEC_COMMAND_INIT = 1 << 12,
	LSEC_COMMAND_BIND = 1 << 13,
	LSEC_COMMAND_COMPLETION = 1 << 14,
	LSEC_COMMAND_HELP = 1 << 15,
};

enum lsec_mode { LSEC_MODE_DOMAIN, LSEC_MODE_EXPLAIN, LSEC_MODE_DIFF, LSEC_MODE_CHECK };
enum lsec_format { LSEC_FORMAT_TEXT, LSEC_FORMAT_JSON, LSEC_FORMAT_MARKDOWN };

/* --format of `measure`; the first two are those of all commands. */
enum lsec_measure_format {
	LSEC_MEASURE_TEXT = LSEC_FORMAT_TEXT,
	LSEC_MEASURE_JSON = LSEC_FORMAT_JSON,
	LSEC_MEASURE_RVPS,
	LSEC_MEASURE_TRUSTEE_POLICY,
	LSEC_MEASURE_ITA,
};

/* --format of `lint`; the first two are those of all commands. */
enum lsec_lint_format {
	LSEC_LINT_TEXT = LSEC_FORMAT_TEXT,
	LSEC_LINT_JSON = LSEC_FORMAT_JSON,
	LSEC_LINT_SARIF,
	LSEC_LINT_JUNIT,
	LSEC_LINT_GITHUB,
};

/* --color: on a terminal, or as said. */
enum lsec_color { LSEC_COLOR_AUTO, LSEC_COLOR_ALWAYS, LSEC_COLOR_NEVER };

/* NAME=VALUE, or one text, as often as the option was given. */
struct lsec_texts {
	const char **of;
	size_t count, room;
};

/* --log-format: by what standard error is, or as said. */
enum lsec_log_format { LSEC_LOG_AUTO, LSEC_LOG_JSON, LSEC_LOG_TEXT };

/* --sandbox: what the system permits; all of it or nothing; none. */
enum lsec_confine { LSEC_CONFINE_AUTO, LSEC_CONFINE_ON, LSEC_CONFINE_OFF };

/* What a command line says; texts are borrowed from argv. */
struct lsec_options {
	enum lsec_command_id command;
	const char *program; /* how it was called, for messages and help */
	bool help;
	const char *domain, *vmi, *output, *config, *host, *connect;
	enum lsec_mode mode;
	bool mode_given;
	unsigned format; /* enum lsec_format */
	const char *file, *verify;
	unsigned required; /* --require: mask of enum lsec_tee */
	const char *socket_dir, *plugin_socket, *node_socket, *hook_name, *host_root;
	const char *metrics_file;
	unsigned versions;   /* mask of enum lsec_hook_version; 0: all */
	int32_t priority;    /* --hook-priority */
	unsigned log_format; /* enum lsec_log_format */
	unsigned log_level;  /* enum lsec_level */
	unsigned sandbox;    /* enum lsec_confine */
	const char *socket;  /* health */
	int32_t timeout;     /* seconds */
	struct lsec_texts set, standard, forbid;
	const char *kubevirt, *openshift; /* --kubevirt, --openshift, as given */
	bool strict, plugin, quiet, require_vm, require_protection, no_ignore;
	unsigned color; /* enum lsec_color */
	struct lsec_texts ignore;
	unsigned form;   /* --form: mask of configmap, image, plugin */
	bool preference; /* init */
	/* id-block */
	bool verifies, allow_debug;
	const char *digest, *id_key, *author_key, *policy, *family_id, *image_id, *guest_svn;
	const char *id_block, *id_auth;
	const char *kbs, *name_space;
	struct lsec_texts files; /* what is given without an option's name */
	const char *operand;     /* the same, where a command takes one at most */
	/* measure */
	const char *firmware, *launcher, *kernel, *initrd, *cmdline, *report;
	const char *vcpus, *cpu, *cpu_signature, *vmsa_features;
	unsigned tee; /* --tee: mask of enum lsec_tee; for init 4 is auto */
	struct lsec_texts other_firmware, also;
	bool lists; /* --list */
	const char *resource;
};

struct lsec_command {
	enum lsec_command_id id;
	const char *name;
	const char *usage;    /* behind the name */
	const char *help;     /* one line */
	const char *text;     /* a paragraph for --help and the man page */
	const char *statuses; /* its exit statuses for --help, or NULL */
};

/* What an option does with its argument. */
enum lsec_option_kind {
	LSEC_OPTION_TEXT,   /* sets the text at `offset` */
	LSEC_OPTION_TEXTS,  /* adds to the texts at `offset` */
	LSEC_OPTION_MODE,   /* sets the mode to `number`; no argument */
	LSEC_OPTION_CHOICE, /* sets the unsigned at `offset` to the place of a word of `complete` */
	LSEC_OPTION_MASK,   /* the same as a bit, as often as the option was given */
	LSEC_OPTION_NUMBER, /* sets the int32_t at `offset`: 1 to `number`; any where that is 0 */
	LSEC_OPTION_FLAG,   /* sets the bool at `offset`; no argument */
	LSEC_OPTION_HELP,
	/* No option: what is left over behind the options goes to the texts at `offset`, one at
	 * least. Its name is for people. */
	LSEC_OPTION_OPERANDS,
	/* The same for one, to the text at `offset`; `number` is 1 where it must be given. */
	LSEC_OPTION_OPERAND,
};

struct lsec_option {
	const char *name;
	char letter;          /* or 0 */
	const char *argument; /* its name, or NULL for none */
	unsigned commands;    /* mask of enum lsec_command_id */
	/* Small, since there are many rows in the static executable. */
	enum lsec_option_kind kind : 6;
	unsigned offset : 16; /* in struct lsec_options */
	int number : 10;
	const char *complete; /* words to choose from, or NULL: any text; for other words of one's
	                         own complete.c */
	const char *help;
};

/* The tables, in commands.c. Both end with a row whose name is NULL. */
#define LSEC_MOST_OPTIONS 128
const struct lsec_command *lsec_commands(void);
const struct lsec_option *lsec_option_table(void);
const struct lsec_command *lsec_command(enum lsec_command_id id);

/* Whether a command takes an option; and whether that is no option, but an operand. */
static inline bool lsec_has_option(const struct lsec_command *command,
                                   const struct lsec_option *option)
{
	return (option->commands & (unsigned)command->id) != 0;
}
static inline bool lsec_is_operand(const struct lsec_option *option)
{
	return option->kind == LSEC_OPTION_OPERANDS || option->kind == LSEC_OPTION_OPERAND;
}

/* The row of a command's operands; NULL where it has none. */
const struct lsec_option *lsec_operand_of(const struct lsec_command *command);

/*
 * Reads a command line. Under the name onDefineDomain the program is the exec hook, without a
 * command word; under the name kubectl-launchsec it is kubectl's plugin. Adds a problem for each
 * fault found.
 */
int lsec_options_read(int argc, char **argv, struct lsec_options *ret,
                      struct lsec_problems *problems);

/* Whether there is a problem of an option already: it counts as given then. */
static inline bool lsec_is_told(const struct lsec_problems *problems, const char *option)
{
	size_t i = 0;
	while (i < problems->count && strcmp(problems->items[i].place, option) != 0)
		i++;
	return i < problems->count;
}

/* The command of that name; NULL, with a problem: there is none. `program`: how it was called. In
 * unknown.c, as the next two. */
const struct lsec_command *lsec_find_command(const char *word, const char *program,
                                             struct lsec_problems *problems);

/* Adds the problem that a command has no such option: `word` as it was given. Returns -1. */
int lsec_refuse_option(const struct lsec_command *command, const char *word, const char *program,
                       struct lsec_problems *problems);

/*
 * Refuses long options with one dash, which getopt_long() would read as letters, each another
 * mistake. Returns -1 where there is one. argv ends with NULL.
 */
int lsec_refuse_one_dash(const struct lsec_command *command, char *const *argv, const char *program,
                         struct lsec_problems *problems);

/* Refuses options that are missing or contradict each other. In require.c. */
int lsec_options_require(const struct lsec_options *given, struct lsec_problems *problems);

void lsec_options_clear(struct lsec_options *given);

#endif
