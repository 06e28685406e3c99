/* SPDX-License-Identifier: Apache-2.0 */
/* Edits by lines, at the marks of libyaml's nodes. */
#include "yaml_edit.h"

#include <string.h>
#include <yaml.h>

/* A way into a document, as far as it is there. */
struct walk {
	yaml_document_t *document;
	const yaml_node_t *node; /* the last that is there */
	const yaml_node_t *key;  /* its key; NULL for the root */
	const char *rest;        /* what is left of the path; "" where all of it is there */
};

/* Bytes that are removed from a text. */
struct cut {
	size_t at, len;
};

static bool is_key(const yaml_node_t *key, const char *name, size_t len)
{
	return key->type == YAML_SCALAR_NODE && key->data.scalar.length == len &&
	       memcmp(key->data.scalar.value, name, len) == 0;
}

/* Goes one key on, where it is there. */
static bool step(struct walk *walk)
{
	size_t len = strcspn(walk->rest, "|");
	if (len == 0 || walk->node->type != YAML_MAPPING_NODE)
		return false;
	const yaml_node_pair_t *pair = walk->node->data.mapping.pairs.start;
	for (; pair < walk->node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
		if (!is_key(key, walk->rest, len))
			continue;
		walk->key = key;
		walk->node = yaml_document_get_node(walk->document, pair->value);
		walk->rest += len + (walk->rest[len] == '|');
		return true;
	}
	return false;
}

/* Where a line begins; the text's length for one after the last. */
static size_t line_start(const struct lsec_buffer *text, size_t line)
{
	const char *at = text->bytes;
	const char *end = text->bytes + text->len;
	for (; line > 0 && at < end; line--) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		at = feed == NULL ? end : feed + 1;
	}
	return (size_t)(at - text->bytes);
}

/* Whether a node is empty, or nothing: then lines may come below its key in its place. */
static bool is_void(const yaml_node_t *node)
{
	if (node->type == YAML_MAPPING_NODE)
		return node->data.mapping.pairs.start == node->data.mapping.pairs.top;
	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (node->data.scalar.length == 0 || is_key(node, "null", 4) || is_key(node, "~", 1));
}

/* The bytes of a node that is on its key's line, where everything before it is ASCII: columns are
 * characters. */
static bool cut_node(const struct lsec_buffer *text, const yaml_node_t *key,
                     const yaml_node_t *node, struct cut *ret)
{
	size_t start = line_start(text, key->start_mark.line);
	if (node->start_mark.line != key->end_mark.line ||
	    node->end_mark.line != key->end_mark.line || start + node->end_mark.column > text->len)
		return false;
	for (size_t i = 0; i < node->end_mark.column; i++)
		if ((unsigned char)text->bytes[start + i] >= 0x80)
			return false;
	ret->at = start + node->start_mark.column;
	ret->len = node->end_mark.column - node->start_mark.column;
	return true;
}

/* What is left of the path, a key a line. */
static void add_lines(struct lsec_buffer *ret, const struct walk *walk, size_t indent,
                      const char *value, const char *eol)
{
	for (const char *at = walk->rest; *at != '\0'; indent += 2) {
		size_t len = strcspn(at, "|");
		bool last = at[len] == '\0';
		lsec_buffer_format(ret, "%*s%.*s:%s%s%s", (int)indent, "", (int)len, at,
		                   last ? " " : "", last ? value : "", eol);
		at += len + !last;
	}
}

/* Finds what is cut, in *ret_at, and where the new lines begin and how deep. */
static bool find_room(const struct lsec_buffer *text, const struct walk *walk, struct cut *ret_out,
                      size_t *ret_at, size_t *ret_indent)
{
	const yaml_node_t *node = walk->node;
	if (walk->key == NULL) {
		*ret_at = line_start(text, node->start_mark.line);
		*ret_indent = node->start_mark.column;
		return node->type == YAML_MAPPING_NODE &&
		       node->data.mapping.style == YAML_BLOCK_MAPPING_STYLE;
	}
	*ret_at = line_start(text, walk->key->start_mark.line + 1);
	*ret_indent = walk->key->start_mark.column + 2;
	if (is_void(node))
		return cut_node(text, walk->key, node, ret_out);
	*ret_indent = node->start_mark.column;
	return node->type == YAML_MAPPING_NODE &&
	       node->data.mapping.style == YAML_BLOCK_MAPPING_STYLE &&
	       node->start_mark.line > walk->key->start_mark.line;
}

static void splice(const struct lsec_buffer *text, const struct cut *out, size_t at,
                   const struct lsec_buffer *in, struct lsec_buffer *ret)
{
	lsec_buffer_add(ret, text->bytes, out->at);
	if (out->len > 0 || at > out->at)
		lsec_buffer_add(ret, text->bytes + out->at + out->len, at - out->at - out->len);
	lsec_buffer_add(ret, in->bytes, in->len);
	lsec_buffer_add(ret, text->bytes + at, text->len - at);
}

/* How the line before a place ends, or the first one. */
static const char *line_end(const struct lsec_buffer *text, size_t at)
{
	const char *feed = memrchr(text->bytes, '\n', at);
	if (feed == NULL)
		feed = memchr(text->bytes, '\n', text->len);
	return feed != NULL && feed > text->bytes && feed[-1] == '\r' ? "\r\n" : "\n";
}

static int edit_text(const struct lsec_buffer *text, struct walk *walk, const char *value,
                     struct lsec_buffer *ret)
{
	cleanup_buffer struct lsec_buffer lines = {0};
	struct cut out = {0};
	size_t at = 0;
	size_t indent = 0;
	while (step(walk))
		;
	if (walk->rest[0] == '\0') {
		if (walk->key == NULL || walk->node->type != YAML_SCALAR_NODE ||
		    !cut_node(text, walk->key, walk->node, &out))
			return -1;
		lsec_buffer_add(ret, text->bytes, out.at);
		lsec_buffer_format(ret, "%s%s", text->bytes[out.at - 1] == ':' ? " " : "", value);
		at = out.at + out.len;
		lsec_buffer_add(ret, text->bytes + at, text->len - at);
		return 0;
	}
	/* A carriage return alone is a line end to libyaml, but not here. */
	if (!find_room(text, walk, &out, &at, &indent) || out.at + out.len > at)
		return -1;
	const char *eol = line_end(text, at);
	if (at > 0 && text->bytes[at - 1] != '\n') /* the last line has no end */
		lsec_buffer_text(&lines, eol);
	add_lines(&lines, walk, indent, value, eol);
	out.at = out.len == 0 ? at : out.at;
	for (; out.len > 0 && text->bytes[out.at - 1] == ' '; out.at--)
		out.len++;
	splice(text, &out, at, &lines, ret);
	return 0;
}

int lsec_yaml_set(const struct lsec_buffer *text, const struct lsec_yaml_edit *edit,
                  struct lsec_buffer *ret)
{
	yaml_parser_t parser;
	int status = -1;
	if (!yaml_parser_initialize(&parser))
		lsec_out_of_memory();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->bytes, text->len);
	for (size_t i = 0; i <= edit->document; i++) {
		yaml_document_t document;
		if (!yaml_parser_load(&parser, &document))
			break;
		struct walk walk = {&document, yaml_document_get_root_node(&document), NULL,
		                    edit->path};
		if (i == edit->document && walk.node != NULL)
			status = edit_text(text, &walk, edit->value, ret);
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
	return status;
}
