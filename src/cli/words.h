/* SPDX-License-Identifier: Apache-2.0 */
/* Words in a row, with a blank between two, as the tables of options have them. */
#ifndef LAUNCHSEC_CLI_WORDS_H
#define LAUNCHSEC_CLI_WORDS_H

/* The row as people write it: "a, b or c". Owned. */
char *lsec_words_for_people(const char *words);

/* The place of a word in the row, from 0 on; -1 where it is not there. */
int lsec_place_of_word(const char *word, const char *words);

/* The word of the row that was probably meant, as lsec_name_distance() has it, or a part of which
 * was written ("snp" for "sev-snp"); NULL: there is none. Owned. */
char *lsec_word_meant(const char *word, const char *words);

#endif
