/* SPDX-License-Identifier: Apache-2.0 */
/* docs/completion/launchsec.bash: it needs bash alone, no helper functions. */
#include <string.h>

#include "docs.h"

/* "type | sev-snp.type | tdx.type)": one key under all its names. */
static void key_pattern(struct lsec_buffer *ret, const struct lsec_key *key)
{
	lsec_buffer_format(ret, "\t%s", key->name);
	for (size_t i = 0; i < LSEC_TEES; i++)
		if (key->cluster && (key->tees & lsec_tee_at(i)) != 0)
			lsec_buffer_format(ret, " | %s.%s", lsec_tee_name(lsec_tee_at(i)),
			                   key->name);
	lsec_buffer_text(ret, ")");
}

static void flags(struct lsec_buffer *ret, const char *tee, const char *key, unsigned tees)
{
	cleanup_free char *names = lsec_doc_flags(tees);
	lsec_buffer_format(ret, "\t%s%s%s) words='", tee, tee[0] == '\0' ? "" : ".", key);
	lsec_doc_quoted(ret, names);
	lsec_buffer_text(ret, "' list=1 ;;\n");
}

static void values(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		cleanup_free char *words = lsec_doc_words(key);
		if (key->type == LSEC_VALUE_POLICY) {
			flags(ret, "", key->name, key->tees);
			for (size_t j = 0; j < LSEC_TEES; j++)
				flags(ret, lsec_tee_name(lsec_tee_at(j)), key->name,
				      lsec_tee_at(j));
		} else if (words[0] != '\0') {
			key_pattern(ret, key);
			lsec_buffer_text(ret, " words='");
			lsec_doc_quoted(ret, words);
			lsec_buffer_text(ret,
			                 lsec_doc_takes_path(key) ? "' files=1 ;;\n" : "' ;;\n");
		}
	}
}

/* Names for before an equals sign, with one or for lists without. */
static void list(struct lsec_buffer *ret, const char *variable, bool defaults, const char *behind)
{
	const char *blank = "";
	lsec_buffer_format(ret, "\tlocal %s='", variable);
	for (size_t i = 0; i < (defaults ? LSEC_TEES : 1); i++) {
		for (size_t j = 0; j < LSEC_KEYS; j++) {
			const struct lsec_key *key = lsec_key(j);
			enum lsec_tee tee = lsec_tee_at(i);
			if (defaults && (!key->cluster || (key->tees & tee) == 0))
				continue;
			lsec_buffer_format(ret, "%s%s%s%s%s", blank,
			                   defaults ? lsec_tee_name(tee) : "", defaults ? "." : "",
			                   key->name, behind);
			blank = " ";
		}
	}
	lsec_buffer_text(ret, "'\n");
}

static void names(struct lsec_buffer *ret)
{
	list(ret, "keys", false, "");
	list(ret, "settings", false, "=");
	list(ret, "defaults", true, "=");
}

/* What to complete behind an option that takes an argument. */
static void argument(struct lsec_buffer *ret, const struct lsec_option *option)
{
	if (option->complete == NULL)
		lsec_buffer_text(ret, " ;;\n");
	else if (strcmp(option->complete, "file") == 0)
		lsec_buffer_text(ret, " files=1 ;;\n");
	else if (strcmp(option->complete, "defaults") == 0)
		lsec_buffer_text(ret, " words=$defaults setting=1 ;;\n");
	else if (strcmp(option->complete, "keys") == 0 && strchr(option->argument, '=') != NULL)
		lsec_buffer_text(ret, " words=$settings setting=1 ;;\n");
	else if (strcmp(option->complete, "keys") == 0)
		lsec_buffer_text(ret, " words=$keys list=1 ;;\n");
	else {
		lsec_buffer_text(ret, " words='");
		lsec_doc_quoted(ret, option->complete);
		lsec_buffer_text(ret, "' ;;\n");
	}
}

static void command(struct lsec_buffer *ret, const struct lsec_command *command)
{
	const char *blank = "";
	bool files = false;
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL;
	     option++) {
		if (!lsec_doc_has(command, option) || option->argument == NULL)
			continue;
		lsec_buffer_format(ret, "\t%s:--%s", command->name, option->name);
		if (option->letter != 0)
			lsec_buffer_format(ret, " | %s:-%c", command->name, option->letter);
		lsec_buffer_text(ret, ")");
		argument(ret, option);
	}
	lsec_buffer_format(ret, "\t%s:*) words='", command->name);
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL;
	     option++) {
		if (!lsec_doc_has(command, option))
			continue;
		if (option->kind == LSEC_OPTION_OPERANDS) {
			files = true;
			continue;
		}
		lsec_buffer_format(ret, "%s--%s", blank, option->name);
		if (option->letter != 0)
			lsec_buffer_format(ret, " -%c", option->letter);
		blank = " ";
	}
	lsec_buffer_text(ret, files ? "' files=1 ;;\n" : "' ;;\n");
}

static void commands(struct lsec_buffer *ret)
{
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		lsec_buffer_format(ret, "%s%s", one == lsec_commands() ? "" : " ", one->name);
}

static void options(struct lsec_buffer *ret)
{
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		command(ret, one);
}

const struct lsec_doc_mark lsec_doc_bash[] = {
	{"values", values},     {"names", names},     {"hook-command", lsec_doc_hook_command},
	{"commands", commands}, {"options", options}, {NULL, NULL},
};
