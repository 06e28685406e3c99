/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and building JSON. */
#include "json.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <string.h>

#include "json_scan.h"
#include "text.h"

struct json_object *lsec_json_member(const struct json_object *object, const char *name)
{
	struct json_object *member = NULL;
	json_object_object_get_ex(object, name, &member);
	return member;
}

/* Takes the next name of a path. Owned. */
static char *next_name(const char **path, char joint)
{
	const char joints[] = {joint, '\0'};
	size_t len = strcspn(*path, joints);
	char *name = lsec_strndup(*path, len);
	*path += len + ((*path)[len] != '\0');
	return name;
}

struct json_object *lsec_json_at(const struct json_object *value, const char *path, char joint)
{
	struct json_object *ret = NULL;
	do {
		cleanup_free char *name = next_name(&path, joint);
		value = ret = lsec_json_member(value, name);
	} while (*path != '\0' && ret != NULL);
	return ret;
}

void lsec_json_put_at(struct json_object *value, const char *path, char joint,
                      struct json_object *last)
{
	for (;;) {
		cleanup_free char *name = next_name(&path, joint);
		if (!json_object_is_type(value, json_type_object)) {
			json_object_put(last);
			return;
		}
		if (*path == '\0') {
			lsec_json_add(value, name, last);
			return;
		}
		struct json_object *next = lsec_json_member(value, name);
		if (next == NULL) {
			next = lsec_json_new_object();
			lsec_json_add(value, name, next);
		}
		value = next;
	}
}

size_t lsec_json_count(const struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

const char *lsec_json_text(const struct json_object *value)
{
	return json_object_is_type(value, json_type_string)
	               ? json_object_get_string(lsec_unconst(value))
	               : NULL;
}

bool lsec_json_is(const struct json_object *value, bool boolean)
{
	return json_object_is_type(value, json_type_boolean) &&
	       (json_object_get_boolean(value) != 0) == boolean;
}

const char *lsec_json_kind(const struct json_object *value)
{
	static const char *const kinds[] = {
		[json_type_null] = "null",        [json_type_boolean] = "a boolean",
		[json_type_double] = "a number",  [json_type_int] = "a number",
		[json_type_object] = "an object", [json_type_array] = "a list",
		[json_type_string] = "a string",
	};
	return kinds[json_object_get_type(value)];
}

struct lsec_quote lsec_json_shown(const struct json_object *value)
{
	struct lsec_quote shown = {""};
	if (lsec_json_text(value) != NULL)
		return lsec_quote(lsec_json_text(value));
	const bool number = json_object_is_type(value, json_type_int) ||
	                    json_object_is_type(value, json_type_double);
	snprintf(shown.text, sizeof(shown.text), "%s",
	         number ? json_object_get_string(lsec_unconst(value)) : lsec_json_kind(value));
	return shown;
}

int lsec_json_string(const struct json_object *value, const char *place, char **ret,
                     struct lsec_problems *problems)
{
	const char *text = lsec_json_text(value);
	size_t len = (size_t)json_object_get_string_len(value);
	if (memchr(text, '\0', len) != NULL)
		return lsec_problem_add(problems, place,
		                        "the value contains a NUL character; remove it");
	*ret = lsec_strndup(text, len);
	return 0;
}

size_t lsec_json_values(const struct json_object *value)
{
	const char *key = NULL;
	struct json_object *member = NULL;
	size_t count = 1;
	for (size_t i = 0; i < lsec_json_count(value); i++)
		count += lsec_json_values(json_object_array_get_idx(value, i));
	lsec_json_foreach (value, key, member)
		count += lsec_json_values(member);
	return count;
}

static int refuse(const struct lsec_json_text *text, const struct lsec_json_scan *scan,
                  struct lsec_problems *problems)
{
	size_t line = 1;
	size_t column = 1;
	for (size_t i = 0; i < scan->at; i++) {
		line += text->bytes[i] == '\n';
		column = text->bytes[i] == '\n' ? 1 : column + 1;
	}
	cleanup_free char *place = lsec_format("%s:%zu:%zu", text->name, line, column);
	return lsec_problem_add(problems, place, "%s; must be %s", scan->fault, text->what);
}

/* Before anything is built of a text. */
static int check(const struct lsec_json_text *text, size_t *ret_values,
                 struct lsec_problems *problems)
{
	if (text->len > text->longest)
		return lsec_problem_add(
			problems, text->name,
			"the document has %zu bytes, but the limit is %zu; shorten it", text->len,
			text->longest);
	const struct lsec_json_scan scan = lsec_json_scan(text->bytes, text->len);
	if (scan.fault != NULL)
		return refuse(text, &scan, problems);
	if (scan.values > LSEC_MAX_JSON_VALUES)
		return lsec_problem_add(
			problems, text->name,
			"the document has %zu values, but the limit is %d; shorten it", scan.values,
			LSEC_MAX_JSON_VALUES);
	*ret_values = scan.values;
	return 0;
}

static void put_tokener(struct json_tokener **tokener)
{
	json_tokener_free(*tokener);
}

int lsec_json_read(const struct lsec_json_text *text, struct json_object **ret,
                   struct lsec_problems *problems)
{
	if (text->len == 0)
		return lsec_problem_add(problems, text->name, "is empty; must be %s", text->what);
	size_t values = 0;
	if (check(text, &values, problems) < 0)
		return -1;
	/* A value in the innermost list counts, too. */
	struct json_tokener *tokener LSEC_CLEANUP(put_tokener) =
		json_tokener_new_ex(LSEC_MAX_JSON_DEPTH + 1);
	if (tokener == NULL)
		lsec_out_of_memory();
	errno = 0;
	struct json_object *root = json_tokener_parse_ex(tokener, text->bytes, (int)text->len);
	if (json_tokener_get_error(tokener) == json_tokener_continue) /* a number could go on */
		root = json_tokener_parse_ex(tokener, " ", 1);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error != json_tokener_success && errno == ENOMEM)
		lsec_out_of_memory();
	if (error != json_tokener_success)
		return lsec_problem_failed(problems, text->name, "json-c: %s",
		                           json_tokener_error_desc(error));
	if (!json_object_is_type(root, text->type)) {
		lsec_problem_add(problems, text->name, "is %s; must be %s", lsec_json_kind(root),
		                 text->what);
		json_object_put(root);
		return -1;
	}
	*ret = root;
	return lsec_json_values(root) < values;
}

/* What was to be built; json-c returns NULL where memory runs out. */
static struct json_object *built(struct json_object *value)
{
	if (value == NULL)
		lsec_out_of_memory();
	return value;
}

struct json_object *lsec_json_new_object(void)
{
	return built(json_object_new_object());
}

struct json_object *lsec_json_new_list(void)
{
	return built(json_object_new_array());
}

struct json_object *lsec_json_new_bytes(const char *bytes, size_t len)
{
	return built(json_object_new_string_len(bytes, (int)len));
}

struct json_object *lsec_json_new_text(const char *text)
{
	if (text == NULL)
		return NULL;
	size_t len = strlen(text);
	if (lsec_is_utf8(text, len))
		return lsec_json_new_bytes(text, len);
	cleanup_free char *copy = lsec_strdup(text);
	lsec_make_printable(copy);
	return lsec_json_new_bytes(copy, len);
}

struct json_object *lsec_json_new_number(int64_t number)
{
	return built(json_object_new_int64(number));
}

static int write_decimal(struct json_object *value, struct printbuf *ret, int level, int flags)
{
	char digits[32];
	(void)level;
	(void)flags;
	int len = snprintf(digits, sizeof(digits), "%.6g", json_object_get_double(value));
	return printbuf_memappend(ret, digits, len);
}

struct json_object *lsec_json_new_decimal(double number)
{
	struct json_object *value = built(json_object_new_double(number));
	/* Not json_object_new_double_s(), which takes the pointer for the user. */
	json_object_set_serializer(value, write_decimal, NULL, NULL);
	return value;
}

struct json_object *lsec_json_new_boolean(bool value)
{
	return built(json_object_new_boolean(value));
}

void lsec_json_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (json_object_object_add(object, name, value) != 0)
		lsec_out_of_memory();
}

void lsec_json_add_text(struct json_object *object, const char *name, const char *text)
{
	lsec_json_add(object, name, lsec_json_new_text(text));
}

void lsec_json_append(struct json_object *list, struct json_object *item)
{
	if (json_object_array_add(list, item) != 0)
		lsec_out_of_memory();
}

/* json-c passes over failures to add to its text; the C library notes each in errno. */
void lsec_json_write(struct lsec_buffer *ret, struct json_object *value)
{
	size_t len = 0;
	errno = 0;
	const char *text = json_object_to_json_string_length(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text == NULL || errno != 0)
		lsec_out_of_memory();
	lsec_buffer_add(ret, text, len);
}

/* json-c's own form for people differs between its versions. */
static void print(struct lsec_buffer *ret, struct json_object *value, int level)
{
	const char *name = NULL;
	const char *comma = "";
	struct json_object *member = NULL;
	bool list = lsec_json_count(value) > 0;
	if (!list && lsec_json_first(value) == NULL) {
		lsec_json_write(ret, value);
		return;
	}
	lsec_buffer_text(ret, list ? "[" : "{");
	for (size_t i = 0; i < lsec_json_count(value); i++, comma = ",") {
		lsec_buffer_format(ret, "%s\n%*s", comma, 2 * level + 2, "");
		print(ret, json_object_array_get_idx(value, i), level + 1);
	}
	lsec_json_foreach (value, name, member) {
		lsec_buffer_format(ret, "%s\n%*s\"%s\": ", comma, 2 * level + 2, "", name);
		print(ret, member, level + 1);
		comma = ",";
	}
	lsec_buffer_format(ret, "\n%*s%s", 2 * level, "", list ? "]" : "}");
}

void lsec_json_print(struct lsec_buffer *ret, struct json_object *value)
{
	print(ret, value, 0);
	lsec_buffer_text(ret, "\n");
}
