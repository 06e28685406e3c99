/* SPDX-License-Identifier: Apache-2.0 */
/* What the documents share. */
#include "docs.h"

#include <ctype.h>
#include <string.h>

#include "annotations/values.h"
#include "launchsec/config.h"
#include "launchsec/policy.h"

void lsec_doc_config_file(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LSEC_CONFIG_FILE);
}

void lsec_doc_hook_command(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, lsec_command(LSEC_COMMAND_HOOK)->name);
}

const char *lsec_doc_tees_of(const struct lsec_key *key)
{
	if (key->tees == LSEC_TEE_BOTH)
		return "SEV-SNP and TDX";
	return lsec_tee_title(key->tees);
}

void lsec_doc_variable(struct lsec_buffer *ret, enum lsec_tee tee, const char *key)
{
	lsec_buffer_text(ret, tee == LSEC_TEE_TDX ? "LAUNCHSEC_TDX_" : "LAUNCHSEC_SEV_SNP_");
	for (; *key != '\0'; key++) {
		char c = *key == '-' ? '_' : (char)toupper((unsigned char)*key);
		lsec_buffer_add(ret, &c, 1);
	}
}

/* Whether `word` is one of the words joined by blanks in `list`. */
static bool is_among(const char *list, const char *word, size_t len)
{
	for (const char *at = list; at != NULL && *at != '\0'; at += strspn(at, " ")) {
		size_t one = strcspn(at, " ");
		if (one == len && strncmp(at, word, len) == 0)
			return true;
		at += one;
	}
	return false;
}

char *lsec_doc_sentence(const char *text, const char *names)
{
	size_t first = strcspn(text, " ,;:");
	cleanup_free char *word = lsec_strndup(text, first);
	size_t len = strlen(text);
	cleanup_free char *sentence =
		lsec_format("%s%s", text, len > 0 && text[len - 1] == '.' ? "" : ".");
	if (lsec_key_find(word) == NULL && !is_among(names, word, first))
		sentence[0] = (char)toupper((unsigned char)sentence[0]);
	return lsec_steal(&sentence);
}

/* Whether the key's parser takes a word, and it means more than a number. */
static bool is_word(const struct lsec_key *key, const char *word)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
	enum lsec_tee tee =
		(key->tees & (unsigned)LSEC_TEE_TDX) != 0 ? LSEC_TEE_TDX : LSEC_TEE_SEV_SNP;
	if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(word) ||
	    !isalpha((unsigned char)word[0]))
		return false;
	return lsec_value_parse(&(struct lsec_reading){key, tee, key->name, word, &problems},
	                        LSEC_FROM_ANNOTATION, &value) == 0;
}

char *lsec_doc_words(const struct lsec_key *key)
{
	struct lsec_buffer words = {0};
	cleanup_free char *copy = lsec_strdup(key->values);
	lsec_buffer_text(&words, "");
	for (char *at = copy; at != NULL;) {
		/* An alternative ends at ", " or " or "; "(…)" only explains it. */
		char *comma = strstr(at, ", ");
		char * or = strstr(at, " or ");
		char *end = comma == NULL || (or != NULL && or < comma) ? or : comma;
		char *next = end == NULL ? NULL : end + (end == comma ? 2 : 4);
		if (end != NULL)
			*end = '\0';
		at += strncmp(at, "or ", 3) == 0 ? 3 : 0;
		char *parenthesis = strstr(at, " (");
		if (parenthesis != NULL)
			*parenthesis = '\0';
		if (is_word(key, at))
			lsec_buffer_format(&words, "%s%s", words.len == 0 ? "" : " ", at);
		at = next;
	}
	return lsec_buffer_take(&words);
}

char *lsec_doc_flags(unsigned tees)
{
	struct lsec_buffer names = {0};
	lsec_buffer_text(&names, "");
	for (size_t i = 0; i < LSEC_TEES; i++) {
		const struct lsec_policy_flag *flag = lsec_policy_flags(lsec_tee_at(i));
		for (; (tees & lsec_tee_at(i)) != 0 && flag->name != NULL; flag++)
			if (!is_among(names.bytes, flag->name, strlen(flag->name)))
				lsec_buffer_format(&names, "%s%s", names.len == 0 ? "" : " ",
				                   flag->name);
	}
	return lsec_buffer_take(&names);
}

bool lsec_doc_takes_path(const struct lsec_key *key)
{
	return key->type == LSEC_VALUE_FIRMWARE || key->type == LSEC_VALUE_QGS;
}

void lsec_doc_quoted(struct lsec_buffer *ret, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			lsec_buffer_text(ret, "'\\''");
		else
			lsec_buffer_add(ret, text, 1);
	}
}

bool lsec_doc_has(const struct lsec_command *command, const struct lsec_option *option)
{
	return (option->commands & (unsigned)command->id) != 0;
}
