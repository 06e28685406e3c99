/* SPDX-License-Identifier: Apache-2.0 */
/* Printing the tables: annotations and help. */
#include <string.h>

#include "annotations/prefix.h"
#include "base/json.h"
#include "launchsec/policy.h"
#include "output.h"
#include "words.h"

static const char *tees_of(const struct lsec_key *key)
{
	return key->tees == LSEC_TEE_BOTH ? "both" : lsec_tee_title(key->tees);
}

static void flags_text(struct lsec_buffer *ret, enum lsec_tee tee)
{
	lsec_buffer_format(ret, "\nFlags of policy for %s:\n", lsec_tee_title(tee));
	for (const struct lsec_policy_flag *flag = lsec_policy_flags(tee); flag->name != NULL;
	     flag++)
		lsec_buffer_format(ret, "  %-18s bit %2u  %s\n", flag->name, flag->bit, flag->help);
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(
			ret,
			"  abi=MAJOR.MINOR    bits 15:0  the oldest firmware ABI that may run the guest\n");
}

static void key_text(struct lsec_buffer *ret, const char *before, const struct lsec_key *key)
{
	lsec_buffer_format(ret, "%s%s (%s)\n  %s\n  values:  %s\n  default: %s\n  written: %s\n",
	                   before, key->name, tees_of(key), key->help, key->values, key->standard,
	                   key->written_to);
}

static void one_key_text(struct lsec_buffer *ret, const struct lsec_key *key)
{
	key_text(ret, LSEC_PREFIX, key);
	lsec_buffer_format(ret, "  example: %s\n  attestation: %s\n",
	                   key->example == NULL ? "base64 -w0 FILE" : key->example, key->attested);
	for (size_t i = 0; i < LSEC_TEES && key->type == LSEC_VALUE_POLICY; i++)
		flags_text(ret, lsec_tee_at(i));
}

static void annotations_text(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, "Annotations, after the prefix " LSEC_PREFIX "\n");
	for (size_t i = 0; i < LSEC_KEYS; i++)
		key_text(ret, "\n", lsec_key(i));
	for (size_t i = 0; i < LSEC_TEES; i++)
		flags_text(ret, lsec_tee_at(i));
}

static void flags_markdown(struct lsec_buffer *ret, enum lsec_tee tee)
{
	lsec_buffer_format(
		ret, "\n### Flags of `policy` for %s\n\n| flag | bit | meaning |\n|---|---|---|\n",
		lsec_tee_title(tee));
	for (const struct lsec_policy_flag *flag = lsec_policy_flags(tee); flag->name != NULL;
	     flag++)
		lsec_buffer_format(ret, "| `%s` | %u | %s |\n", flag->name, flag->bit, flag->help);
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(
			ret,
			"| `abi=MAJOR.MINOR` | 15:0 | the oldest firmware ABI that may run the guest |\n");
}

/* Of one key, or for NULL of all. */
static void annotations_markdown(struct lsec_buffer *ret, const struct lsec_key *one)
{
	lsec_buffer_text(ret,
	                 "| annotation | for | value | default | written to | cluster default |\n"
	                 "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		if (one == NULL || one == key)
			lsec_buffer_format(ret, "| `%s`<br>%s | %s | %s | %s | %s | %s |\n",
			                   key->name, key->help, tees_of(key), key->values,
			                   key->standard, key->written_to,
			                   key->cluster ? "yes" : "no");
	}
	for (size_t i = 0; i < LSEC_TEES && (one == NULL || one->type == LSEC_VALUE_POLICY); i++)
		flags_markdown(ret, lsec_tee_at(i));
}

static struct json_object *tees_to_json(unsigned tees)
{
	struct json_object *list = lsec_json_new_list();
	for (size_t i = 0; i < LSEC_TEES; i++)
		if ((tees & lsec_tee_at(i)) != 0)
			lsec_json_append(list, lsec_json_new_text(lsec_tee_name(lsec_tee_at(i))));
	return list;
}

static struct json_object *key_to_json(const struct lsec_key *key)
{
	struct json_object *item = lsec_json_new_object();
	cleanup_free char *full = lsec_format(LSEC_PREFIX "%s", key->name);
	lsec_json_add_text(item, "key", full);
	lsec_json_add(item, "tees", tees_to_json(key->tees));
	lsec_json_add_text(item, "help", key->help);
	lsec_json_add_text(item, "values", key->values);
	lsec_json_add_text(item, "default", key->standard);
	lsec_json_add_text(item, "written", key->written_to);
	lsec_json_add_text(item, "example", key->example);
	lsec_json_add_text(item, "attestation", key->attested);
	if (key->bytes > 0)
		lsec_json_add(item, "bytes", lsec_json_new_number((int64_t)key->bytes));
	lsec_json_add(item, "cluster-default", lsec_json_new_boolean(key->cluster));
	return item;
}

static void annotations_json(struct lsec_buffer *ret, const struct lsec_key *one)
{
	cleanup_json struct json_object *root =
		one == NULL ? lsec_json_new_list() : key_to_json(one);
	for (size_t i = 0; one == NULL && i < LSEC_KEYS; i++)
		lsec_json_append(root, key_to_json(lsec_key(i)));
	lsec_json_print(ret, root);
}

/* The keys whose first word is a name, in words; NULL: none is. */
static char *keys_of_word(const char *name)
{
	cleanup_buffer struct lsec_buffer row = {0};
	size_t len = strlen(name);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (strncmp(lsec_key(i)->name, name, len) == 0 && lsec_key(i)->name[len] == '-')
			lsec_buffer_format(&row, "%s%s", row.len == 0 ? "" : " ",
			                   lsec_key(i)->name);
	return row.len == 0 ? NULL : lsec_words_for_people(row.bytes);
}

int lsec_find_annotation(const char *name, const struct lsec_key **ret,
                         struct lsec_problems *problems)
{
	const char *own = lsec_key_own(name);
	*ret = lsec_key_find(own == NULL ? name : own);
	if (*ret != NULL)
		return 0;
	cleanup_free char *several = keys_of_word(own == NULL ? name : own);
	const char *meant = several != NULL ? several : lsec_key_nearest(own == NULL ? name : own);
	meant = meant == NULL ? lsec_key_meant(name) : meant;
	if (meant != NULL)
		return lsec_problem_add(problems, lsec_quote(name).text,
		                        "unknown annotation; did you mean %s?", meant);
	return lsec_problem_add(problems, lsec_quote(name).text,
	                        "unknown annotation; \"launchsec annotations\" lists them");
}

void lsec_output_annotations(struct lsec_buffer *ret, enum lsec_format format,
                             const struct lsec_key *one)
{
	if (format == LSEC_FORMAT_JSON)
		annotations_json(ret, one);
	else if (format == LSEC_FORMAT_MARKDOWN)
		annotations_markdown(ret, one);
	else if (one != NULL)
		one_key_text(ret, one);
	else
		annotations_text(ret);
}

static void help_option(struct lsec_buffer *ret, const struct lsec_option *option)
{
	char letter[5] = "    ";
	if (option->letter != 0)
		memcpy(letter, (char[]){'-', option->letter, ',', ' '}, 4);
	lsec_buffer_format(ret, "  %s%s%s%s%s\n          %s\n", letter,
	                   lsec_is_operand(option) ? "" : "--", option->name,
	                   option->argument == NULL ? "" : " ",
	                   option->argument == NULL ? "" : option->argument, option->help);
}

/* Words, in lines of 80 columns at most; `column` is where the first begins. */
static void wrap(struct lsec_buffer *ret, const char *words, size_t column, size_t indent)
{
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		if (column + len > 79 && column > indent) {
			lsec_buffer_format(ret, "\n%*s", (int)indent, "");
			column = indent;
		}
		lsec_buffer_add(ret, words, len);
		column += len + 1;
		words += len;
		words += strspn(words, " ");
		if (*words != '\0' && column + strcspn(words, " ") <= 79)
			lsec_buffer_text(ret, " ");
	}
	lsec_buffer_text(ret, "\n");
}

static void help_command(struct lsec_buffer *ret, const char *program,
                         const struct lsec_command *command)
{
	cleanup_free char *usage = lsec_format("%s %s", command->name, command->usage);
	size_t indent = strlen("Usage:  ") + strlen(program);
	lsec_buffer_format(ret, "Usage: %s ", program);
	wrap(ret, usage, indent, indent);
	lsec_buffer_text(ret, "\n");
	wrap(ret, command->text, 0, 0);
	lsec_buffer_text(ret, "\nOptions:\n");
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if ((option->commands & command->id) != 0)
			help_option(ret, option);
	if (command->statuses != NULL)
		lsec_buffer_format(ret, "\nExit status: %s.\n", command->statuses);
}

static void help_all(struct lsec_buffer *ret, const char *program)
{
	lsec_buffer_format(
		ret,
		"launchsec makes KubeVirt's libvirt domains confidential (AMD SEV-SNP, Intel TDX),\nas a VM's annotations ask.\n\nUsage: %s COMMAND [OPTIONS]\n\nCommands:\n",
		program);
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL; command++)
		lsec_buffer_format(ret, "  %-18s %s\n", command->name, command->help);
	lsec_buffer_format(
		ret,
		"\n\"%s COMMAND --help\" shows the options of a command.\n\nAnnotations, after the prefix " LSEC_PREFIX
		":\n\n",
		program);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		lsec_buffer_format(ret, "  %-26s %s\n", lsec_key(i)->name, lsec_key(i)->help);
}

void lsec_output_help(struct lsec_buffer *ret, const char *program,
                      const struct lsec_command *command)
{
	if (command == NULL)
		help_all(ret, program);
	else
		help_command(ret, program, command);
}
