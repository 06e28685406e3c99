/* SPDX-License-Identifier: Apache-2.0 */
/* Reads documents in TOML, for tests of toml_head.c. */
#ifndef LAUNCHSEC_TESTS_TOML_H
#define LAUNCHSEC_TESTS_TOML_H

#include "annotations/toml_head.h"
#include "support.h"

#define HEAD "version = \"0.1.0\"\nalgorithm = \"sha-256\"\n"

/* A TOML string of many lines, of either kind, around a text. */
#define BASIC(text) "\"\"\"" text "\"\"\""
#define LITERAL(text) "'''" text "'''"

/* Reads a copy without a NUL after it, so that a sanitizer sees what reads too far. */
static inline int read_copy(const char *text, size_t len, struct lsec_toml_head *ret,
                            struct lsec_problems *problems)
{
	char *bytes = malloc(len + 1);
	assert_non_null(bytes);
	memcpy(bytes + 1, text, len);
	int status = lsec_toml_head_read("here", bytes + 1, len, ret, problems);
	free(bytes);
	return status;
}

static inline void taken(const char *text, const char *version, const char *algorithm,
                         bool has_data, size_t count)
{
	struct lsec_toml_head head LSEC_CLEANUP(lsec_toml_head_clear) = {0};
	struct lsec_problems problems = {0};
	if (read_copy(text, strlen(text), &head, &problems) < 0)
		print_message("not taken: %s\n", text);
	expect_none(&problems);
	assert_int_equal(head.has_data, has_data);
	assert_int_equal(head.data_count, count);
	assert_int_equal(head.version == NULL, version == NULL);
	assert_int_equal(head.algorithm == NULL, algorithm == NULL);
	if (version != NULL)
		assert_string_equal(head.version, version);
	if (algorithm != NULL)
		assert_string_equal(head.algorithm, algorithm);
}

/* A document with a whole head: so many keys in [data]. */
static inline void counted(const char *text, size_t count)
{
	taken(text, "0.1.0", "sha-256", true, count);
}

static inline void not_taken_bytes(const char *text, size_t len, const char *why)
{
	struct lsec_toml_head head = {.data_count = 77};
	struct lsec_problems problems = {0};
	if (read_copy(text, len, &head, &problems) == 0)
		print_message("taken: %s\n", text);
	expect_problem(&problems, "here", why);
	assert_int_equal(head.data_count, 77);
	assert_null(head.version);
}

static inline void not_taken(const char *text, const char *why)
{
	not_taken_bytes(text, strlen(text), why);
}

#endif
