/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes of libyaml become JSON by the rules of YAML 1.1, as Kubernetes does. So `policy: yes`
 * is a boolean here as well, and refused.
 */
#include "yaml_convert.h"

#include <errno.h>
#include <string.h>

int lsec_yaml_refuse(const struct lsec_yaml_reading *reading, const yaml_mark_t *mark,
                     const char *what)
{
	cleanup_free char *place =
		lsec_format("%s:%zu:%zu", reading->text->name, mark->line + 1, mark->column + 1);
	return lsec_problem_add(reading->problems, place, "%s", what);
}

int lsec_yaml_refuse_many(const struct lsec_yaml_reading *reading, const yaml_mark_t *mark,
                          size_t limit, const char *what)
{
	cleanup_free char *text = lsec_format(
		"more than %zu %s once aliases are followed, which is the limit; shorten the document",
		limit, what);
	return lsec_yaml_refuse(reading, mark, text);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

/* A number without underscores; NULL where it is none. Kubernetes turns YAML into JSON, where 4.0
 * is 4 (sigs.k8s.io/yaml). */
static struct json_object *number(const char *digits)
{
	const char *start = digits + (digits[0] == '+' || digits[0] == '-');
	char *end = NULL;
	double real;
	if (start[0] == '0' && (start[1] == 'b' || start[1] == 'o')) {
		real = (double)strtoull(start + 2, &end, start[1] == 'b' ? 2 : 8);
		if (strspn(start + 2, "01234567") == 0)
			return NULL;
		real = digits[0] == '-' ? -real : real;
	} else {
		errno = 0;
		long long whole = strtoll(digits, &end, 0);
		if (*end == '\0' && errno == 0)
			return lsec_json_new_number(whole);
		real = strtod(digits, &end);
	}
	if (*end != '\0')
		return NULL;
	return real > -1e15 && real < 1e15 && real == (double)(int64_t)real
	               ? lsec_json_new_number((int64_t)real)
	               : lsec_json_new_decimal(real);
}

/* YAML 1.1 integers and floats, also with underscores; NULL for other texts. */
static struct json_object *number_of(const char *text)
{
	static const char *const words[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
	                                    "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
	                                    ".NaN",  ".NAN",  NULL};
	char digits[1024];
	size_t len = 0;
	if (is_one_of(text, words))
		return lsec_json_new_decimal(0);
	if (strspn(text, "0123456789+-.") == 0 || strpbrk(text, "0123456789") == NULL)
		return NULL;
	/* Longer ones are numbers where they are digits all through. */
	if (strlen(text) >= sizeof(digits))
		return text[strspn(text, "0123456789_+-.")] == '\0' ? lsec_json_new_decimal(0)
		                                                    : NULL;
	for (const char *c = text; *c != '\0'; c++)
		if (*c != '_')
			digits[len++] = *c;
	digits[len] = '\0';
	return number(digits);
}

/* A plain scalar may stand for something else than a string: words as goyaml.v2/resolve.go of
 * sigs.k8s.io/yaml has them. */
static struct json_object *scalar(struct lsec_yaml_reading *reading, const yaml_node_t *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const yes[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
	                                  "True", "TRUE", "on",  "On",  "ON",  NULL};
	static const char *const no[] = {"n",     "N",     "no",  "No",  "NO",  "false",
	                                 "False", "FALSE", "off", "Off", "OFF", NULL};
	const char *text = (const char *)node->data.scalar.value;
	size_t len = node->data.scalar.length;
	bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strlen(text) == len;
	if (plain && is_one_of(text, nulls))
		return NULL;
	reading->characters += len;
	if (plain && (is_one_of(text, yes) || is_one_of(text, no)))
		return lsec_json_new_boolean(is_one_of(text, yes));
	struct json_object *number = plain ? number_of(text) : NULL;
	return number != NULL ? number : lsec_json_new_bytes(text, len);
}

/* The text of a node that has been converted, which is as much memory again. */
static void drop(const struct lsec_yaml_reading *reading, yaml_node_t *node)
{
	if (reading->aliases)
		return;
	free(node->data.scalar.value);
	node->data.scalar.value = NULL;
}

/* The mark of a node, 0 if the text needs none. To be called in the order of the nodes. */
static uintptr_t mark_of(struct lsec_yaml_reading *reading, const yaml_node_t *node)
{
	const yaml_mark_t *mark = node == NULL ? NULL : &node->start_mark;
	if (!reading->text->marks || mark == NULL)
		return 0;
	size_t column = reading->original.at == NULL
	                        ? mark->column
	                        : lsec_yaml_original_column(&reading->original, mark->index);
	return (uintptr_t)(mark->line + 1) << LSEC_MARK_BITS | (column + 1);
}

static void put_mark(struct json_object *value, uintptr_t mark)
{
	union {
		uintptr_t in;
		void *out;
	} kept = {.in = mark};
	if (mark != 0 && value != NULL)
		json_object_set_userdata(value, kept.out, NULL);
}

static int convert(struct lsec_yaml_reading *reading, int index, unsigned depth,
                   struct json_object **ret);

static int fill_list(struct lsec_yaml_reading *reading, const yaml_node_t *node, unsigned depth,
                     struct json_object *list)
{
	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		struct json_object *value = NULL;
		uintptr_t mark = mark_of(reading, yaml_document_get_node(reading->document, *item));
		if (convert(reading, *item, depth, &value) < 0)
			return -1;
		put_mark(value, mark);
		lsec_json_append(list, value);
	}
	return 0;
}

static int check_key(const struct lsec_yaml_reading *reading, const yaml_node_t *key,
                     const struct json_object *map)
{
	if (key->type != YAML_SCALAR_NODE)
		return lsec_yaml_refuse(reading, &key->start_mark, "a key must be plain text");
	const char *text = (const char *)key->data.scalar.value;
	if (strlen(text) != key->data.scalar.length)
		return lsec_yaml_refuse(reading, &key->start_mark,
		                        "a key contains a NUL character; remove it");
	if (strcmp(text, "<<") == 0 && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return lsec_yaml_refuse(
			reading, &key->start_mark,
			"merge keys (<<) are not supported, as not every reader follows them; write the values out");
	if (reading->text->merges || !json_object_object_get_ex(map, text, NULL))
		return 0;
	cleanup_free char *what =
		lsec_format("duplicate key %s: which of the two counts is undefined; remove one",
	                    lsec_quote(text).text);
	return lsec_yaml_refuse(reading, &key->start_mark, what);
}

static int fill_map(struct lsec_yaml_reading *reading, const yaml_node_t *node, unsigned depth,
                    struct json_object *map)
{
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = yaml_document_get_node(reading->document, pair->key);
		const yaml_node_t *next = yaml_document_get_node(reading->document, pair->value);
		struct json_object *value = NULL;
		if (key == NULL || check_key(reading, key, map) < 0)
			return -1;
		const char *name = (const char *)key->data.scalar.value;
		struct json_object *old = lsec_json_member(map, name);
		reading->characters += key->data.scalar.length;
		if (json_object_is_type(old, json_type_object) && next != NULL &&
		    next->type == YAML_MAPPING_NODE) {
			if (fill_map(reading, next, depth + 1, old) < 0)
				return -1;
			continue;
		}
		uintptr_t mark = mark_of(reading, key);
		if (convert(reading, pair->value, depth, &value) < 0)
			return -1;
		put_mark(value, mark);
		lsec_json_add(map, name, value);
		drop(reading, key);
	}
	return 0;
}

static int convert(struct lsec_yaml_reading *reading, int index, unsigned depth,
                   struct json_object **ret)
{
	yaml_node_t *node = yaml_document_get_node(reading->document, index);
	*ret = NULL;
	if (node == NULL)
		return 0;
	/* Aliases are followed, so a small document may stand for a huge one, or for one without
	 * end. */
	if (++reading->values > reading->most)
		return lsec_yaml_refuse_many(reading, &node->start_mark, reading->most, "values");
	if (reading->characters > reading->text->longest)
		return lsec_yaml_refuse_many(reading, &node->start_mark, reading->text->longest,
		                             "bytes of text");
	if (depth > LSEC_MAX_JSON_DEPTH)
		return lsec_yaml_refuse(reading, &node->start_mark, LSEC_YAML_TOO_DEEP);
	if (node->type == YAML_SCALAR_NODE) {
		*ret = scalar(reading, node);
		drop(reading, node);
		return 0;
	}
	bool list = node->type == YAML_SEQUENCE_NODE;
	cleanup_json struct json_object *made =
		list ? lsec_json_new_list() : lsec_json_new_object();
	if ((list ? fill_list : fill_map)(reading, node, depth + 1, made) < 0)
		return -1;
	*ret = made;
	made = NULL;
	return 0;
}

int lsec_yaml_convert(struct lsec_yaml_reading *reading, struct json_object **ret)
{
	uintptr_t mark = mark_of(reading, yaml_document_get_node(reading->document, 1));
	int status = convert(reading, 1, 0, ret);
	put_mark(*ret, mark);
	return status;
}
