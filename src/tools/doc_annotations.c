/* SPDX-License-Identifier: Apache-2.0 */
/* docs/annotations.md: the reference of annotations and cluster defaults. */
#include <string.h>

#include "cli/output.h"
#include "docs.h"
#include "launchsec/config.h"
#include "launchsec/policy.h"

/* Adds a text with what Markdown would read as markup escaped. */
static void markdown(struct lsec_buffer *ret, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\`*_<>[]|", *text) != NULL)
			lsec_buffer_text(ret, "\\");
		lsec_buffer_add(ret, text, 1);
	}
}

/* The overview, which the program prints with the policy flags after it. */
static void overview(struct lsec_buffer *ret)
{
	cleanup_buffer struct lsec_buffer tables = {0};
	lsec_output_annotations(&tables, LSEC_FORMAT_MARKDOWN, NULL);
	const char *flags = strstr(tables.bytes, "\n### ");
	lsec_buffer_add(ret, tables.bytes, (size_t)(flags - tables.bytes));
}

/* One row for each flag in doubt. */
static void policy_doubts(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_TEES; i++)
		for (const struct lsec_policy_flag *flag = lsec_policy_flags(lsec_tee_at(i));
		     flag->name != NULL; flag++)
			if (flag->doubted != LSEC_DOUBT_NEVER)
				lsec_buffer_format(ret, "| %s | `%s` | %s | %s |\n",
				                   lsec_tee_title(lsec_tee_at(i)), flag->name,
				                   flag->doubted == LSEC_DOUBT_SET ? "set"
				                                                   : "not set",
				                   flag->doubt);
}

static void policy_flags(struct lsec_buffer *ret)
{
	cleanup_buffer struct lsec_buffer tables = {0};
	lsec_output_annotations(&tables, LSEC_FORMAT_MARKDOWN, NULL);
	lsec_buffer_text(ret, strstr(tables.bytes, "\n### "));
}

/* Where the value goes, with the element around it. */
static void place(struct lsec_buffer *ret, const struct lsec_key *key)
{
	switch (key->form) {
	case LSEC_XML_ATTRIBUTE:
		lsec_buffer_format(ret, "attribute `%s` of `<launchSecurity>`", key->xml);
		return;
	case LSEC_XML_ELEMENT:
		lsec_buffer_format(ret, "element `<%s>` in `<launchSecurity>`", key->xml);
		return;
	case LSEC_XML_PATH:
		lsec_buffer_format(
			ret,
			"attribute `path` of `<%s>` in `<launchSecurity>`; for `vsock:CID:PORT` and `HOST:PORT`,\n  [arguments of QEMU](qgs.md) in its place",
			key->xml);
		return;
	case LSEC_XML_NOWHERE:
		break;
	}
	if (strcmp(key->written_to, "nowhere") == 0)
		lsec_buffer_text(ret, "nowhere; it only decides what is accepted");
	else
		lsec_buffer_format(ret, "`%s`", key->written_to);
}

static void cluster_default(struct lsec_buffer *ret, const struct lsec_key *key)
{
	const char *joint = " ";
	lsec_buffer_text(ret, key->cluster ? "yes, in the environment" : "no");
	for (size_t i = 0; key->cluster && i < LSEC_TEES; i++) {
		if ((key->tees & lsec_tee_at(i)) == 0)
			continue;
		lsec_buffer_format(ret, "%s`", joint);
		lsec_doc_variable(ret, lsec_tee_at(i), key->name);
		lsec_buffer_text(ret, "`");
		joint = " and ";
	}
}

/* A YAML string: double quotes, unless they would need escapes. */
static void yaml_string(struct lsec_buffer *ret, const char *text)
{
	const char *quote = strpbrk(text, "\"\\") == NULL ? "\"" : "'";
	lsec_buffer_text(ret, quote);
	for (; *text != '\0'; text++) {
		lsec_buffer_add(ret, text, 1);
		if (*text == '\'' && *quote == '\'')
			lsec_buffer_add(ret, text, 1);
	}
	lsec_buffer_text(ret, quote);
}

static void annotation(struct lsec_buffer *ret, const struct lsec_key *key)
{
	cleanup_free char *help = lsec_doc_sentence(key->help, NULL);
	lsec_buffer_format(ret, "\n### `%s`\n\n", key->name);
	markdown(ret, help);
	lsec_buffer_format(ret, "\n\n- for: %s\n- value: ", lsec_doc_tees_of(key));
	markdown(ret, key->values);
	lsec_buffer_text(ret, "\n- without it: ");
	markdown(ret, key->standard);
	lsec_buffer_text(ret, "\n- written to: ");
	place(ret, key);
	lsec_buffer_text(ret, "\n- in attestation: ");
	markdown(ret, key->attested);
	lsec_buffer_text(ret, "\n- cluster default: ");
	cluster_default(ret, key);
	if (key->example == NULL) {
		lsec_buffer_text(
			ret,
			"\n\nA good value is too long to show. `base64 -w0 FILE` makes one of a file with the bytes.\n");
		return;
	}
	lsec_buffer_format(ret, "\n\n```yaml\n" LSEC_PREFIX "%s: ", key->name);
	yaml_string(ret, key->example);
	lsec_buffer_text(ret, "\n```\n");
}

/* "apply and on-define-domain": the commands that take --default. */
static void commands_with_defaults(struct lsec_buffer *ret)
{
	unsigned commands = 0;
	size_t left = 0;
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if (strcmp(option->name, "default") == 0)
			commands |= option->commands;
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL; command++)
		left += (commands & (unsigned)command->id) != 0;
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL;
	     command++) {
		if ((commands & (unsigned)command->id) == 0)
			continue;
		left--;
		lsec_buffer_format(ret, "`%s`%s", command->name,
		                   left == 0   ? ""
		                   : left == 1 ? " and "
		                               : ", ");
	}
}

static void annotations(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		annotation(ret, lsec_key(i));
}

static void prefix(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LSEC_PREFIX);
}

static void kubevirt_qgs(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LSEC_KUBEVIRT_QGS);
}

const struct lsec_doc_mark lsec_doc_annotations[] = {
	{"prefix", prefix},
	{"overview", overview},
	{"annotations", annotations},
	{"policy-flags", policy_flags},
	{"policy-doubts", policy_doubts},
	{"kubevirt-qgs", kubevirt_qgs},
	{"commands-with-defaults", commands_with_defaults},
	{"config-file", lsec_doc_config_file},
	{NULL, NULL},
};
