/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMIs in YAML: libyaml reads, and what it read becomes the JSON that Kubernetes would have made of
 * it, by the rules of YAML 1.1 that Kubernetes goes by. So `policy: yes` is a boolean here as well,
 * and refused.
 */
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/json.h"
#include "base/text.h"
#include "vmi.h"

struct converting {
	yaml_document_t *document;
	const char *name;
	const struct lsec_json_limits *limits;
	size_t values, bytes; /* made so far, aliases followed */
	struct lsec_problems *problems;
};

static const char too_deep[] = "found lists and mappings inside each other more than " LSEC_TEXT(
	LSEC_MAX_JSON_DEPTH) " deep; at most that are taken";

static int refuse(struct converting *converting, const yaml_mark_t *mark, const char *what)
{
	cleanup_free char *place =
		lsec_format("%s:%zu:%zu", converting->name, mark->line + 1, mark->column + 1);
	if (place == NULL)
		return lsec_problem_no_memory(converting->problems);
	return lsec_problem_add(converting->problems, place, "%s", what);
}

static int refuse_number(struct converting *converting, const yaml_mark_t *mark, size_t limit,
                         const char *what)
{
	cleanup_free char *text = lsec_format(
		"more than %zu %s once aliases are followed, which is the limit; shorten the document",
		limit, what);
	return text == NULL ? lsec_problem_no_memory(converting->problems)
	                    : refuse(converting, mark, text);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

/* YAML 1.1 integers and floats, also with underscores. */
static bool is_number(const char *text)
{
	static const char *const words[] = {".inf", "+.inf", "-.inf", ".nan", NULL};
	if (is_one_of(text, words))
		return true;
	if (strspn(text, "0123456789+-.") == 0 || strpbrk(text, "0123456789") == NULL)
		return false;
	char digits[1024];
	size_t len = 0;
	/* Longer ones are numbers where they are digits all through. */
	if (strlen(text) >= sizeof(digits))
		return strspn(text, "0123456789_+-.") == strlen(text);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '_')
			continue;
		digits[len++] = *c;
	}
	digits[len] = '\0';
	const char *start = digits + (digits[0] == '+' || digits[0] == '-');
	if (start[0] == '0' && (start[1] == 'b' || start[1] == 'o'))
		return start[2] != '\0' &&
		       strspn(start + 2, start[1] == 'b' ? "01" : "01234567") == strlen(start + 2);
	char *end = NULL;
	strtod(digits, &end);
	return *end == '\0';
}

/* A plain scalar may stand for something else than a string. */
static int convert_scalar(struct converting *converting, const yaml_node_t *node, json_t **ret)
{
	static const char *const nulls[] = {"", "~", "null", NULL};
	static const char *const yes[] = {"true", "yes", "on", NULL};
	static const char *const no[] = {"false", "no", "off", NULL};
	const char *text = (const char *)node->data.scalar.value;
	size_t len = node->data.scalar.length;
	bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strlen(text) == len;
	if (plain && is_one_of(text, nulls)) {
		*ret = json_null();
		return 0;
	}
	if (plain && (is_one_of(text, yes) || is_one_of(text, no)))
		*ret = json_boolean(is_one_of(text, yes));
	else if (plain && is_number(text))
		*ret = json_integer(0); /* which one matters to nobody here */
	else
		*ret = json_stringn(text, len);
	converting->bytes += len;
	return *ret == NULL ? lsec_problem_no_memory(converting->problems) : 0;
}

static int convert(struct converting *converting, int index, unsigned depth, json_t **ret);

static int convert_sequence(struct converting *converting, const yaml_node_t *node, unsigned depth,
                            json_t **ret)
{
	cleanup_json json_t *list = json_array();
	if (list == NULL)
		return lsec_problem_no_memory(converting->problems);
	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		json_t *value = NULL;
		if (convert(converting, *item, depth, &value) < 0)
			return -1;
		if (json_array_append_new(list, value) < 0)
			return lsec_problem_no_memory(converting->problems);
	}
	*ret = list;
	list = NULL;
	return 0;
}

static int check_key(struct converting *converting, const yaml_node_t *key, const json_t *map)
{
	if (key->type != YAML_SCALAR_NODE)
		return refuse(converting, &key->start_mark,
		              "found a key that is no text; want plain keys");
	const char *text = (const char *)key->data.scalar.value;
	if (strlen(text) != key->data.scalar.length)
		return refuse(converting, &key->start_mark,
		              "found a NUL character in a key; want plain keys");
	if (strcmp(text, "<<") == 0)
		return refuse(
			converting, &key->start_mark,
			"found a merge key (<<), which not every reader follows; want it written out");
	if (json_object_get(map, text) != NULL)
		return refuse(
			converting, &key->start_mark,
			"found the same key a second time; want each key once, since it is open which of the two counts: remove one");
	return 0;
}

static int convert_mapping(struct converting *converting, const yaml_node_t *node, unsigned depth,
                           json_t **ret)
{
	cleanup_json json_t *map = json_object();
	if (map == NULL)
		return lsec_problem_no_memory(converting->problems);
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(converting->document, pair->key);
		json_t *value = NULL;
		if (key == NULL || check_key(converting, key, map) < 0)
			return -1;
		converting->bytes += key->data.scalar.length;
		if (convert(converting, pair->value, depth, &value) < 0)
			return -1;
		if (json_object_set_new(map, (const char *)key->data.scalar.value, value) < 0)
			return lsec_problem_no_memory(converting->problems);
	}
	*ret = map;
	map = NULL;
	return 0;
}

static int convert(struct converting *converting, int index, unsigned depth, json_t **ret)
{
	const yaml_node_t *node = yaml_document_get_node(converting->document, index);
	*ret = NULL;
	if (node == NULL) {
		*ret = json_null();
		return 0;
	}
	/* Aliases are followed, so a small document may stand for a huge one, or for one without
	 * end. */
	if (++converting->values > converting->limits->values)
		return refuse_number(converting, &node->start_mark, converting->limits->values,
		                     "values");
	if (converting->bytes > converting->limits->bytes)
		return refuse_number(converting, &node->start_mark, converting->limits->bytes,
		                     "bytes of text");
	if (depth > LSEC_MAX_JSON_DEPTH)
		return refuse(converting, &node->start_mark, too_deep);
	if (node->type == YAML_SCALAR_NODE)
		return convert_scalar(converting, node, ret);
	if (node->type == YAML_SEQUENCE_NODE)
		return convert_sequence(converting, node, depth + 1, ret);
	return convert_mapping(converting, node, depth + 1, ret);
}

static int refuse_syntax(const yaml_parser_t *parser, const char *name,
                         struct lsec_problems *problems)
{
	/* Where memory runs out libyaml does not always say so, but names no problem. */
	if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL)
		return lsec_problem_no_memory(problems);
	cleanup_free char *place = lsec_format("%s:%zu:%zu", name, parser->problem_mark.line + 1,
	                                       parser->problem_mark.column + 1);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_problem_add(problems, place, "found what is not YAML (%s); want " LSEC_WANT_VMI,
	                        parser->problem);
}

/* Loads the next document; *ret_end at the end of the stream. */
static int next(yaml_parser_t *parser, struct converting *converting, bool *ret_end, json_t **ret)
{
	yaml_document_t document;
	*ret_end = false;
	*ret = NULL;
	if (!yaml_parser_load(parser, &document))
		return refuse_syntax(parser, converting->name, converting->problems);
	*ret_end = yaml_document_get_root_node(&document) == NULL;
	converting->document = &document;
	int status = *ret_end ? 0 : convert(converting, 1, 0, ret);
	yaml_document_delete(&document);
	converting->document = NULL;
	return status;
}

static int load(yaml_parser_t *parser, struct converting *converting, json_t *list)
{
	for (;;) {
		json_t *document = NULL;
		bool end = false;
		if (next(parser, converting, &end, &document) < 0)
			return -1;
		if (end)
			return 0;
		if (json_array_append_new(list, document) < 0)
			return lsec_problem_no_memory(converting->problems);
	}
}

/* The one VM or VMI of several documents, or the only one. Borrowed. */
static int pick(const json_t *list, const char *name, const json_t **ret,
                struct lsec_problems *problems)
{
	size_t documents = json_array_size(list);
	size_t matches = 0;
	*ret = json_array_get(list, 0);
	for (size_t i = 0; i < documents; i++) {
		if (lsec_vmi_kind(json_array_get(list, i)) == NULL)
			continue;
		*ret = json_array_get(list, i);
		matches++;
	}
	if (documents == 0)
		return lsec_problem_add(problems, name,
		                        "found an empty document; want " LSEC_WANT_VMI);
	if (matches > 1 || (matches == 0 && documents > 1))
		return lsec_problem_add(problems, name,
		                        "found %zu documents, %zu of them " LSEC_WANT_VMI
		                        "; want exactly one",
		                        documents, matches);
	return 0;
}

/* What was counted of a document's events. */
struct counted {
	unsigned depth, anchors, aliases;
	size_t values;
	bool tag; /* the last one had one */
};

static void count(const yaml_event_t *event, struct counted *counted)
{
	const yaml_char_t *tag = NULL;
	const yaml_char_t *anchor = NULL;
	bool value = true;
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		counted->depth++;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		counted->depth++;
	} else {
		value = event->type == YAML_ALIAS_EVENT;
		counted->aliases += value;
		counted->depth -= event->type == YAML_SEQUENCE_END_EVENT ||
		                  event->type == YAML_MAPPING_END_EVENT;
	}
	counted->values += value;
	counted->anchors += anchor != NULL;
	counted->tag = tag != NULL && strcmp((const char *)tag, "!") != 0;
}

static int check_event(struct converting *converting, const yaml_event_t *event,
                       const struct counted *counted)
{
	const yaml_mark_t *mark = &event->start_mark;
	if (counted->tag)
		return refuse(converting, mark,
		              "found a tag (!), which says what a value is; want plain values");
	if (counted->anchors > LSEC_MAX_YAML_ANCHORS)
		return refuse(converting, mark,
		              "found more anchors than " LSEC_TEXT(
				      LSEC_MAX_YAML_ANCHORS) "; at most that are taken");
	if (counted->aliases > LSEC_MAX_YAML_ALIASES)
		return refuse(
			converting, mark,
			"more than " LSEC_TEXT(
				LSEC_MAX_YAML_ALIASES) " aliases, which is the limit; write the values out");
	if (counted->depth > LSEC_MAX_JSON_DEPTH)
		return refuse(converting, mark, too_deep);
	/* With keys, of which a value has at most one. */
	if (counted->values > 2 * converting->limits->values)
		return refuse_number(converting, mark, converting->limits->values, "values");
	return 0;
}

/*
 * Walks through the events before anything is composed: libyaml compares each anchor with all
 * before it, deep nesting costs it as much, and it makes much of each value. Faults of syntax end
 * the walk; the real reading tells of them.
 */
static int check_events(yaml_parser_t *parser, struct converting *converting)
{
	struct counted counted = {0};
	bool end = false;
	int status = 0;
	while (!end && status == 0) {
		yaml_event_t event;
		if (!yaml_parser_parse(parser, &event))
			return 0;
		count(&event, &counted);
		end = event.type == YAML_STREAM_END_EVENT;
		status = check_event(converting, &event, &counted);
		yaml_event_delete(&event);
	}
	return status;
}

/*
 * Directives begin with % at the beginning of a line, behind one of the line breaks of YAML: in
 * UTF-8 all of these end in a byte that is not printable.
 */
static bool too_many_directives(const char *bytes, size_t len)
{
	unsigned count = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char before = i == 0 ? '\n' : (unsigned char)bytes[i - 1];
		if (bytes[i] == '%' && (before < 0x20 || before > 0x7e) &&
		    ++count > LSEC_MAX_YAML_ANCHORS)
			return true;
	}
	return false;
}

static bool is_utf16(const char *bytes, size_t len)
{
	return len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

int lsec_yaml_read(const char *bytes, size_t len, const struct lsec_json_limits *limits,
                   const char *name, json_t **ret, struct lsec_problems *problems)
{
	cleanup_json json_t *list = json_array();
	yaml_parser_t parser;
	if (list == NULL)
		return lsec_problem_no_memory(problems);
	if (len > limits->bytes)
		return lsec_problem_add(problems, name,
		                        "found a document of %zu bytes; at most %zu are taken", len,
		                        limits->bytes);
	if (is_utf16(bytes, len))
		return lsec_problem_add(problems, name, "found UTF-16; want UTF-8: convert it");
	if (too_many_directives(bytes, len))
		return lsec_problem_add(
			problems, name,
			"found more than %d directives (%%); at most that are taken",
			LSEC_MAX_YAML_ANCHORS);
	struct converting converting = {.name = name, .limits = limits, .problems = problems};
	int status = 0;
	for (int pass = 0; pass < 2 && status == 0; pass++) {
		if (!yaml_parser_initialize(&parser))
			return lsec_problem_no_memory(problems);
		yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
		status = pass == 0 ? check_events(&parser, &converting)
		                   : load(&parser, &converting, list);
		yaml_parser_delete(&parser);
	}
	if (status < 0)
		return -1;
	*ret = list;
	list = NULL;
	return 0;
}

int lsec_vmi_read_yaml(const char *bytes, size_t len, const char *name, struct lsec_vmi *ret,
                       struct lsec_problems *problems)
{
	static const struct lsec_json_limits limits = {LSEC_MAX_VMI, LSEC_MAX_JSON_VALUES};
	cleanup_json json_t *list = NULL;
	const json_t *document = NULL;
	if (lsec_vmi_check_length(len, name, problems) < 0 ||
	    lsec_yaml_read(bytes, len, &limits, name, &list, problems) < 0 ||
	    pick(list, name, &document, problems) < 0)
		return -1;
	if (!json_is_object(document))
		return lsec_problem_add(problems, name, "found %s; want " LSEC_WANT_VMI,
		                        lsec_json_kind(document));
	return lsec_vmi_from_json(document, name, ret, problems);
}
