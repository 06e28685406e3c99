/* SPDX-License-Identifier: Apache-2.0 */
/* docs/launchsec.1 and docs/onDefineDomain.1: the man pages, in mdoc(7). */
#include <ctype.h>
#include <string.h>

#include "cli/serve.h"
#include "docs.h"
#include "launchsec/policy.h"

/* "…" and its like: \[uXXXX]. Returns how many bytes it took. */
static size_t unicode(struct lsec_buffer *ret, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
	unsigned point = *at & (0x3fU >> more);
	for (unsigned i = 1; i <= more; i++)
		point = point << 6 | (at[i] & 0x3fU);
	lsec_buffer_format(ret, "\\[u%04X]", point);
	return more + 1;
}

/* Adds a text with what roff would read as a request or an escape escaped; hyphens stay what can
 * be searched for and copied. */
static void roff(struct lsec_buffer *ret, const char *text)
{
	static const struct {
		char c;
		const char *escape;
	} escapes[] = {
		{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
		{'"', "\\(dq"}, {'^', "\\(ha"}, {'~', "\\(ti"},
	};
	const size_t count = sizeof(escapes) / sizeof(escapes[0]);
	if (text[0] == '.')
		lsec_buffer_text(ret, "\\&");
	while (*text != '\0') {
		size_t i = 0;
		while (i < count && escapes[i].c != *text)
			i++;
		if (i < count)
			lsec_buffer_text(ret, escapes[i].escape);
		else if ((unsigned char)*text >= 0xc0)
			text += unicode(ret, text) - 1;
		else
			lsec_buffer_add(ret, text, 1);
		text++;
	}
}

/* Lines of plain text, broken at blanks before column 80 where that goes. */
static void plain(struct lsec_buffer *ret, const char *words)
{
	enum { WIDTH = 79 };
	cleanup_buffer struct lsec_buffer line = {0};
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		cleanup_free char *word = lsec_strndup(words, len);
		cleanup_buffer struct lsec_buffer escaped = {0};
		roff(&escaped, word);
		if (line.len > 0 && line.len + 1 + escaped.len > WIDTH) {
			lsec_buffer_format(ret, "%s\n", line.bytes);
			lsec_buffer_clear(&line);
		}
		lsec_buffer_format(&line, "%s%s", line.len == 0 ? "" : " ",
		                   escaped.bytes == NULL ? "" : escaped.bytes);
		words += len + strspn(words + len, " ");
	}
	if (line.len > 0)
		lsec_buffer_format(ret, "%s\n", line.bytes);
}

/* A line of its own: a macro and its argument. */
static void line(struct lsec_buffer *ret, const char *macro, const char *text)
{
	lsec_buffer_text(ret, macro);
	roff(ret, text);
	lsec_buffer_text(ret, "\n");
}

/* A paragraph: each sentence begins a line, as mdoc wants it. */
static void paragraph(struct lsec_buffer *ret, const char *text)
{
	cleanup_free char *copy = lsec_strdup(text);
	for (char *at = copy; at != NULL;) {
		char *end = strstr(at, ". ");
		if (end != NULL)
			end[1] = '\0';
		plain(ret, at);
		at = end == NULL ? NULL : end + 2;
	}
}

/* A word of a usage: an option, words to choose from, or a name for a value. */
static void usage_word(struct lsec_buffer *ret, const char *word)
{
	if (strcmp(word, "|") == 0)
		lsec_buffer_text(ret, "|\n");
	else if (word[0] == '-')
		line(ret, ".Fl ", word + 1);
	else
		line(ret, islower((unsigned char)word[0]) ? ".Cm " : ".Ar ", word);
}

/* "--domain FILE [--set KEY=VALUE]...": brackets become .Oo and .Oc. */
static void usage(struct lsec_buffer *ret, const char *text)
{
	cleanup_free char *copy = lsec_strdup(text);
	char *rest = copy;
	for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
		if (word[0] == '[') {
			lsec_buffer_text(ret, ".Oo\n");
			word++;
		}
		char *dots = strstr(word, "]...");
		char *close = dots != NULL ? dots : strchr(word, ']');
		if (close != NULL)
			*close = '\0';
		if (word[0] != '\0')
			usage_word(ret, word);
		if (close != NULL)
			lsec_buffer_text(ret, dots != NULL ? ".Oc Ns No ...\n" : ".Oc\n");
	}
}

static void hook_synopsis(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, ".Nm onDefineDomain\n");
	usage(ret, lsec_command(LSEC_COMMAND_HOOK)->usage);
}

static void synopsis(struct lsec_buffer *ret)
{
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL;
	     command++) {
		line(ret, ".Nm launchsec Cm ", command->name);
		usage(ret, command->usage);
	}
	hook_synopsis(ret);
}

static void option_item(struct lsec_buffer *ret, const struct lsec_option *option)
{
	cleanup_free char *help = lsec_doc_sentence(
		option->help, option->kind == LSEC_OPTION_CHOICE ? option->complete : NULL);
	bool operands = lsec_is_operand(option);
	lsec_buffer_text(ret, operands ? ".It Ar " : ".It Fl ");
	if (option->letter != 0)
		lsec_buffer_format(ret, "%c , Fl ", option->letter);
	lsec_buffer_text(ret, operands ? "" : "\\-");
	roff(ret, option->name);
	if (option->argument != NULL) {
		lsec_buffer_text(ret, " Ar ");
		roff(ret, option->argument);
	}
	lsec_buffer_text(ret, "\n");
	paragraph(ret, help);
}

static unsigned all_commands(void)
{
	unsigned all = 0;
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL; command++)
		all |= (unsigned)command->id;
	return all;
}

/* The options of `command`; for NULL those that every command has. */
static void options(struct lsec_buffer *ret, const struct lsec_command *command)
{
	bool any = false;
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL;
	     option++) {
		bool common = (option->commands & all_commands()) == all_commands();
		bool is_here =
			command == NULL ? common : !common && lsec_has_option(command, option);
		if (!is_here)
			continue;
		lsec_buffer_text(ret, any ? "" : ".Bl -tag -width Ds\n");
		option_item(ret, option);
		any = true;
	}
	lsec_buffer_text(ret, any ? ".El\n" : "");
}

static void hook_options(struct lsec_buffer *ret)
{
	options(ret, lsec_command(LSEC_COMMAND_HOOK));
}

static void commands(struct lsec_buffer *ret)
{
	options(ret, NULL);
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL;
	     command++) {
		line(ret, ".Ss ", command->name);
		paragraph(ret, command->text);
		options(ret, command);
	}
}

/* Whether a text stays on a line of a list in a list. */
static bool fits(const char *text)
{
	return text != NULL && strlen(text) <= 52;
}

static void annotation(struct lsec_buffer *ret, const struct lsec_key *key)
{
	const struct {
		const char *title, *text;
	} items[] = {
		{"for", lsec_doc_tees_of(key)},
		{"value", key->values},
		{"default", key->standard},
		{"written to", key->written_to},
		{"example", fits(key->example) ? key->example : NULL},
	};
	cleanup_free char *help = lsec_doc_sentence(key->help, NULL);
	line(ret, ".It Cm ", key->name);
	paragraph(ret, help);
	lsec_buffer_text(ret, ".Bl -tag -compact -width \"written to\"\n");
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (items[i].text == NULL)
			continue;
		lsec_buffer_format(ret, ".It %s\n", items[i].title);
		plain(ret, items[i].text);
	}
	lsec_buffer_text(ret, ".El\n");
}

static void flags_of(struct lsec_buffer *ret, enum lsec_tee tee)
{
	lsec_buffer_format(ret, ".Pp\n%s:\n.Pp\n.Bl -tag -compact -width \"ciphertext-hiding\"\n",
	                   lsec_tee_title(tee));
	for (const struct lsec_policy_flag *flag = lsec_policy_flags(tee); flag->name != NULL;
	     flag++) {
		cleanup_free char *help = lsec_format("bit %u: %s", flag->bit, flag->help);
		line(ret, ".It Cm ", flag->name);
		plain(ret, help);
	}
	if (tee == LSEC_TEE_SEV_SNP)
		lsec_buffer_text(ret,
		                 ".It Cm abi= Ns Ar MAJOR.MINOR\nbits 15:0: " LSEC_DOC_ABI "\n");
	lsec_buffer_text(ret, ".El\n");
}

static void policy_flags(struct lsec_buffer *ret)
{
	for (size_t i = 0; i < LSEC_TEES; i++)
		flags_of(ret, lsec_tee_at(i));
}

static void annotations(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < LSEC_KEYS; i++)
		annotation(ret, lsec_key(i));
	lsec_buffer_text(ret, ".El\n");
}

/* "firmware, policy, …": the keys that may be cluster defaults of a TEE. */
static void keys_of(struct lsec_buffer *ret, enum lsec_tee tee)
{
	cleanup_buffer struct lsec_buffer names = {0};
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_key(i)->cluster && (lsec_key(i)->tees & tee) != 0)
			lsec_buffer_format(&names, "%s%s", names.len == 0 ? "" : ", ",
			                   lsec_key(i)->name);
	lsec_buffer_text(ret, ".It Cm ");
	roff(ret, lsec_tee_name(tee));
	lsec_buffer_text(ret, ".\\& Ns Ar KEY\n");
	plain(ret, names.bytes);
}

static void cluster_keys(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, ".Pp\n.Bl -tag -compact -width \"sev-snp.KEY\"\n");
	for (size_t i = 0; i < LSEC_TEES; i++)
		keys_of(ret, lsec_tee_at(i));
	lsec_buffer_text(ret, ".El\n");
}

static void version(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LAUNCHSEC_VERSION);
}

static void prefix(struct lsec_buffer *ret)
{
	roff(ret, LSEC_PREFIX);
}

static void socket_dir(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LSEC_SOCKET_DIR);
}

/* Of both pages. */
const struct lsec_doc_mark lsec_doc_man[] = {
	{"hook-synopsis", hook_synopsis},
	{"hook-options", hook_options},
	{"version", version},
	{"synopsis", synopsis},
	{"commands", commands},
	{"prefix", prefix},
	{"annotations", annotations},
	{"policy-flags", policy_flags},
	{"cluster-keys", cluster_keys},
	{"config-file", lsec_doc_config_file},
	{"socket-dir", socket_dir},
	{NULL, NULL},
};
