/* SPDX-License-Identifier: Apache-2.0 */
/* Reads values of annotations, for tests of values.c and value_bytes.c. */
#ifndef LAUNCHSEC_TESTS_VALUE_H
#define LAUNCHSEC_TESTS_VALUE_H

#include "annotations/values.h"
#include "support.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX

static inline int parse(const char *key, enum lsec_tee tee, const char *text,
                        struct lsec_value *ret, struct lsec_problems *problems)
{
	const struct lsec_reading reading = {lsec_key_find(key), tee, "here", text, problems};
	return lsec_value_parse(&reading, LSEC_FROM_CLUSTER, ret);
}

/* A value that must be accepted, for lsec_value_clear(). */
static inline struct lsec_value parsed(const char *key, enum lsec_tee tee, const char *text)
{
	struct lsec_value value = {0};
	struct lsec_problems problems = {0};
	int status = parse(key, tee, text, &value, &problems);
	expect_none(&problems);
	assert_int_equal(status, 0);
	assert_int_equal(value.origin, LSEC_FROM_CLUSTER);
	assert_string_equal(value.place, "here");
	return value;
}

/* The same; of it only word, number and, until the next call, the text. */
static inline struct lsec_value taken(const char *key, enum lsec_tee tee, const char *text)
{
	static char kept[8192];
	struct lsec_value value = parsed(key, tee, text);
	const struct lsec_value ret = {.word = value.word, .number = value.number, .text = kept};
	snprintf(kept, sizeof(kept), "%s", value.text);
	lsec_value_clear(&value);
	assert_null(value.text);
	return ret;
}

static inline void not_taken(const char *key, enum lsec_tee tee, const char *text, const char *why)
{
	struct lsec_value value = {.number = 77, .place = (char[]){"untouched"}};
	struct lsec_problems problems = {0};
	if (parse(key, tee, text, &value, &problems) == 0)
		print_message("%s took %.80s\n", key, text);
	expect_problem(&problems, "here", why);
	assert_int_equal(value.number, 77);
	assert_string_equal(value.place, "untouched");
}

#endif
