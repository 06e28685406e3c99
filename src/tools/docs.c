/* SPDX-License-Identifier: Apache-2.0 */
/* What the documents share. */
#include "docs.h"

#include <ctype.h>
#include <string.h>

#include "launchsec/config.h"

void lsec_doc_config_file(struct lsec_buffer *ret)
{
	lsec_buffer_text(ret, LSEC_CONFIG_FILE);
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
