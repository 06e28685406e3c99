/* SPDX-License-Identifier: Apache-2.0 */
/* Reads YAML with libyaml, after a check of what reading it costs. */
#include "yaml.h"

#include <ctype.h>
#include <string.h>

#include "base/json_scan.h"
#include "yaml_convert.h"
#include "yaml_json.h"

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

static int check_event(struct lsec_yaml_reading *reading, const yaml_event_t *event,
                       const struct counted *counted)
{
	const yaml_mark_t *mark = &event->start_mark;
	if (counted->tag)
		return lsec_yaml_refuse(reading, mark,
		                        "tags (!) are not supported; remove the tag");
	if (counted->anchors > LSEC_MAX_YAML_ANCHORS)
		return lsec_yaml_refuse(
			reading, mark,
			"more than " LSEC_TEXT(
				LSEC_MAX_YAML_ANCHORS) " anchors, which is the limit; write the values out");
	if (counted->aliases > LSEC_MAX_YAML_ALIASES)
		return lsec_yaml_refuse(
			reading, mark,
			"more than " LSEC_TEXT(
				LSEC_MAX_YAML_ALIASES) " aliases, which is the limit; write the values out");
	if (counted->depth > LSEC_MAX_JSON_DEPTH)
		return lsec_yaml_refuse(reading, mark, LSEC_YAML_TOO_DEEP);
	/* With keys, of which a value has at most one. */
	if (counted->values > 2 * reading->most)
		return lsec_yaml_refuse_many(reading, mark, reading->most, "values");
	return 0;
}

/*
 * Walks through the events before anything is composed: libyaml compares each anchor with all
 * before it, deep nesting is as expensive, and each value takes much memory. Syntax errors end the
 * walk; the real reading reports them.
 */
static int check_events(yaml_parser_t *parser, struct lsec_yaml_reading *reading)
{
	struct counted counted = {0};
	bool end = false;
	int status = 0;
	while (!end && status == 0) {
		yaml_event_t event;
		if (!yaml_parser_parse(parser, &event))
			return 0;
		count(&event, &counted);
		reading->aliases |= counted.aliases > 0;
		end = event.type == YAML_STREAM_END_EVENT;
		status = check_event(reading, &event, &counted);
		yaml_event_delete(&event);
	}
	return status;
}

/*
 * Directives begin with % at the beginning of a line, after one of the line breaks of YAML: in
 * UTF-8 all of these end in a byte that is not printable.
 */
static bool too_many_directives(const char *bytes, size_t len, bool json)
{
	unsigned count = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char before = i == 0 ? '\n' : (unsigned char)bytes[i - 1];
		bool begins =
			json ? before == '\n' || before == '\r' : before < 0x20 || before > 0x7e;
		if (bytes[i] == '%' && begins && ++count > LSEC_MAX_YAML_ANCHORS)
			return true;
	}
	return false;
}

static int refuse_syntax(const yaml_parser_t *parser, const struct lsec_yaml_reading *reading)
{
	yaml_mark_t mark = parser->problem_mark;
	/* If memory runs out, libyaml does not always report that, but names no problem. */
	if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL)
		lsec_out_of_memory();
	if (parser->error == YAML_READER_ERROR) {
		mark = (yaml_mark_t){0};
		for (size_t i = 0; i < parser->problem_offset && i < reading->len; i++) {
			mark.line += reading->bytes[i] == '\n';
			mark.column = reading->bytes[i] == '\n' ? 0 : mark.column + 1;
		}
	}
	/* The mark counts characters, so a tab after others than ASCII is not found. */
	if (strstr(parser->problem, "tab character") != NULL ||
	    (mark.index < reading->len && reading->bytes[mark.index] == '\t'))
		return lsec_yaml_refuse(
			reading, &mark,
			"invalid YAML or JSON: a tab is in the indentation; indent with spaces");
	cleanup_free char *what = lsec_format("invalid YAML or JSON: %s; must be %s",
	                                      parser->problem, reading->text->what);
	return lsec_yaml_refuse(reading, &mark, what);
}

static int load(yaml_parser_t *parser, struct lsec_yaml_reading *reading, struct json_object *list)
{
	for (;;) {
		yaml_document_t document;
		struct json_object *value = NULL;
		if (!yaml_parser_load(parser, &document))
			return refuse_syntax(parser, reading);
		bool end = yaml_document_get_root_node(&document) == NULL;
		reading->document = &document;
		int status = end ? 0 : lsec_yaml_convert(reading, &value);
		yaml_document_delete(&document);
		reading->document = NULL;
		if (end || status < 0)
			return status;
		lsec_json_append(list, value);
	}
}

bool lsec_yaml_is_json(const char *bytes, size_t len)
{
	size_t at = lsec_blanks(bytes, len);
	return at < len && (bytes[at] == '{' || bytes[at] == '[') &&
	       lsec_json_scan(bytes, len).fault == NULL;
}

/* XML, such as a domain, would be read as one text, or fail at any place of it. */
static bool is_xml(const char *bytes, size_t len)
{
	size_t at = lsec_blanks(bytes, len);
	return len - at > 1 && bytes[at] == '<' &&
	       (bytes[at + 1] == '?' || bytes[at + 1] == '!' ||
	        isalpha((unsigned char)bytes[at + 1]));
}

static int check_text(const struct lsec_json_text *text, bool json, struct lsec_problems *problems)
{
	if (text->len > text->longest)
		return lsec_problem_add(
			problems, text->name,
			"the document has %zu bytes, but the limit is %zu; shorten it", text->len,
			text->longest);
	if (text->len >= 2 &&
	    (memcmp(text->bytes, "\xff\xfe", 2) == 0 || memcmp(text->bytes, "\xfe\xff", 2) == 0))
		return lsec_problem_add(problems, text->name, "is UTF-16; convert it to UTF-8");
	if (is_xml(text->bytes, text->len))
		return lsec_problem_add(problems, text->name,
		                        "is XML, not YAML or JSON; must be %s", text->what);
	bool many = too_many_directives(text->bytes, text->len, json);
	if (many && memchr(text->bytes, '\0', text->len) != NULL)
		return lsec_problem_add(problems, text->name, "is binary; must be %s", text->what);
	if (many)
		return lsec_problem_add(
			problems, text->name,
			"more than %d directives (%%), which is the limit; remove some",
			LSEC_MAX_YAML_ANCHORS);
	return 0;
}

int lsec_yaml_read(const struct lsec_json_text *text, size_t values, struct json_object **ret,
                   struct lsec_problems *problems)
{
	struct lsec_yaml_reading reading = {.text = text, .most = values, .problems = problems};
	cleanup_buffer struct lsec_buffer adapted = {0};
	cleanup_json struct json_object *list = lsec_json_new_list();
	bool json = text->len <= text->longest && lsec_yaml_is_json(text->bytes, text->len);
	int status = 0;
	if (check_text(text, json, problems) < 0)
		return -1;
	if (json)
		lsec_yaml_adapt(text->bytes, text->len, &adapted);
	if (adapted.bytes != NULL)
		reading.original = (struct lsec_yaml_cursor){.at = text->bytes,
		                                             .end = text->bytes + text->len};
	/* libyaml needs a pointer even to no bytes. */
	reading.bytes = adapted.bytes != NULL ? adapted.bytes
	                : text->bytes != NULL ? text->bytes
	                                      : "";
	reading.len = adapted.bytes != NULL ? adapted.len : text->len;
	for (int pass = 0; pass < 2 && status == 0; pass++) {
		yaml_parser_t parser;
		if (!yaml_parser_initialize(&parser))
			lsec_out_of_memory();
		yaml_parser_set_input_string(&parser, (const unsigned char *)reading.bytes,
		                             reading.len);
		status =
			pass == 0 ? check_events(&parser, &reading) : load(&parser, &reading, list);
		yaml_parser_delete(&parser);
	}
	if (status < 0)
		return -1;
	*ret = list;
	list = NULL;
	return 0;
}

struct lsec_mark lsec_yaml_mark(const struct json_object *value)
{
	uintptr_t mark = (uintptr_t)json_object_get_userdata(lsec_unconst(value));
	return (struct lsec_mark){(size_t)(mark >> LSEC_MARK_BITS),
	                          (size_t)(mark & ((1UL << LSEC_MARK_BITS) - 1))};
}

const char *lsec_yaml_kind(const struct json_object *document)
{
	return json_object_is_type(document, json_type_string) ? "plain text"
	                                                       : lsec_json_kind(document);
}

int lsec_yaml_read_one(const struct lsec_json_text *text, struct json_object **ret,
                       struct lsec_problems *problems)
{
	cleanup_json struct json_object *list = NULL;
	if (lsec_yaml_read(text, LSEC_MAX_JSON_VALUES, &list, problems) < 0)
		return -1;
	if (lsec_json_count(list) == 0)
		return lsec_problem_add(problems, text->name, "is empty; must be %s", text->what);
	if (lsec_json_count(list) > 1)
		return lsec_problem_add(problems, text->name, "has %zu documents; must be one",
		                        lsec_json_count(list));
	struct json_object *document = json_object_array_get_idx(list, 0);
	if (!json_object_is_type(document, text->type))
		return lsec_problem_add(problems, text->name, "is %s; must be %s",
		                        lsec_yaml_kind(document), text->what);
	*ret = json_object_get(document);
	return 0;
}
