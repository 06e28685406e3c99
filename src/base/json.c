/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <string.h>

#include "json_scan.h"
#include "memory.h"
#include "text.h"

json_t *lsec_json_member(const json_t *object, const char *name)
{
	json_t *member = json_object_get(object, name);
	return json_is_null(member) ? NULL : member;
}

const char *lsec_json_kind(const json_t *value)
{
	static const char *const kinds[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "a boolean",
		[JSON_FALSE] = "a boolean",  [JSON_NULL] = "null",
	};
	return kinds[value == NULL ? JSON_NULL : json_typeof(value)];
}

int lsec_json_string(const json_t *value, const char *place, char **ret,
                     struct lsec_problems *problems)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	if (memchr(text, '\0', len) != NULL)
		return lsec_problem_add(
			problems, place,
			"found a NUL character in the value; want plain text: remove it");
	*ret = strndup(text, len);
	return *ret == NULL ? lsec_problem_no_memory(problems) : 0;
}

static int add_bytes(const char *bytes, size_t len, void *buffer)
{
	lsec_buffer_add(buffer, bytes, len);
	return ((struct lsec_buffer *)buffer)->failed ? -1 : 0;
}

int lsec_json_write(struct lsec_buffer *ret, const json_t *value, size_t flags)
{
	return json_dump_callback(value, add_bytes, ret, flags);
}

/* What our own words say better than jansson's; NULL for the rest. */
static const char *explain(enum json_error_code code)
{
	switch ((int)code) {
	case json_error_duplicate_key:
		return "found the same key a second time; want each key once, since it is open which of the two counts: remove one";
	case json_error_null_byte_in_key:
		return "found a NUL character in a key; want plain text: remove it";
	default:
		return NULL;
	}
}

static int refuse(const json_error_t *error, const char *name, const char *what,
                  struct lsec_problems *problems)
{
	enum json_error_code code = json_error_code(error);
	if (code == json_error_out_of_memory || lsec_memory_ran_out())
		return lsec_problem_no_memory(problems);
	cleanup_free char *place = lsec_format("%s:%d:%d", name, error->line > 0 ? error->line : 1,
	                                       error->column > 0 ? error->column : 1);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	if (explain(code) != NULL)
		return lsec_problem_add(problems, place, "%s", explain(code));
	/* jansson quotes the document behind "near", which may hold anything. */
	const char *near = strstr(error->text, " near ");
	size_t len = near == NULL ? strlen(error->text) : (size_t)(near - error->text);
	cleanup_free char *text = strndup(error->text, len);
	if (text == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_problem_add(problems, place, "found what is not JSON (%s); want %s",
	                        lsec_printable(text) ? text : "invalid characters", what);
}

/* What a text is too large for, before anything is built of it. */
static int check_size(const char *bytes, size_t len, const struct lsec_json_limits *limits,
                      const char *name, struct lsec_problems *problems)
{
	if (len > limits->bytes)
		return lsec_problem_add(problems, name,
		                        "found a document of %zu bytes; at most %zu are taken", len,
		                        limits->bytes);
	const struct lsec_json_size size = lsec_json_scan(bytes, len);
	if (size.depth > LSEC_MAX_JSON_DEPTH)
		return lsec_problem_add(
			problems, name,
			"found lists and objects inside each other more than %d deep; at most that are taken",
			LSEC_MAX_JSON_DEPTH);
	if (size.values > limits->values)
		return lsec_problem_add(
			problems, name,
			"the document has %zu values, but the limit is %zu; shorten it",
			size.values, limits->values);
	return 0;
}

static int read_as(json_type type, const char *bytes, size_t len,
                   const struct lsec_json_limits *limits, const char *name, const char *what,
                   json_t **ret, struct lsec_problems *problems)
{
	json_error_t error = {0};
	if (len == 0)
		return lsec_problem_add(problems, name, "found an empty document; want %s", what);
	if (check_size(bytes, len, limits, name, problems) < 0)
		return -1;
	lsec_memory_forget();
	cleanup_json json_t *root = lsec_json_load(bytes, len, &error);
	if (root == NULL || lsec_memory_ran_out())
		return refuse(&error, name, what, problems);
	if (json_typeof(root) != type)
		return lsec_problem_add(problems, name, "found %s; want %s", lsec_json_kind(root),
		                        what);
	*ret = root;
	root = NULL;
	return 0;
}

int lsec_json_read(const char *bytes, size_t len, size_t longest, const char *name,
                   const char *what, json_t **ret, struct lsec_problems *problems)
{
	const struct lsec_json_limits limits = {longest, LSEC_MAX_JSON_VALUES};
	return read_as(JSON_OBJECT, bytes, len, &limits, name, what, ret, problems);
}

int lsec_json_read_within(const char *bytes, size_t len, const struct lsec_json_limits *limits,
                          const char *name, const char *what, json_t **ret,
                          struct lsec_problems *problems)
{
	return read_as(JSON_OBJECT, bytes, len, limits, name, what, ret, problems);
}

int lsec_json_read_list(const char *bytes, size_t len, size_t longest, const char *name,
                        const char *what, json_t **ret, struct lsec_problems *problems)
{
	const struct lsec_json_limits limits = {longest, LSEC_MAX_JSON_VALUES};
	return read_as(JSON_ARRAY, bytes, len, &limits, name, what, ret, problems);
}
