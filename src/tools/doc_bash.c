/* SPDX-License-Identifier: Apache-2.0 */
/* docs/completion/launchsec.bash: it needs bash alone, no helper functions. */
#include <string.h>

#include "docs.h"

/* Puts what bash split at = and : together again, and says in $strip how
 * much of the word bash regards as already written. */
static const char join_words[] =
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\traw=${COMP_WORDS[i]} before=${COMP_WORDS[i > 0 ? i - 1 : 0]}\n"
	"\t\tif ((i > 1)) && [[ -n $raw && -n $before ]] &&\n"
	"\t\t\t[[ $raw != *[!=:]* || $before != *[!=:]* ]]; then\n"
	"\t\t\tline[${#line[@]} - 1]+=$raw\n"
	"\t\telse\n"
	"\t\t\tline+=(\"$raw\")\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tcur=${line[${#line[@]} - 1]}\n"
	"\tstrip=$cur\n"
	"\t[[ $raw != *[!=:]* && -n $raw ]] || strip=${cur%\"$raw\"}\n";

/* Candidates are whole words; what $strip holds is cut off them again. */
static const char reply[] = "\tif [[ $list && $cur == *,* ]]; then\n"
			    "\t\thead+=${cur%,*},\n"
			    "\t\tcur=${cur##*,}\n"
			    "\tfi\n"
			    "\tmapfile -t found <<<\"$(\n"
			    "\t\tcompgen -W \"$words\" -- \"$cur\"\n"
			    "\t\t[[ -z $files ]] || compgen -f -- \"$cur\"\n"
			    "\t)\"\n"
			    "\tfor raw in \"${found[@]}\"; do\n"
			    "\t\t[[ -n $raw ]] || continue\n"
			    "\t\traw=$head$raw\n"
			    "\t\tCOMPREPLY+=(\"${raw#\"$strip\"}\")\n"
			    "\tdone\n"
			    "\t# Fails where no completion is under way, as in tests.\n"
			    "\t[[ -z $files ]] || compopt -o filenames 2>/dev/null\n"
			    "\t[[ -z $list && $words != *= ]] || compopt -o nospace 2>/dev/null\n"
			    "\treturn 0\n"
			    "}\n"
			    "\n"
			    "complete -F _launchsec launchsec onDefineDomain\n";

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
	lsec_owned_text names = lsec_doc_flags(tees);
	lsec_buffer_format(ret, "\t%s%s%s) words='", tee, tee[0] == '\0' ? "" : ".", key);
	lsec_doc_quoted(ret, names);
	lsec_buffer_text(ret, "' list=1 ;;\n");
}

static void values(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, "# What the value of an annotation or a cluster default may be.\n"
	                      "_launchsec_value() {\n\tcase $1 in\n");
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		lsec_owned_text words = lsec_doc_words(key);
		if (key->type == LSEC_VALUE_POLICY) {
			flags(ret, "", key->name, key->tees);
			for (size_t j = 0; j < LSEC_TEES; j++)
				flags(ret, lsec_tee_name(lsec_tee_at(j)), key->name,
				      lsec_tee_at(j));
		} else if (words != NULL && words[0] != '\0') {
			key_pattern(ret, key);
			lsec_buffer_text(ret, " words='");
			lsec_doc_quoted(ret, words);
			lsec_buffer_text(ret,
			                 lsec_doc_takes_path(key) ? "' files=1 ;;\n" : "' ;;\n");
		}
		ret->failed = ret->failed || words == NULL;
	}
	lsec_buffer_text(ret, "\tesac\n}\n\n");
}

/* Names for before an equals sign, with one or for lists without. */
static void names(struct lsec_buffer *ret, const char *variable, bool defaults, const char *behind)
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

void lsec_doc_bash(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, "# bash completion for launchsec\n"
	                      "# SPDX-License-Identifier: Apache-2.0\n"
	                      "# Written by \"make docs\" from the program's tables; do not "
	                      "edit.\n\n");
	values(ret);
	lsec_buffer_text(ret, "_launchsec() {\n"
	                      "\tlocal cur strip raw before command option i\n"
	                      "\tlocal words= files= list= setting= head=\n"
	                      "\tlocal -a line=() found=()\n");
	names(ret, "keys", false, "");
	names(ret, "settings", false, "=");
	names(ret, "defaults", true, "=");
	lsec_buffer_text(ret, "\tCOMPREPLY=()\n\t# bash splits words at = and : where "
	                      "COMP_WORDBREAKS has them.\n");
	lsec_buffer_text(ret, join_words);
	lsec_buffer_format(ret,
	                   "\tcommand=${line[1]} option=${line[${#line[@]} - 2]}\n"
	                   "\tif [[ ${line[0]##*/} == onDefineDomain ]]; then\n"
	                   "\t\tcommand=%s\n"
	                   "\telif ((${#line[@]} == 2)); then\n"
	                   "\t\tcommand=\n"
	                   "\tfi\n"
	                   "\tif [[ $cur == --*=* ]]; then\n"
	                   "\t\toption=${cur%%%%=*}\n"
	                   "\t\thead=$option=\n"
	                   "\t\tcur=${cur#*=}\n"
	                   "\tfi\n"
	                   "\tcase $command:$option in\n\t:*) words='",
	                   lsec_command(LSEC_COMMAND_HOOK)->name);
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		lsec_buffer_format(ret, "%s ", one->name);
	lsec_buffer_text(ret, "--help --version' ;;\n");
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		command(ret, one);
	lsec_buffer_text(ret, "\tesac\n"
	                      "\tif [[ $setting && $cur == *=* ]]; then\n"
	                      "\t\twords=\n"
	                      "\t\t_launchsec_value \"${cur%%=*}\"\n"
	                      "\t\thead+=${cur%%=*}=\n"
	                      "\t\tcur=${cur#*=}\n"
	                      "\tfi\n");
	lsec_buffer_text(ret, reply);
}
