/* SPDX-License-Identifier: Apache-2.0 */
/* Printing the tables: annotations and help. */
#include <json-c/json.h>
#include <string.h>

#include "input/json.h"
#include "launchsec/policy.h"
#include "output.h"

static const char *tees_of(const struct lsec_key *key)
{
	return key->tees == LSEC_TEE_BOTH ? "both" : key->tees == LSEC_TEE_TDX ? "TDX" : "SEV-SNP";
}

static void flags_text(struct lsec_buffer *ret, enum lsec_tee tee, const char *title)
{
	lsec_buffer_format(ret, "\nFlags of policy for %s:\n", title);
	for (const struct lsec_policy_flag *flag = lsec_policy_flags(tee); flag->name != NULL;
	     flag++)
		lsec_buffer_format(ret, "  %-18s bit %2u  %s\n", flag->name, flag->bit, flag->help);
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(
			ret,
			"  abi=MAJOR.MINOR    bits 15:0  the oldest firmware ABI that may run the "
			"guest\n");
}

static void annotations_text(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, "Annotations, each behind " LSEC_PREFIX "\n");
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		lsec_buffer_format(ret,
		                   "\n%s (%s)\n  %s\n  values:  %s\n  default: %s\n  written: %s\n",
		                   key->name, tees_of(key), key->help, key->values, key->standard,
		                   key->written_to);
	}
	flags_text(ret, LSEC_TEE_SEV_SNP, "SEV-SNP");
	flags_text(ret, LSEC_TEE_TDX, "TDX");
}

static void flags_markdown(struct lsec_buffer *ret, enum lsec_tee tee, const char *title)
{
	lsec_buffer_format(
		ret, "\n### Flags of `policy` for %s\n\n| flag | bit | meaning |\n|---|---|---|\n",
		title);
	for (const struct lsec_policy_flag *flag = lsec_policy_flags(tee); flag->name != NULL;
	     flag++)
		lsec_buffer_format(ret, "| `%s` | %u | %s |\n", flag->name, flag->bit, flag->help);
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(
			ret,
			"| `abi=MAJOR.MINOR` | 15:0 | the oldest firmware ABI that may run the "
			"guest |\n");
}

static void annotations_markdown(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret,
	                 "| annotation | for | value | default | written to | cluster default |\n"
	                 "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		lsec_buffer_format(ret, "| `%s`<br>%s | %s | %s | %s | %s | %s |\n", key->name,
		                   key->help, tees_of(key), key->values, key->standard,
		                   key->written_to, key->cluster ? "yes" : "no");
	}
	flags_markdown(ret, LSEC_TEE_SEV_SNP, "SEV-SNP");
	flags_markdown(ret, LSEC_TEE_TDX, "TDX");
}

static json_object *key_to_json(const struct lsec_key *key)
{
	const struct {
		const char *name, *text;
	} texts[] = {
		{"help", key->help},          {"values", key->values},   {"default", key->standard},
		{"written", key->written_to}, {"example", key->example},
	};
	json_object *item = json_object_new_object();
	json_object *tees = json_object_new_array();
	if (item == NULL || tees == NULL) {
		json_object_put(item);
		json_object_put(tees);
		return NULL;
	}
	lsec_owned_text full = lsec_format(LSEC_PREFIX "%s", key->name);
	json_object_object_add(item, "key", full == NULL ? NULL : json_object_new_string(full));
	json_object_object_add(item, "tees", tees);
	if ((key->tees & (unsigned)LSEC_TEE_SEV_SNP) != 0)
		json_object_array_add(tees, json_object_new_string("sev-snp"));
	if ((key->tees & (unsigned)LSEC_TEE_TDX) != 0)
		json_object_array_add(tees, json_object_new_string("tdx"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_object_add(
			item, texts[i].name,
			texts[i].text == NULL ? NULL : json_object_new_string(texts[i].text));
	if (key->bytes > 0)
		json_object_object_add(item, "bytes", json_object_new_int64((int64_t)key->bytes));
	json_object_object_add(item, "cluster-default", json_object_new_boolean(key->cluster));
	return item;
}

static void annotations_json(struct lsec_buffer *ret)
{
	lsec_owned_json list = json_object_new_array();
	for (size_t i = 0; list != NULL && i < LSEC_KEYS; i++)
		json_object_array_add(list, key_to_json(lsec_key(i)));
	const char *text =
		list == NULL
			? NULL
			: json_object_to_json_string_ext(
				  list, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text == NULL)
		ret->failed = true;
	else
		lsec_buffer_format(ret, "%s\n", text);
}

void lsec_output_annotations(struct lsec_buffer *ret, enum lsec_format format)
{
	if (format == LSEC_FORMAT_JSON)
		annotations_json(ret);
	else if (format == LSEC_FORMAT_MARKDOWN)
		annotations_markdown(ret);
	else
		annotations_text(ret);
}

static void help_option(struct lsec_buffer *ret, const struct lsec_option *option)
{
	char letter[5] = "    ";
	if (option->letter != 0)
		memcpy(letter, (char[]){'-', option->letter, ',', ' '}, 4);
	lsec_buffer_format(ret, "  %s--%s%s%s\n          %s\n", letter, option->name,
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

static void help_command(struct lsec_buffer *ret, const struct lsec_command *command)
{
	lsec_owned_text usage = lsec_format("%s %s", command->name, command->usage);
	if (usage == NULL) {
		ret->failed = true;
		return;
	}
	lsec_buffer_text(ret, "Usage: launchsec ");
	wrap(ret, usage, 17, 17);
	lsec_buffer_text(ret, "\n");
	wrap(ret, command->text, 0, 0);
	lsec_buffer_text(ret, "\nOptions:\n");
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if ((option->commands & command->id) != 0)
			help_option(ret, option);
	if (command->id == LSEC_COMMAND_APPLY)
		lsec_buffer_text(
			ret, "\nExit status: 0 done, 1 it failed, 2 usage or configuration, 3 the "
			     "request is refused.\n");
}

static void help_all(struct lsec_buffer *ret)
{
	lsec_buffer_text(
		ret, "launchsec makes KubeVirt's libvirt domains confidential (AMD SEV-SNP, Intel "
		     "TDX),\nas a VM's annotations ask.\n\nUsage: launchsec COMMAND "
		     "[OPTIONS]\n\nCommands:\n");
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL; command++)
		lsec_buffer_format(ret, "  %-18s %s\n", command->name, command->help);
	lsec_buffer_text(
		ret,
		"\n\"launchsec COMMAND --help\" tells more. Annotations, each behind\n" LSEC_PREFIX
		":\n\n");
	for (size_t i = 0; i < LSEC_KEYS; i++)
		lsec_buffer_format(ret, "  %-26s %s\n", lsec_key(i)->name, lsec_key(i)->help);
}

void lsec_output_help(struct lsec_buffer *ret, const struct lsec_command *command)
{
	if (command == NULL)
		help_all(ret);
	else
		help_command(ret, command);
}
