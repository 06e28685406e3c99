/* SPDX-License-Identifier: Apache-2.0 */
/* Completion, from the tables of commands, options and annotations. */
#include "complete.h"

#include <string.h>

#include "annotations/values.h"
#include "launchsec/policy.h"
#include "options.h"

enum { NO_BLANK = 2, NO_FILES = 4 };

/* What is completed: all that is offered begins with `word`, of which `head` bytes stay as they
 * are. */
struct offer {
	struct lsec_buffer *ret;
	const char *word;
	size_t head;
};

/* Offers a word, as BEFORE + NAME + AFTER. */
static void offer(const struct offer *to, const char *const parts[3], const char *help)
{
	cleanup_free char *name = lsec_concat(parts[0], parts[1], parts[2]);
	const char *begun = to->word + to->head;
	if (strncmp(name, begun, strlen(begun)) == 0)
		lsec_buffer_format(to->ret, "%.*s%s%s%s\n", (int)to->head, to->word, name,
		                   help[0] == '\0' ? "" : "\t", help);
}

static void offer_word(const struct offer *to, const char *name, const char *help)
{
	offer(to, (const char *const[3]){"", name, ""}, help);
}

/* Words joined by blanks. */
static void offer_words(const struct offer *to, const char *words)
{
	cleanup_free char *copy = lsec_strdup(words);
	char *rest = copy;
	for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " "))
		if (word[0] != '\0')
			offer_word(to, word, "");
}

static void offer_commands(const struct offer *to)
{
	for (const struct lsec_command *one = lsec_commands(); one->name != NULL; one++)
		offer_word(to, one->name, one->help);
}

static void offer_options(const struct offer *to, const struct lsec_command *command)
{
	for (const struct lsec_option *one = lsec_option_table(); one->name != NULL; one++) {
		const char letter[] = {one->letter, '\0'};
		if (!lsec_has_option(command, one) || lsec_is_operand(one))
			continue;
		if (one->letter != 0)
			offer(to, (const char *const[3]){"-", letter, ""}, one->help);
		offer(to, (const char *const[3]){"--", one->name, ""}, one->help);
	}
}

static void offer_keys(const struct offer *to, const char *behind)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		offer(to, (const char *const[3]){"", lsec_key(i)->name, behind}, lsec_key(i)->help);
}

/* "sev-snp.firmware=" and its like. */
static void offer_defaults(const struct offer *to)
{
	for (size_t i = 0; i < LSEC_TEES; i++) {
		cleanup_free char *tee = lsec_concat(lsec_tee_name(lsec_tee_at(i)), ".");
		for (size_t j = 0; j < LSEC_KEYS; j++)
			if (lsec_key(j)->cluster && (lsec_key(j)->tees & lsec_tee_at(i)) != 0)
				offer(to, (const char *const[3]){tee, lsec_key(j)->name, "="},
				      lsec_key(j)->help);
	}
}

/* In a list joined by commas only what follows the last is completed. */
static int in_list(struct offer *to)
{
	const char *comma = strrchr(to->word + to->head, ',');
	if (comma != NULL)
		to->head = (size_t)(comma + 1 - to->word);
	return NO_BLANK | NO_FILES;
}

static bool has_flag(enum lsec_tee tee, const char *name)
{
	const struct lsec_policy_flag *flag = lsec_policy_flags(tee);
	while (flag->name != NULL && strcmp(flag->name, name) != 0)
		flag++;
	return flag->name != NULL;
}

/* Flags of a policy; those that TEEs share once. */
static int offer_flags(struct offer *to, unsigned tees)
{
	int directive = in_list(to);
	for (size_t i = 0; i < LSEC_TEES; i++) {
		const struct lsec_policy_flag *flag = lsec_policy_flags(lsec_tee_at(i));
		bool second = i > 0 && tees == LSEC_TEE_BOTH;
		for (; (tees & lsec_tee_at(i)) != 0 && flag->name != NULL; flag++)
			if (!second || !has_flag(lsec_tee_at(0), flag->name))
				offer_word(to, flag->name, flag->help);
	}
	return directive;
}

/* Whether the reader of a key's values takes a word as more than any text. */
static bool takes(const struct lsec_key *key, const char *word)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
	const struct lsec_reading reading = {key, LSEC_TEE_NONE, key->name, word, &problems};
	return key->type != LSEC_VALUE_OEM_STRINGS &&
	       lsec_value_parse(&reading, LSEC_FROM_ANNOTATION, &value) == 0;
}

/* What stands after KEY= or TEE.KEY=. */
static int offer_values(struct offer *to)
{
	static const char *const words[] = {"sev-snp", "tdx", "auto",    "keep", "omit",
	                                    "yes",     "no",  "default", "none"};
	const char *equals = strchr(to->word + to->head, '=');
	cleanup_free char *name =
		lsec_strndup(to->word + to->head, (size_t)(equals - to->word) - to->head);
	const char *dot = strchr(name, '.');
	const struct lsec_key *key = lsec_key_find(dot == NULL ? name : dot + 1);
	to->head = (size_t)(equals + 1 - to->word);
	if (key == NULL)
		return NO_FILES;
	if (key->type == LSEC_VALUE_POLICY)
		return offer_flags(to, dot == NULL                    ? key->tees
		                       : strncmp(name, "tdx", 3) == 0 ? (unsigned)LSEC_TEE_TDX
		                                                      : (unsigned)LSEC_TEE_SEV_SNP);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (takes(key, words[i]))
			offer_word(to, words[i], "");
	return key->type == LSEC_VALUE_FIRMWARE || key->type == LSEC_VALUE_QGS ? 0 : NO_FILES;
}

/* What an option's argument, or an operand, may be. Returns the sum for the last line. */
static int offer_argument(struct offer *to, const struct lsec_option *option)
{
	const char *what = option->complete == NULL ? "" : option->complete;
	bool defaults = strcmp(what, "defaults") == 0;
	if (strcmp(what, "file") == 0)
		return 0;
	if (strcmp(what, "commands") == 0) {
		offer_commands(to);
	} else if (!defaults && strcmp(what, "keys") != 0) {
		offer_words(to, what);
	} else if (option->argument == NULL) {
		offer_keys(to, "");
	} else if (strchr(option->argument, '=') != NULL) {
		if (strchr(to->word + to->head, '=') != NULL)
			return offer_values(to);
		if (defaults)
			offer_defaults(to);
		else
			offer_keys(to, "=");
		return NO_BLANK | NO_FILES;
	} else {
		int directive = in_list(to);
		offer_keys(to, "");
		return directive;
	}
	return NO_FILES;
}

/* The option with an argument that `word` names, by all its bytes or those before `len`. */
static const struct lsec_option *named(const struct lsec_command *command, const char *word,
                                       size_t len)
{
	for (const struct lsec_option *one = lsec_option_table(); one->name != NULL; one++) {
		if (!lsec_has_option(command, one) || one->argument == NULL)
			continue;
		if (len > 2 && strlen(one->name) == len - 2 && strncmp(word, "--", 2) == 0 &&
		    strncmp(word + 2, one->name, len - 2) == 0)
			return one;
		if (len == 2 && word[0] == '-' && one->letter != 0 && word[1] == one->letter)
			return one;
	}
	return NULL;
}

static int complete(struct offer *to, const struct lsec_command *command, const char *before)
{
	const struct lsec_option *option = named(command, before, strlen(before));
	const char *equals = strchr(to->word, '=');
	if (option == NULL && strncmp(to->word, "--", 2) == 0 && equals != NULL) {
		option = named(command, to->word, (size_t)(equals - to->word));
		to->word = equals + 1;
		if (option == NULL)
			return NO_FILES;
	}
	if (option == NULL && to->word[0] != '-')
		option = lsec_operand_of(command);
	if (option != NULL)
		return offer_argument(to, option);
	offer_options(to, command);
	return NO_FILES;
}

void lsec_complete(size_t count, char *const *words, struct lsec_buffer *ret)
{
	struct offer to = {ret, count == 0 ? "" : words[count - 1], 0};
	int directive = NO_FILES;
	if (count < 2) {
		offer_commands(&to);
		if (to.word[0] == '-')
			offer_words(&to, "--help --version");
	} else {
		const struct lsec_command *command = lsec_commands();
		while (command->name != NULL && strcmp(command->name, words[0]) != 0)
			command++;
		if (command->name != NULL)
			directive = complete(&to, command, words[count - 2]);
	}
	lsec_buffer_format(ret, ":%d\n", directive);
}
