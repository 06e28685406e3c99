/* SPDX-License-Identifier: Apache-2.0 */
/* docs/completion/_launchsec, for zsh's completion system. */
#include <string.h>

#include "docs.h"
#include "launchsec/policy.h"

/* Adds a text for a specification between single quotes, with a backslash before each of
 * `special`. */
static void spec_text(struct lsec_buffer *ret, const char *text, const char *special)
{
	struct lsec_buffer escaped LSEC_CLEANUP(lsec_buffer_clear) = {0};
	for (; *text != '\0'; text++) {
		if (*text == '\\' || strchr(special, *text) != NULL)
			lsec_buffer_text(&escaped, "\\");
		lsec_buffer_add(&escaped, text, 1);
	}
	lsec_doc_quoted(ret, escaped.bytes == NULL ? "" : escaped.bytes);
}

/* 'name:help', as _describe takes it. */
static void described(struct lsec_buffer *ret, const char *before, const char *name,
                      const char *help)
{
	lsec_buffer_text(ret, "\t\t'");
	spec_text(ret, before, ":");
	spec_text(ret, name, ":");
	lsec_buffer_text(ret, ":");
	spec_text(ret, help, "");
	lsec_buffer_text(ret, "'\n");
}

static void keys(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		described(ret, "", lsec_key(i)->name, lsec_key(i)->help);
}

static void defaults(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_TEES; i++) {
		enum lsec_tee tee = lsec_tee_at(i);
		cleanup_free char *before = lsec_format("%s.", lsec_tee_name(tee));
		for (size_t j = 0; j < LSEC_KEYS; j++)
			if (lsec_key(j)->cluster && (lsec_key(j)->tees & tee) != 0)
				described(ret, before, lsec_key(j)->name, lsec_key(j)->help);
	}
}

/* A pattern in a case, and policy flags joined by commas behind it. */
static void flags(struct lsec_buffer *ret, const char *pattern, unsigned tees)
{
	cleanup_free char *names = lsec_doc_flags(tees);
	lsec_buffer_format(ret, "\t(%s) _values -s , 'policy flag' ", pattern);
	lsec_buffer_text(ret, names);
	lsec_buffer_text(ret, " ;;\n");
}

static void value_of(struct lsec_buffer *ret, const struct lsec_key *key)
{
	cleanup_free char *words = lsec_doc_words(key);
	if (key->type == LSEC_VALUE_POLICY) {
		flags(ret, "policy", key->tees);
		for (size_t i = 0; i < LSEC_TEES; i++) {
			cleanup_free char *pattern =
				lsec_format("%s.%s", lsec_tee_name(lsec_tee_at(i)), key->name);
			flags(ret, pattern, lsec_tee_at(i));
		}
	} else if (words[0] != '\0') {
		lsec_buffer_format(ret, "\t(%s|*.%s) ", key->name, key->name);
		if (lsec_doc_takes_path(key))
			lsec_buffer_format(
				ret, "_alternative 'words:value:(%s)' 'files:path:_files' ;;\n",
				words);
		else
			lsec_buffer_format(ret, "compadd -- %s ;;\n", words);
	} else {
		lsec_buffer_format(ret, "\t(%s|*.%s) _message '", key->name, key->name);
		lsec_doc_quoted(ret, key->values);
		lsec_buffer_text(ret, "' ;;\n");
	}
}

static void values(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		value_of(ret, lsec_key(i));
}

/* ":FILE:_files", what comes behind an option. */
static void action(struct lsec_buffer *ret, const struct lsec_option *option)
{
	if (option->argument == NULL)
		return;
	lsec_buffer_text(ret, ":");
	spec_text(ret, option->argument, ":");
	lsec_buffer_text(ret, ":");
	if (option->complete == NULL)
		lsec_buffer_text(ret, " ");
	else if (strcmp(option->complete, "file") == 0)
		lsec_buffer_text(ret, "_files");
	else if (strcmp(option->complete, "defaults") == 0)
		lsec_buffer_text(ret, "_launchsec_default");
	else if (strcmp(option->complete, "keys") == 0)
		lsec_buffer_text(ret, strchr(option->argument, '=') != NULL ? "_launchsec_setting"
		                                                            : "_launchsec_keys");
	else
		lsec_buffer_format(ret, "(%s)", option->complete);
}

/* The options that exclude this one: other modes, or itself, unless it may be given more than
 * once. */
static void exclusion(struct lsec_buffer *ret, const struct lsec_command *command,
                      const struct lsec_option *option)
{
	const char *blank = "";
	if (option->kind == LSEC_OPTION_TEXTS) {
		lsec_buffer_text(ret, "*");
		return;
	}
	lsec_buffer_text(ret, "(");
	for (const struct lsec_option *other = lsec_option_table(); other->name != NULL; other++) {
		bool modes = other->kind == LSEC_OPTION_MODE && option->kind == LSEC_OPTION_MODE;
		if (!lsec_doc_has(command, other) || (other != option && !modes))
			continue;
		if (other->letter != 0)
			lsec_buffer_format(ret, "%s-%c", blank, other->letter);
		lsec_buffer_format(ret, "%s--%s", other->letter != 0 ? " " : blank, other->name);
		blank = " ";
	}
	lsec_buffer_text(ret, ")");
}

static void spec(struct lsec_buffer *ret, const struct lsec_command *command,
                 const struct lsec_option *option, bool letter)
{
	lsec_buffer_text(ret, " \\\n\t\t\t'");
	if (option->kind == LSEC_OPTION_OPERANDS) {
		lsec_buffer_format(ret, "*:%s:_files'", option->name);
		return;
	}
	exclusion(ret, command, option);
	if (letter)
		lsec_buffer_format(ret, "-%c%s[", option->letter,
		                   option->argument == NULL ? "" : "+");
	else
		lsec_buffer_format(ret, "--%s%s[", option->name,
		                   option->argument == NULL ? "" : "=");
	spec_text(ret, option->help, "[]");
	lsec_buffer_text(ret, "]");
	action(ret, option);
	lsec_buffer_text(ret, "'");
}

static void command_case(struct lsec_buffer *ret, const struct lsec_command *command)
{
	lsec_buffer_format(ret, "\t(%s)\n\t\t_arguments", command->name);
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL;
	     option++) {
		if (!lsec_doc_has(command, option))
			continue;
		if (option->letter != 0)
			spec(ret, command, option, true);
		spec(ret, command, option, false);
	}
	lsec_buffer_text(ret, "\n\t\t;;\n");
}

static void commands(struct lsec_buffer *ret)
{
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		described(ret, "", one->name, one->help);
}

static void options(struct lsec_buffer *ret)
{
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		command_case(ret, one);
}

const struct lsec_doc_mark lsec_doc_zsh[] = {
	{"values", values},
	{"keys", keys},
	{"defaults", defaults},
	{"commands", commands},
	{"hook-command", lsec_doc_hook_command},
	{"options", options},
	{NULL, NULL},
};
