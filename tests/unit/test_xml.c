/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/xml.h"

#include "support.h"

/* Reads and writes a document that must be taken; the result is to be freed. */
static char *written(const char *text, size_t len)
{
	struct lsec_xml xml = {0};
	struct lsec_problems problems = {0};
	size_t written_len = 0;
	if (lsec_xml_read(text, len, "d.xml", &xml, &problems) < 0)
		print_message("not taken: %.100s\n", text);
	expect_none(&problems);
	char *bytes = lsec_xml_write(&xml, &written_len);
	assert_int_equal(strlen(bytes), written_len);
	lsec_xml_clear(&xml);
	assert_null(xml.doc);
	return bytes;
}

static void expect_written(const char *text, const char *wanted)
{
	char *bytes = written(text, strlen(text));
	assert_string_equal(bytes, wanted);
	free(bytes);
}

static void expect_same(const char *text)
{
	expect_written(text, text);
}

static void not_read(const char *text, size_t len, const char *place, const char *why)
{
	struct lsec_xml xml = {.self_closed = true};
	struct lsec_problems problems = {0};
	if (lsec_xml_read(text, len, "d.xml", &xml, &problems) == 0)
		print_message("taken: %.100s\n", text);
	expect_problem(&problems, place, why);
	assert_null(xml.doc);
	assert_true(xml.self_closed);
}

static void test_kept(void **state)
{
	(void)state;
	expect_same("<a/>\n");
	expect_same("<a></a>\n");
	expect_same("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n");
	expect_same("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<a/>\n");
	expect_same(
		"<!-- one -->\n<?pi two?>\n<a><!--\n three --><b> x </b><![CDATA[<raw> & ]]><?four five?>tail\n\t</a>\n"
		"<!-- six -->\n");
	expect_same("<a xmlns=\"urn:x\" xmlns:p=\"urn:p\" b=\"1\" p:c=\"2\"><p:d/></a>\n");
	expect_same("<a b=\"&lt;&amp;&quot;'&gt;&#10;&#9;\">&lt;&amp;&gt;\"'&#13;</a>\n");
	expect_same("<a>\xc3\xa4\xf0\x9f\x98\x80</a>\n");
	expect_written("<?xml version='1.0'?><a b='x'/>",
	               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"x\"/>\n");
	expect_written("<a>&#xe4;&#228;</a>", "<a>\xc3\xa4\xc3\xa4</a>\n");
	expect_written("\xef\xbb\xbf<a/>", "<a/>\n");
	expect_written("\xef\xbb\xbf<?xml version='1.0'?><a/>",
	               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n");
	expect_written("<a>\r\nb\r</a>", "<a>\nb\n</a>\n");
	expect_written("<a  b='1'\n/>", "<a b=\"1\"/>\n");
}

/* Something that only begins like a declaration. */
static void test_no_declaration(void **state)
{
	(void)state;
	expect_same("<?xml-model href=\"x\"?>\n<a/>\n");
	expect_same("<?xmlish?>\n<a/>\n");
}

static void test_empty_elements(void **state)
{
	(void)state;
	expect_written("<a><b></b><c/></a>", "<a><b/><c/></a>\n");
	expect_written("<a><b></b><c>/</c></a>", "<a><b></b><c>/</c></a>\n");
	expect_written("<a><b x='/'></b></a>", "<a><b x=\"/\"></b></a>\n");
	expect_written("<a><b></b ></a>", "<a><b></b></a>\n");
	expect_written("<a><!-- / --></a>", "<a><!-- / --></a>\n");
}

static void test_encodings(void **state)
{
	(void)state;
	static const char bytes[] = "<\0a\0/\0>\0";
	not_read(bytes, sizeof(bytes) - 1, "d.xml", "NUL byte");
	not_read("<a>\xff</a>", 8, NULL, "invalid XML");
	not_read("<a>\xc3</a>", 8, NULL, "invalid XML");
	not_read("<a>\xed\xa0\x80</a>", 10, NULL, "invalid XML");
	not_read("<a>\x01</a>", 8, NULL, "invalid XML");
	not_read("<a>&#0;</a>", 11, NULL, "invalid XML");
	not_read("<a>&#1;</a>", 11, NULL, "invalid XML");
	static const char unknown[] = "<?xml version='1.0' encoding='x-none'?><a/>";
	struct lsec_xml xml = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_xml_read(unknown, sizeof(unknown) - 1, "d", &xml, &problems), -1);
	assert_int_equal(problems.count, 1);
	lsec_problems_clear(&problems);
}

static void test_document_types(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM '/etc/passwd'><a/>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		"<!DOCTYPE a [<!ENTITY b SYSTEM '/etc/passwd'>]><a>&b;</a>",
		"<!DOCTYPE a [<!ENTITY % b SYSTEM 'file:///etc/passwd'> %b;]><a/>",
		/* Refused before anything in it is looked at. */
		"<!DOCTYPE a [<!ENTITY not at all",
		"<!-- x --><!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>",
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_read(bad[i], strlen(bad[i]), NULL, "<!DOCTYPE");
	not_read("<a>&b;</a>", 10, NULL, "invalid XML");
	not_read("<a b='&c;'/>", 12, NULL, "invalid XML");
}

static void test_bad_documents(void **state)
{
	(void)state;
	static const char *const bad[] = {"<",
	                                  "<a",
	                                  "<a>",
	                                  "<a></b>",
	                                  "<a/><b/>",
	                                  "<a/>x",
	                                  "<a b='1' b='2'/>",
	                                  "<a b=1/>",
	                                  "</a>",
	                                  "<a><b></a></b>",
	                                  " <?xml version='1.0'?><a/>",
	                                  "<!-- x",
	                                  "<a>]]></a>"};
	for (size_t i = 0; i < COUNT(bad); i++)
		not_read(bad[i], strlen(bad[i]), NULL, "invalid XML");
	not_read("x", 1, "d.xml", "is not XML");
	not_read(" ", 1, "d.xml", "is not XML");
	not_read("\n{", 2, "d.xml", "is JSON, not XML");
	not_read("", 0, "d.xml", "is empty");
	not_read("<a/>\0", 5, "d.xml", "NUL byte");
	not_read("<a>\n<b>\n</a>", 12, "d.xml:3:5", "invalid XML");
	not_read("<p:a/>", 6, NULL, "invalid XML");
	not_read("<p:a xmlns:p='a b'/>", 20, NULL, "namespace");
}

/* What libxml2 quotes of the document stays on one line of ASCII. */
static void test_messages(void **state)
{
	(void)state;
	struct lsec_xml xml = {0};
	struct lsec_problems problems = {0};
	static const char text[] = "<a\xc3\xa4\xc3\xa4></b>";
	assert_int_equal(lsec_xml_read(text, sizeof(text) - 1, "d.xml", &xml, &problems), -1);
	assert_int_equal(problems.count, 1);
	assert_true(lsec_printable(problems.items[0].what));
	lsec_problems_clear(&problems);
}

static char *nested(size_t depth)
{
	struct lsec_buffer text = {0};
	for (size_t i = 0; i < depth; i++)
		lsec_buffer_text(&text, "<a>");
	for (size_t i = 0; i < depth; i++)
		lsec_buffer_text(&text, "</a>");
	return lsec_buffer_take(&text);
}

static char *with_attributes(size_t count, const char *fmt)
{
	struct lsec_buffer text = {0};
	lsec_buffer_text(&text, "<a");
	for (size_t i = 0; i < count; i++) {
		char attribute[64];
		snprintf(attribute, sizeof(attribute), i % 2 ? " xmlns:a%zu='u%zu'" : " a%zu='%zu'",
		         i, i);
		lsec_buffer_text(&text, attribute);
	}
	lsec_buffer_text(&text, fmt);
	return lsec_buffer_take(&text);
}

static void test_limits(void **state)
{
	(void)state;
	char *text = nested(LSEC_MAX_XML_DEPTH);
	free(written(text, strlen(text)));
	free(text);
	text = nested(LSEC_MAX_XML_DEPTH + 1);
	not_read(text, strlen(text), NULL,
	         "more than 200 levels of nested elements, which is the limit");
	free(text);
	text = with_attributes(LSEC_MAX_XML_ATTRIBUTES, "/>");
	free(written(text, strlen(text)));
	free(text);
	text = with_attributes(LSEC_MAX_XML_ATTRIBUTES + 1, "/>");
	not_read(text, strlen(text), NULL,
	         "more than 256 attributes on one element, which is the limit");
	free(text);
	/* Siblings are not inside each other. */
	struct lsec_buffer many = {0};
	lsec_buffer_text(&many, "<a>");
	for (unsigned i = 1; i < LSEC_MAX_XML_ELEMENTS; i++)
		lsec_buffer_text(&many, "<b/>");
	lsec_buffer_text(&many, "</a>");
	free(written(many.bytes, many.len));
	many.len -= strlen("</a>");
	lsec_buffer_text(&many, "<b/></a>");
	not_read(many.bytes, many.len, NULL, "elements");
	lsec_buffer_clear(&many);
	text = repeat(' ', (size_t)LSEC_MAX_DOCUMENT + 1);
	text[0] = '<'; /* too long to be looked at */
	not_read(text, (size_t)LSEC_MAX_DOCUMENT + 1, "d.xml", "16777217 bytes");
	free(text);
}

/* As many bytes as are allowed, of comments, and one more. */
static void test_longest_document(void **state)
{
	(void)state;
	struct lsec_buffer text = {0};
	char *comment = repeat('x', 1000);
	lsec_buffer_text(&text, "<a>");
	while (text.len + 2000 < LSEC_MAX_DOCUMENT)
		lsec_buffer_format(&text, "<!-- %s -->\n", comment);
	free(comment);
	while (text.len + 4 < LSEC_MAX_DOCUMENT)
		lsec_buffer_text(&text, " ");
	lsec_buffer_text(&text, "</a>");
	assert_int_equal(text.len, LSEC_MAX_DOCUMENT);
	free(written(text.bytes, text.len));
	lsec_buffer_text(&text, "\n");
	not_read(text.bytes, text.len, "d.xml", "16777217 bytes");
	lsec_buffer_clear(&text);
}

/* More than libxml2 takes in a piece is the document's fault, not a lack of memory. */
static void test_longest_comment(void **state)
{
	(void)state;
	char *comment = repeat('x', 12000000);
	cleanup_free char *text = lsec_format("<domain>\n<!--%s-->\n</domain>", comment);
	struct lsec_xml xml LSEC_CLEANUP(lsec_xml_clear) = {0};
	struct lsec_problems problems = {0};
	free(comment);
	assert_non_null(text);
	assert_int_equal(lsec_xml_read(text, strlen(text), "file", &xml, &problems), -1);
	assert_false(problems.failed);
	assert_int_equal(problems.count, 1);
	expect_contains(problems.items[0].what, "a text, value or comment has more than 10 MB");
	lsec_problems_clear(&problems);
}

static void test_equal_signs(void **state)
{
	(void)state;
	static const char *const values[] = {"=\"", "='", "= \t\r\n'", "==\""};
	static const char *const others[] = {"=", "\"", "=x\"", "\"="};
	struct lsec_buffer text = {0};
	for (size_t i = 0; i < COUNT(values); i++) {
		for (size_t more = 0; more < 2; more++) {
			lsec_buffer_text(&text, "<a>");
			for (size_t j = 0; j < LSEC_MAX_XML_EQUAL_SIGNS + more; j++)
				lsec_buffer_text(&text, values[i]);
			lsec_buffer_format(&text, "<b/>%s</a>", values[i]);
			if (more > 0)
				not_read(text.bytes, text.len, "d.xml", "equals signs");
			else
				free(written(text.bytes, text.len));
			lsec_buffer_clear(&text);
		}
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		lsec_buffer_text(&text, "<a>");
		for (size_t j = 0; j < (size_t)2 * LSEC_MAX_XML_EQUAL_SIGNS; j++)
			lsec_buffer_format(&text, "%s,", others[i]);
		lsec_buffer_text(&text, "</a>");
		free(written(text.bytes, text.len));
		lsec_buffer_clear(&text);
	}
}

/*
 * libxml2 decodes before it looks for attributes, so that bytes of another encoding than UTF-8
 * would go past the count of equal signs: UTF-7 has +AD0- for them, and EBCDIC other bytes
 * altogether. libvirt and KubeVirt write UTF-8.
 */
static void test_foreign_encodings(void **state)
{
	(void)state;
	struct lsec_buffer text = {0};
	lsec_buffer_text(&text, "<?xml version='1.0' encoding='UTF-7'?><a");
	for (unsigned i = 0; i < 2 * LSEC_MAX_XML_EQUAL_SIGNS; i++)
		lsec_buffer_format(&text, " a%u+AD0-''", i);
	lsec_buffer_text(&text, "/>");
	struct lsec_xml xml = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_xml_read(text.bytes, text.len, "d.xml", &xml, &problems), -1);
	assert_int_equal(problems.count, 1);
	/* Refused before libxml2 compares 40,000 attributes with each other. */
	assert_null(strstr(problems.items[0].place, "d.xml:1:4"));
	lsec_problems_clear(&problems);
	lsec_buffer_clear(&text);
	static const char utf7[] = "<?xml version='1.0' encoding='UTF-7'?><a b+AD0-'c'/>";
	assert_int_equal(lsec_xml_read(utf7, sizeof(utf7) - 1, "d.xml", &xml, &problems), -1);
	lsec_problems_clear(&problems);
	/* "<?xml version='1.0'?><a/>" in IBM037. */
	static const char ebcdic[] =
		"\x4c\x6f\xa7\x94\x93\x40\xa5\x85\x99\xa2\x89\x96\x95\x7e\x7d\xf1"
		"\x4b\xf0\x7d\x6f\x6e\x4c\x81\x61\x6e";
	assert_int_equal(lsec_xml_read(ebcdic, sizeof(ebcdic) - 1, "d.xml", &xml, &problems), -1);
	lsec_problems_clear(&problems);
	free(written("<?xml version='1.0' encoding='utf-8'?><a/>", 42));
}

/* Cut off anywhere, a capture is refused; and no read leaves anything behind. */
static void test_truncated(void **state)
{
	(void)state;
	size_t len = 0;
	char *text = read_whole(CAPTURES "native-snp.domain.xml", &len);
	size_t end = len;
	while (text[end - 1] != '>')
		end--;
	for (size_t i = 0; i < end; i++) {
		struct lsec_xml xml = {0};
		struct lsec_problems problems = {0};
		/* Of a length of its own, so that reading past it is seen. */
		char *cut = malloc(i == 0 ? 1 : i);
		assert_non_null(cut);
		memcpy(cut, text, i);
		assert_int_equal(lsec_xml_read(cut, i, "d.xml", &xml, &problems), -1);
		assert_int_equal(problems.count, 1);
		assert_false(problems.failed);
		assert_null(xml.doc);
		lsec_problems_clear(&problems);
		free(cut);
	}
	char *bytes = written(text, end);
	free(bytes);
	free(text);
}

/* Captures come back as they are, but for namespace declarations, which libxml2 writes in front
 * of attributes. */
static void test_captures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captures); i++) {
		char path[128];
		size_t len = 0;
		snprintf(path, sizeof(path), CAPTURES "%s.domain.xml", captures[i]);
		char *text = read_whole(path, &len);
		char *bytes = written(text, len);
		char *again = written(bytes, strlen(bytes));
		assert_string_equal(again, bytes);
		const char *line = strchr(text, '\n');
		const char *written_line = strchr(bytes, '\n');
		assert_int_equal(line - text, written_line - bytes);
		assert_memory_equal(line, written_line, len - (size_t)(line - text));
		free(again);
		free(bytes);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_no_declaration),
		cmocka_unit_test(test_empty_elements),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_document_types),
		cmocka_unit_test(test_bad_documents),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_longest_document),
		cmocka_unit_test(test_longest_comment),
		cmocka_unit_test(test_equal_signs),
		cmocka_unit_test(test_foreign_encodings),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_captures),
	};
	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
