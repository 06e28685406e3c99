/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by json-c, which keeps the order of members. What it accepts differs between its versions,
 * and even 0.18 in strict mode accepts keys in single quotes but no characters beyond ASCII; so
 * lsec_json_scan() decides what is JSON, and json-c builds only that. JSON's null is NULL to it.
 */
#ifndef LAUNCHSEC_BASE_JSON_H
#define LAUNCHSEC_BASE_JSON_H

#include <json-c/json.h>
#include <stddef.h>

#include "launchsec/problems.h"
#include "text.h"

static inline void lsec_json_put(struct json_object **value)
{
	json_object_put(*value);
}
#define cleanup_json LSEC_CLEANUP(lsec_json_put)

/* A text that another program wrote. */
struct lsec_json_text {
	const char *bytes;
	size_t len;
	size_t longest;      /* bytes that are read at most */
	const char *name;    /* names it in problems */
	const char *what;    /* what it must be, for problems */
	enum json_type type; /* json_type_object or json_type_array */
	/* For lsec_yaml_read(): of a repeated key the last value counts, and objects become one, as
	 * for Go's encoding/json; without it a repeated key is refused. */
	bool merges;
	bool marks; /* For lsec_yaml_read(): keep where values stand, for lsec_yaml_mark(). */
};

/*
 * Reads strict JSON of the type that is expected, within the limits on its values and their depth.
 * Returns 0; 1 where an object repeats a key, of which only the last value is in *ret; or -1.
 */
int lsec_json_read(const struct lsec_json_text *text, struct json_object **ret,
                   struct lsec_problems *problems);

/* The member of that name; NULL where there is none, it is null, or `object` is no object.
 * Borrowed. */
struct json_object *lsec_json_member(const struct json_object *object, const char *name);

/* The value at a path below `value`: names of members, joined by the character `joint`; NULL as of
 * lsec_json_member(). Borrowed. */
struct json_object *lsec_json_at(const struct json_object *value, const char *path, char joint);

/* Puts a value at such a path, in place of what is there; what the path lacks, or is null there,
 * becomes objects. Takes over `last`, and drops it where something else than an object is in the
 * way. */
void lsec_json_put_at(struct json_object *value, const char *path, char joint,
                      struct json_object *last);

/* The items of a list: 0 where `list` is none. */
size_t lsec_json_count(const struct json_object *list);

/* A string, which may have NULs in it; NULL where `value` is none. Borrowed. */
const char *lsec_json_text(const struct json_object *value);

/* Whether a value is a boolean, and that one. */
bool lsec_json_is(const struct json_object *value, bool boolean);

/* The members of an object in their order; none of anything else. */
#define lsec_json_foreach(object, key, value)                                                      \
	for (struct lh_entry *entry_##key = lsec_json_first(object);                               \
	     lsec_json_entry(entry_##key, &(key), &(value));                                       \
	     entry_##key = lh_entry_next(entry_##key))

static inline struct lh_entry *lsec_json_first(const struct json_object *object)
{
	struct lh_table *table = json_object_get_object(object);
	return table == NULL ? NULL : lh_table_head(table);
}

static inline bool lsec_json_entry(struct lh_entry *entry, const char **ret_key,
                                   struct json_object **ret_value)
{
	if (entry == NULL)
		return false;
	*ret_key = lh_entry_k(entry);
	*ret_value = lh_entry_v(entry);
	return true;
}

/* "an object", "a number", ... for messages. NULL is null. */
const char *lsec_json_kind(const struct json_object *value);

/* The same, but of a string or a number its value, a string in quotes. Boolean values are their
 * kind. */
struct lsec_quote lsec_json_shown(const struct json_object *value);

/* Copies a string without a NUL in it; refuses one with, at `place`. */
int lsec_json_string(const struct json_object *value, const char *place, char **ret,
                     struct lsec_problems *problems);

/* The values of a document: objects, lists, and what is in them. */
size_t lsec_json_values(const struct json_object *value);

/* For building; the functions that add take ownership of what they add. Of a text that is not UTF-8
 * only its ASCII is kept; NULL is null. */
struct json_object *lsec_json_new_object(void);
struct json_object *lsec_json_new_list(void);
struct json_object *lsec_json_new_text(const char *text);
struct json_object *lsec_json_new_bytes(const char *bytes, size_t len);
struct json_object *lsec_json_new_number(int64_t number);
struct json_object *lsec_json_new_decimal(double number); /* with six digits */
struct json_object *lsec_json_new_boolean(bool value);
void lsec_json_add(struct json_object *object, const char *name, struct json_object *value);
void lsec_json_add_text(struct json_object *object, const char *name, const char *text);
void lsec_json_append(struct json_object *list, struct json_object *item);

/* Adds a value to what a buffer holds: in one line without blanks; for people, with a line end and
 * names of members that need no escapes. */
void lsec_json_write(struct lsec_buffer *ret, struct json_object *value);
void lsec_json_print(struct lsec_buffer *ret, struct json_object *value);

#endif
