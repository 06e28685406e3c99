/* SPDX-License-Identifier: Apache-2.0 */
/* Finds words in rows of them, also those that were mistyped. */
#include "words.h"

#include <string.h>

#include "base/text.h"

/* Goes to the next word of a row; false at its end. */
static bool next_word(const char **row, const char **ret, size_t *ret_len)
{
	*ret = *row;
	*ret_len = strcspn(*row, " ");
	*row += *ret_len;
	*row += strspn(*row, " ");
	return *ret_len > 0;
}

char *lsec_words_for_people(const char *words)
{
	cleanup_buffer struct lsec_buffer ret = {0};
	const char *word;
	for (size_t len; next_word(&words, &word, &len);) {
		lsec_buffer_add(&ret, word, len);
		if (*words != '\0')
			lsec_buffer_text(&ret, strchr(words, ' ') == NULL ? " or " : ", ");
	}
	return lsec_buffer_take(&ret);
}

int lsec_place_of_word(const char *word, const char *words)
{
	const char *at;
	size_t len;
	for (int place = 0; next_word(&words, &at, &len); place++)
		if (strlen(word) == len && memcmp(word, at, len) == 0)
			return place;
	return -1;
}

/* How far two words are from each other: few letters, or one is a part of the other. */
static size_t distance_of(const char *given, const char *known)
{
	char a[LSEC_SIMPLE_ROOM];
	char b[LSEC_SIMPLE_ROOM];
	size_t letters = lsec_name_distance(given, known);
	if (letters != SIZE_MAX)
		return letters;
	lsec_simplify(given, a);
	lsec_simplify(known, b);
	bool part =
		strlen(a) > 2 && strlen(b) > 2 && (strstr(a, b) != NULL || strstr(b, a) != NULL);
	return part ? LSEC_SIMPLE_ROOM : SIZE_MAX;
}

char *lsec_word_meant(const char *word, const char *words)
{
	cleanup_free char *nearest = NULL;
	const char *at;
	size_t least = SIZE_MAX;
	for (size_t len; next_word(&words, &at, &len);) {
		cleanup_free char *known = lsec_format("%.*s", (int)len, at);
		size_t distance = distance_of(word, known);
		if (distance >= least)
			continue;
		least = distance;
		free(nearest);
		nearest = lsec_steal(&known);
	}
	return lsec_steal(&nearest);
}
