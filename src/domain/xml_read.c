/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. libxml2's tree is built by its own SAX2 handlers; a few of them are wrapped
 * here to count elements, depth and attributes while the document is read, and to stop at a
 * document type before anything in it is read. So there are no entities and no external files to
 * switch off.
 *
 * One check comes before libxml2 sees a byte: libxml2 2.9 compares each attribute of a tag with all
 * others, so that a tag with a million of them takes hours, and the handler here runs only after
 * that. A tag never has more attributes than there are '=' signs followed by a quote between two
 * '<', since '<' cannot occur in a tag. That count bounds the work.
 */
#include "xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "namespaces.h"

/* State of a document while libxml2 reads it; attached to its context. */
struct reading {
	const char *name;
	struct lsec_problems *problems;
	unsigned depth, elements, namespaces;
	bool self_closed;
	bool stopped; /* a problem was reported; ignore what libxml2 reports after it */
	bool json;    /* it begins as JSON does */
};

static struct reading *reading_of(void *context)
{
	return ((xmlParserCtxt *)context)->_private;
}

/* "name:line:column" */
static char *position(const struct reading *reading, const xmlParserCtxt *context)
{
	if (context->input == NULL)
		return lsec_strdup(reading->name);
	return lsec_format("%s:%d:%d", reading->name, context->input->line, context->input->col);
}

static void stop(xmlParserCtxt *context, const char *what, unsigned limit)
{
	struct reading *reading = reading_of(context);
	cleanup_free char *place = position(reading, context);
	if (limit > 0)
		lsec_problem_add(reading->problems, place,
		                 "more than %u %s, which is the limit; shorten the domain", limit,
		                 what);
	else
		lsec_problem_add(reading->problems, place, "%s", what);
	reading->stopped = true;
	xmlStopParser(context);
}

static void on_document_type(void *context, const xmlChar *name, const xmlChar *external,
                             const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	stop(context,
	     "document types (<!DOCTYPE) are not allowed, since their entities could load files or grow without bound; remove it",
	     0);
}

/* Which encodings libxml2 knows, and where it reports others, differs between builds. */
static void refuse_encoding(xmlParserCtxt *context)
{
	struct reading *reading = reading_of(context);
	cleanup_free char *place = lsec_format("%s:1:1", reading->name);
	lsec_problem_add(
		reading->problems, place,
		"the encoding must be UTF-8 (or ISO-8859-1); convert the document to UTF-8");
	reading->stopped = true;
	xmlStopParser(context);
}

/* The encoding that is declared, or else was found out from the first bytes; NULL: neither. For the
 * latter libxml2 has no function, and deprecates the members from 2.14 on. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static const char *encoding_of(const xmlParserCtxt *context)
{
	const xmlParserInputBuffer *buffer = context->input == NULL ? NULL : context->input->buf;
	if (buffer != NULL && buffer->encoder != NULL)
		return buffer->encoder->name;
	return (const char *)context->encoding;
}
#pragma GCC diagnostic pop

/* Other encodings are written in other bytes than those that are checked before, and Go, so
 * KubeVirt, does not read them. */
static void on_document(void *opaque)
{
	xmlParserCtxt *context = opaque;
	const char *encoding = encoding_of(context);
	if (encoding != NULL && strcasecmp(encoding, "UTF-8") != 0 &&
	    strcasecmp(encoding, "US-ASCII") != 0 && strcasecmp(encoding, "ISO-8859-1") != 0 &&
	    strcasecmp(encoding, "ASCII") != 0)
		refuse_encoding(context);
	else
		xmlSAX2StartDocument(context);
}

static void on_comment(void *opaque, const xmlChar *text)
{
	xmlParserCtxt *context = opaque;
	if (reading_of(context)->stopped)
		return;
	if (++reading_of(context)->elements > LSEC_MAX_XML_ELEMENTS)
		stop(context, "elements and comments", LSEC_MAX_XML_ELEMENTS);
	else
		xmlSAX2Comment(context, text);
}

static void on_instruction(void *opaque, const xmlChar *target, const xmlChar *text)
{
	xmlParserCtxt *context = opaque;
	if (reading_of(context)->stopped)
		return;
	if (xmlDictSize(context->dict) > LSEC_MAX_XML_NAMES)
		stop(context, "different names", LSEC_MAX_XML_NAMES);
	else if (++reading_of(context)->elements > LSEC_MAX_XML_ELEMENTS)
		stop(context, "elements and instructions", LSEC_MAX_XML_ELEMENTS);
	else
		xmlSAX2ProcessingInstruction(context, target, text);
}

static void on_start(void *opaque, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace, int attributes, int defaulted,
                     const xmlChar **attribute)
{
	xmlParserCtxt *context = opaque;
	struct reading *reading = reading_of(context);
	if (reading->stopped)
		return;
	const char *wrong = lsec_wrong_namespace(namespace, namespaces);
	reading->namespaces += (unsigned)namespaces;
	if (attributes + namespaces > LSEC_MAX_XML_ATTRIBUTES)
		stop(context, "attributes on one element", LSEC_MAX_XML_ATTRIBUTES);
	else if (xmlDictSize(context->dict) > LSEC_MAX_XML_NAMES)
		stop(context, "different names", LSEC_MAX_XML_NAMES);
	else if (reading->namespaces > LSEC_MAX_XML_NAMESPACES)
		stop(context, "namespace declarations", LSEC_MAX_XML_NAMESPACES);
	else if (wrong != NULL)
		stop(context, wrong, 0);
	else if (++reading->depth > LSEC_MAX_XML_DEPTH)
		stop(context, "levels of nested elements", LSEC_MAX_XML_DEPTH);
	else if (++reading->elements > LSEC_MAX_XML_ELEMENTS)
		stop(context, "elements", LSEC_MAX_XML_ELEMENTS);
	else
		xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, namespace, attributes,
		                      defaulted, attribute);
}

static void on_end(void *opaque, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxt *context = opaque;
	struct reading *reading = reading_of(context);
	if (reading->stopped)
		return;
	reading->depth--;
	/* libxml2 calls this just after "/>" or "</name>"; a name does not end in a slash, so
	 * the byte before '>' tells the two apart. */
	const xmlParserInput *input = context->input;
	if (input != NULL && input->cur - input->base >= 2 && input->cur[-2] == '/')
		reading->self_closed = true;
	xmlSAX2EndElementNs(context, name, prefix, uri);
}

/* libxml2's own limits, which it reports badly: XML_MAX_TEXT_LENGTH, XML_MAX_NAME_LENGTH. For a
 * text it reports that memory ran out. */
static bool is_limit(const xmlError *error)
{
	static const char *const words[] = {"too long", "too big", "Huge input", "xmlHuge"};
	const char *message = error->message == NULL ? "" : error->message;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(message, words[i]) != NULL)
			return true;
	return error->code == XML_ERR_NO_MEMORY;
}

/* The first line of libxml2's message. Where that would quote more of the document than a name,
 * which may be confidential, launchsec's own text. */
static char *describe(const xmlError *error)
{
	switch (error->code) {
	case XML_ERR_UNDECLARED_ENTITY:
	case XML_WAR_UNDECLARED_ENTITY:
		return lsec_strdup("undefined entity");
	case XML_ERR_HYPHEN_IN_COMMENT:
		return lsec_strdup("two hyphens in a comment");
	case XML_WAR_NS_URI:
	case XML_WAR_NS_URI_RELATIVE:
		return lsec_strdup("a namespace is not a valid URI");
	case XML_ERR_INVALID_ENCODING:
		return lsec_strdup("bytes that are not UTF-8");
	default:
		break;
	}
	/* libxml2 2.9 has the same code for this and for wrong characters. */
	if (error->message != NULL && strstr(error->message, "not proper UTF-8") != NULL)
		return lsec_strdup("bytes that are not UTF-8");
	size_t len = error->message == NULL ? 0 : strcspn(error->message, "\n");
	return lsec_format("%.*s", (int)(len > 120 ? 120 : len), len == 0 ? "" : error->message);
}

/* The argument of libxml2's error handlers. */
#if LIBXML_VERSION < 21200
typedef xmlError told_error;
#else
typedef const xmlError told_error;
#endif

/* Turns libxml2's errors into problems, undeclared prefixes included. */
static void on_error(void *opaque, told_error *error)
{
	xmlParserCtxt *context = opaque;
	struct reading *reading = reading_of(context);
	if (reading->stopped || error->level < XML_ERR_ERROR)
		return;
	if (error->code == XML_ERR_UNSUPPORTED_ENCODING ||
	    error->code == XML_ERR_UNKNOWN_ENCODING) {
		refuse_encoding(context);
		return;
	}
	reading->stopped = true;
	if (error->code == XML_ERR_DOCUMENT_EMPTY) { /* no "<" at its start */
		lsec_problem_add(reading->problems, reading->name,
		                 "is %s; must be a complete libvirt domain",
		                 reading->json ? "JSON, not XML" : "not XML");
		return;
	}
	cleanup_free char *place = lsec_format("%s:%d:%d", reading->name, error->line,
	                                       error->int2 > 0 ? error->int2 : 1);
	cleanup_free char *what = describe(error);
	if (is_limit(error)) {
		lsec_problem_add(
			reading->problems, place,
			"a text, value or comment has more than 10 MB, or a name more than 50,000 bytes, which libxml2 does not read; shorten it");
		return;
	}
	lsec_problem_add(reading->problems, place,
	                 "invalid XML: %s; must be a complete libvirt domain", what);
}

/* Whether some tag may have more attributes than libxml2 can compare in time. */
static bool too_many_attributes(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	const char *tag = bytes;
	size_t values = 0;
	for (const char *at = memchr(bytes, '=', len); at != NULL;
	     at = memchr(at, '=', (size_t)(end - at))) {
		if (memchr(tag, '<', (size_t)(at - tag)) != NULL)
			values = 0;
		tag = at++;
		while (at < end && *at != '\0' && strchr(" \t\r\n", *at) != NULL)
			at++;
		if (at < end && (*at == '"' || *at == '\'') && ++values > LSEC_MAX_XML_EQUAL_SIGNS)
			return true;
	}
	return false;
}

/* Checks that need no parser. */
static int check_bytes(const char *bytes, size_t len, const char *name,
                       struct lsec_problems *problems)
{
	if (len == 0)
		return lsec_problem_add(problems, name, "is empty; must be a libvirt domain");
	if (len > LSEC_MAX_DOCUMENT)
		return lsec_problem_add(
			problems, name,
			"the document has %zu bytes, but the limit is %u (16 MiB); shorten it", len,
			LSEC_MAX_DOCUMENT);
	if (memchr(bytes, '\0', len) != NULL)
		return lsec_problem_add(problems, name,
		                        "contains a NUL byte; must be a libvirt domain in UTF-8");
	if (too_many_attributes(bytes, len))
		return lsec_problem_add(
			problems, name,
			"more than %u equals signs before quotes (=\") between two tags, which is the limit, since libxml2 would need hours to read them; shorten the tag",
			LSEC_MAX_XML_EQUAL_SIGNS);
	return 0;
}

static void set_handlers(xmlSAXHandler *sax)
{
	sax->internalSubset = on_document_type;
	sax->externalSubset = on_document_type;
	sax->startDocument = on_document;
	sax->comment = on_comment;
	sax->processingInstruction = on_instruction;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->serror = on_error;
}

int lsec_xml_read(const char *bytes, size_t len, const char *name, struct lsec_xml *ret,
                  struct lsec_problems *problems)
{
	if (check_bytes(bytes, len, name, problems) < 0)
		return -1;
	size_t blanks = lsec_blanks(bytes, len);
	struct reading reading = {
		.name = name, .problems = problems, .json = blanks < len && bytes[blanks] == '{'};
	xmlParserCtxt *context = xmlCreateMemoryParserCtxt(bytes, (int)len);
	xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES);
	context->_private = &reading;
	set_handlers(context->sax);
	xmlParseDocument(context);
	struct lsec_xml xml = {.doc = context->myDoc, .self_closed = reading.self_closed};
	bool good = context->wellFormed && !reading.stopped && xml.doc != NULL;
	if (!good && !reading.stopped)
		lsec_problem_add(problems, name, "invalid XML; must be a complete libvirt domain");
	context->myDoc = NULL;
	xmlFreeParserCtxt(context);
	const char *start = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? bytes + 3 : bytes;
	xml.declaration = (size_t)(bytes + len - start) >= 6 && memcmp(start, "<?xml", 5) == 0 &&
	                  strchr(" \t\r\n", start[5]) != NULL;
	if (!good) {
		lsec_xml_clear(&xml);
		return -1;
	}
	*ret = xml;
	return 0;
}
