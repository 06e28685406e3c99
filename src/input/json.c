/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <string.h>

#include "core/text.h"

json_object *lsec_json_member(const json_object *object, const char *name)
{
	json_object *member = NULL;
	if (object == NULL || !json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, name, &member);
	return member;
}

const char *lsec_json_kind(const json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "a boolean";
	case json_type_double:
	case json_type_int:
		return "a number";
	case json_type_object:
		return "an object";
	case json_type_array:
		return "a list";
	case json_type_string:
		return "a string";
	}
	return "something else";
}

int lsec_json_string(json_object *value, const char *place, char **ret,
                     struct lsec_problems *problems)
{
	const char *text = json_object_get_string(value);
	size_t len = (size_t)json_object_get_string_len(value);
	if (text == NULL)
		return lsec_problem_no_memory(problems);
	if (memchr(text, '\0', len) != NULL)
		return lsec_problem_add(
			problems, place,
			"found a NUL character in the value; want plain text: remove it");
	*ret = strndup(text, len);
	return *ret == NULL ? lsec_problem_no_memory(problems) : 0;
}

/* Members of all objects in a document. Its depth was limited by the parser. */
static size_t count_members(json_object *value)
{
	size_t count = 0;
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach (value, name, member) {
			(void)name;
			count += 1 + count_members(member);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	}
	return count;
}

/*
 * Colons outside of strings: in a document that the parser took, the number of
 * members that were written. json-c keeps the last of two members of the same
 * name, and ignores that it ran out of memory for one; either way it kept
 * fewer than were written, and we must not go by what it kept. *ret_at is the
 * first byte outside of strings that JSON does not have there: json-c takes
 * single quotes even when it is told to be strict.
 */
static size_t count_colons(const char *bytes, size_t len, size_t *ret_at)
{
	static const char outside[] = " \t\r\n{}[]:,+-.0123456789eEtrufalsn\"";
	size_t count = 0;
	bool in_string = false;
	*ret_at = len;
	for (size_t i = 0; i < len; i++) {
		if (in_string && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			in_string = !in_string;
		else if (!in_string && strchr(outside, bytes[i]) == NULL && *ret_at == len)
			*ret_at = i;
		else if (!in_string && bytes[i] == ':')
			count++;
	}
	return count;
}

static int refuse_syntax(const char *bytes, size_t at, const char *name, const char *what,
                         enum json_tokener_error error, struct lsec_problems *problems)
{
	unsigned line = 1;
	unsigned column = 1;
	for (size_t i = 0; i < at; i++) {
		column = bytes[i] == '\n' ? 1 : column + 1;
		line += bytes[i] == '\n';
	}
	lsec_owned_text place = lsec_format("%s:%u:%u", name, line, column);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	if (error == json_tokener_error_depth)
		return lsec_problem_add(
			problems, place,
			"found lists and objects inside each other more than %d deep; at most "
			"that are taken",
			LSEC_MAX_JSON_DEPTH);
	return lsec_problem_add(problems, place, "found what is not JSON (%s); want %s",
	                        error == json_tokener_continue ? "it ends too early"
	                                                       : json_tokener_error_desc(error),
	                        what);
}

static int parse(const char *bytes, size_t len, const char *name, const char *what,
                 json_object **ret, struct lsec_problems *problems)
{
	json_tokener *tokener = json_tokener_new_ex(LSEC_MAX_JSON_DEPTH);
	if (tokener == NULL)
		return lsec_problem_no_memory(problems);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*ret = json_tokener_parse_ex(tokener, bytes, (int)len);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	size_t end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return refuse_syntax(bytes, end, name, what, error, problems);
	size_t behind = end + strspn(bytes + end, " \t\r\n");
	if (behind < len)
		return refuse_syntax(bytes, behind, name, what, json_tokener_error_parse_unexpected,
		                     problems);
	return 0;
}

int lsec_json_read(const char *bytes, size_t len, size_t longest, const char *name,
                   const char *what, json_object **ret, struct lsec_problems *problems)
{
	lsec_owned_json root = NULL;
	if (len == 0)
		return lsec_problem_add(problems, name, "found an empty document; want %s", what);
	if (len > longest)
		return lsec_problem_add(problems, name,
		                        "found a document of %zu bytes; at most %zu are taken", len,
		                        longest);
	if (memchr(bytes, '\0', len) != NULL)
		return lsec_problem_add(problems, name, "found a NUL byte in it; want %s", what);
	/* json-c and strspn() look for the NUL behind the text. */
	lsec_owned_text text = strndup(bytes, len);
	if (text == NULL)
		return lsec_problem_no_memory(problems);
	if (parse(text, len, name, what, &root, problems) < 0)
		return -1;
	if (!json_object_is_type(root, json_type_object))
		return lsec_problem_add(problems, name, "found %s; want %s", lsec_json_kind(root),
		                        what);
	size_t at = len;
	size_t written = count_colons(text, len, &at);
	if (at < len)
		return refuse_syntax(text, at, name, what, json_tokener_error_parse_unexpected,
		                     problems);
	if (count_members(root) != written)
		return lsec_problem_add(
			problems, name,
			"found an object with the same key twice; want each key once, since it "
			"is open which of the two counts: remove one");
	*ret = root;
	root = NULL;
	return 0;
}
