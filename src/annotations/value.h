/* SPDX-License-Identifier: Apache-2.0 */
/* A value of an annotation or of a cluster default, and what the readers of each kind share. */
#ifndef LAUNCHSEC_ANNOTATIONS_VALUE_H
#define LAUNCHSEC_ANNOTATIONS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "launchsec/keys.h"
#include "launchsec/problems.h"

/* Words with a special meaning. */
enum lsec_word {
	LSEC_WORD_LITERAL, /* no such word: the value is `text` */
	LSEC_WORD_AUTO,
	LSEC_WORD_KEEP,
	LSEC_WORD_OMIT,
	LSEC_WORD_DEFAULT,
	LSEC_WORD_NONE,
	/* LSEC_VALUE_QGS: it listens elsewhere; `text` is the address as written. */
	LSEC_WORD_VSOCK,
	LSEC_WORD_INET,
};

/* Who chose a value. */
enum lsec_origin {
	LSEC_FROM_NOBODY, /* not set */
	LSEC_FROM_ANNOTATION,
	LSEC_FROM_CLUSTER,
	LSEC_FROM_DOMAIN,
	LSEC_FROM_STANDARD,
};

struct lsec_value {
	enum lsec_origin origin;
	enum lsec_word word;
	char *text;                /* as it is written: base64, 0x…, yes, a path; or NULL */
	uint64_t number;           /* LSEC_VALUE_POLICY, LSEC_VALUE_CPUID; 1 and 0 for yes and no */
	struct lsec_digest digest; /* LSEC_VALUE_INITDATA, LSEC_VALUE_PROVISION: of the document */
	const char *doubt;         /* the same: why its bytes may not stay, or NULL */
	char **strings;            /* OEM strings that it brings */
	size_t string_count, string_room;
	char *place; /* where it was found */
};

/* A value to be read: the text of a key, and where it was found. */
struct lsec_reading {
	const struct lsec_key *key;
	enum lsec_tee tee; /* LSEC_TEE_NONE only for LSEC_VALUE_TYPE */
	const char *place;
	const char *text;
	struct lsec_problems *problems;
};

static inline bool lsec_is_set(const struct lsec_value *value)
{
	return value->origin != LSEC_FROM_NOBODY;
}

/* LSEC_VALUE_YES_NO: whether it is set to yes. */
static inline bool lsec_is_yes(const struct lsec_value *value)
{
	return lsec_is_set(value) && value->number == 1;
}

/* LSEC_VALUE_BYTES: its bytes, `size` of them; false where it is not set, or was refused. */
static inline bool lsec_value_bytes(const struct lsec_value *value, uint8_t *ret, size_t size)
{
	return lsec_is_set(value) && lsec_base64_decode(value->text, ret, size);
}

/* Makes a value from a number, written in decimal or as 0x…. */
struct lsec_value lsec_value_from_number(enum lsec_origin origin, const char *place,
                                         bool hexadecimal, uint64_t number);

/* Adds an OEM string to those that a value brings, and takes it over. */
void lsec_value_add_string(struct lsec_value *value, char *string);

void lsec_value_clear(struct lsec_value *value);

/* Refuses an empty text, and one of more than `longest` bytes. */
int lsec_value_check_length(const char *place, size_t len, size_t longest,
                            struct lsec_problems *problems);

/*
 * Refuses what no value may be: empty, too long, with blanks around it, or with control characters
 * in it.
 */
int lsec_value_check_text(const char *place, const char *text, struct lsec_problems *problems);

/* Whether a text is a key as tools print it (PEM, OpenSSH, age), where its digest is meant; and a
 * file's name, where its content is: of letters, digits and `._/~-`, with a dot. */
bool lsec_looks_like_key(const char *text);
bool lsec_looks_like_file(const char *text, size_t len);

/* Refuses a path that is relative, has a `..`, ends in a slash or is too long. */
int lsec_value_check_path(const char *place, const char *path, size_t longest,
                          struct lsec_problems *problems);

#endif
