/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/edit.h"

#include "support.h"

/* A document under edit. */
struct desk {
	struct lsec_xml xml;
	struct lsec_report report;
	struct lsec_problems problems;
	struct lsec_edit edit;
};

static void open_desk(struct desk *desk, const char *text)
{
	*desk = (struct desk){0};
	assert_int_equal(lsec_xml_read(text, strlen(text), "d", &desk->xml, &desk->problems), 0);
	desk->edit = (struct lsec_edit){.root = xmlDocGetRootElement(desk->xml.doc),
	                                .report = &desk->report,
	                                .problems = &desk->problems};
}

static void expect_text(struct desk *desk, const char *wanted)
{
	size_t len = 0;
	char *bytes = lsec_xml_write(&desk->xml, &len);
	assert_string_equal(bytes, wanted);
	free(bytes);
}

static void close_desk(struct desk *desk)
{
	expect_none(&desk->problems);
	lsec_xml_clear(&desk->xml);
	lsec_report_clear(&desk->report);
}

/* Inserts <n/> into the child `parent` of the root (NULL: the root), in front of `next`. */
static void inserted(const char *text, const char *parent, const char *next, const char *wanted)
{
	struct desk desk;
	open_desk(&desk, text);
	xmlNode *into = parent == NULL ? desk.edit.root : lsec_xml_child(desk.edit.root, parent);
	assert_non_null(into);
	const char *const names[] = {next, NULL};
	xmlNode *before = next == NULL ? NULL : lsec_edit_first_of(into, names);
	assert_true(next == NULL || before != NULL);
	xmlNode *node = lsec_edit_insert(&desk.edit, into, "n", before);
	assert_non_null(node);
	assert_true(lsec_xml_is(node, "n"));
	assert_ptr_equal(node->parent, into);
	assert_int_equal(desk.report.change_count, 0);
	expect_text(&desk, wanted);
	close_desk(&desk);
}

static void test_insert(void **state)
{
	(void)state;
	/* One line. */
	inserted("<r/>", NULL, NULL, "<r><n/></r>\n");
	inserted("<r><a/></r>", NULL, NULL, "<r><a/><n/></r>\n");
	inserted("<r><a/></r>", NULL, "a", "<r><n/><a/></r>\n");
	inserted("<r><a/></r>", "a", NULL, "<r><a><n/></a></r>\n");
	/* Spaces and tabs. */
	inserted("<r>\n  <a/>\n</r>", NULL, NULL, "<r>\n  <a/>\n  <n/>\n</r>\n");
	inserted("<r>\n\t<a/>\n</r>", NULL, "a", "<r>\n\t<n/>\n\t<a/>\n</r>\n");
	inserted("<r>\n   <a/>\n   <b/>\n</r>", NULL, "b",
	         "<r>\n   <a/>\n   <n/>\n   <b/>\n</r>\n");
	/* A parent without children goes one step in. */
	inserted("<r>\n  <a/>\n</r>", "a", NULL, "<r>\n  <a>\n    <n/>\n  </a>\n</r>\n");
	inserted("<r>\n\t<a/>\n</r>", "a", NULL, "<r>\n\t<a>\n\t\t<n/>\n\t</a>\n</r>\n");
	/* The first element's indentation counts, blank lines before others do not. */
	inserted("<r>\n  <a/>\n\n\n  <b/>\n</r>", NULL, NULL,
	         "<r>\n  <a/>\n\n\n  <b/>\n  <n/>\n</r>\n");
	/* Comments in between. */
	inserted("<r>\n  <!-- c -->\n  <a/>\n  <!-- d -->\n</r>", NULL, NULL,
	         "<r>\n  <!-- c -->\n  <a/>\n  <!-- d -->\n  <n/>\n</r>\n");
	inserted("<r>\n  <!-- c -->\n  <a/>\n</r>", NULL, "a",
	         "<r>\n  <!-- c -->\n  <n/>\n  <a/>\n</r>\n");
	/* Mixed text stays as it is. */
	inserted("<r>text<a/>more</r>", NULL, NULL, "<r>text<a/>more<n/></r>\n");
	inserted("<r>text<a/>more</r>", NULL, "a", "<r>text<n/><a/>more</r>\n");
	inserted("<r>text</r>", NULL, NULL, "<r>text<n></n></r>\n");
	/* Without line breaks nothing is made up. */
	inserted("<r> <a/> </r>", NULL, NULL, "<r> <a/> <n/> </r>\n");
}

/* White space of more than LSEC_MAX_INDENTATION bytes is text: it stays, and is not copied. */
static void test_long_indentation(void **state)
{
	(void)state;
	for (size_t len = LSEC_MAX_INDENTATION; len <= LSEC_MAX_INDENTATION + 1; len++) {
		bool copied = len == LSEC_MAX_INDENTATION;
		cleanup_free char *blanks = repeat(' ', len);
		blanks[0] = '\n';
		const char *copy = copied ? blanks : "";
		cleanup_free char *first = lsec_format("<r>%s<a/>\n</r>", blanks);
		cleanup_free char *wanted = lsec_format("<r>%s<a/>%s<n/>\n</r>\n", blanks, copy);
		inserted(first, NULL, NULL, wanted);
		free(lsec_steal(&wanted));
		wanted = copied ? lsec_format("<r>%s<a>%s%s<n/>%s</a>\n</r>\n", blanks, blanks,
		                              blanks + 1, blanks)
		                : lsec_format("<r>%s<a><n/></a>\n</r>\n", blanks);
		inserted(first, "a", NULL, wanted);
		cleanup_free char *tail = lsec_format("<r>\n <a/>%s</r>", blanks);
		free(lsec_steal(&wanted));
		wanted = lsec_format(
			copied ? "<r>\n <a/>\n <n/>%s</r>\n" : "<r>\n <a/>%s\n <n/></r>\n", blanks);
		inserted(tail, NULL, NULL, wanted);

		struct desk desk;
		open_desk(&desk, first);
		lsec_edit_take_out(&desk.edit, lsec_xml_child(desk.edit.root, "a"));
		free(lsec_steal(&wanted));
		wanted = copied ? strdup("<r/>\n") : lsec_format("<r>%s\n</r>\n", blanks);
		expect_text(&desk, wanted);
		close_desk(&desk);
	}
}

static void test_nested_step(void **state)
{
	(void)state;
	struct desk desk;
	open_desk(&desk, "<r>\n  <a>\n    <b/>\n  </a>\n</r>");
	xmlNode *b = lsec_xml_child(lsec_xml_child(desk.edit.root, "a"), "b");
	xmlNode *n = lsec_edit_insert(&desk.edit, b, "n", NULL);
	assert_non_null(lsec_edit_insert(&desk.edit, n, "m", NULL));
	assert_non_null(lsec_edit_insert(&desk.edit, n, "m", NULL));
	expect_text(&desk, "<r>\n  <a>\n    <b>\n      <n>\n        <m/>\n        <m/>\n"
	                   "      </n>\n    </b>\n  </a>\n</r>\n");
	close_desk(&desk);
}

static void test_first_of(void **state)
{
	(void)state;
	struct desk desk;
	open_desk(&desk, "<r>x<a/><p:b xmlns:p='u'/><b/><c/></r>");
	static const char *const names[] = {"c", "b", NULL};
	static const char *const none[] = {"z", NULL};
	assert_ptr_equal(lsec_edit_first_of(desk.edit.root, names),
	                 lsec_xml_child(desk.edit.root, "b"));
	assert_null(lsec_edit_first_of(desk.edit.root, none));
	close_desk(&desk);
}

static void expect_change(const struct lsec_report *report, size_t count, enum lsec_action action,
                          const char *place, const char *old_value, const char *new_value)
{
	assert_int_equal(report->change_count, count);
	const struct lsec_change *change = &report->changes[count - 1];
	assert_int_equal(change->action, action);
	assert_string_equal(change->place, place);
	assert_string_equal(change->reason, "why");
	assert_int_equal(change->old_value == NULL, old_value == NULL);
	assert_int_equal(change->new_value == NULL, new_value == NULL);
	if (old_value != NULL)
		assert_string_equal(change->old_value, old_value);
	if (new_value != NULL)
		assert_string_equal(change->new_value, new_value);
}

/* Each edit is done twice: the second time changes and records nothing. */
static void test_attributes(void **state)
{
	(void)state;
	struct desk desk;
	open_desk(&desk, "<r x='1' p:z='2' xmlns:p='urn:u'/>");
	const struct lsec_at at = {desk.edit.root, "/r"};
	for (int i = 0; i < 2; i++)
		lsec_edit_set_attribute(&desk.edit, at, "x", "<3>", "why");
	expect_change(&desk.report, 1, LSEC_SET, "/r/@x", "1", "<3>");
	for (int i = 0; i < 2; i++)
		lsec_edit_set_attribute(&desk.edit, at, "y", "", "why");
	expect_change(&desk.report, 2, LSEC_ADDED, "/r/@y", NULL, "");
	expect_text(&desk, "<r xmlns:p=\"urn:u\" x=\"&lt;3&gt;\" p:z=\"2\" y=\"\"/>\n");
	for (int i = 0; i < 2; i++)
		lsec_edit_remove_attribute(&desk.edit, at, "x", "why");
	expect_change(&desk.report, 3, LSEC_REMOVED, "/r/@x", "<3>", NULL);
	expect_text(&desk, "<r xmlns:p=\"urn:u\" p:z=\"2\" y=\"\"/>\n");
	close_desk(&desk);
}

/* libvirt does not strip attributes, so ' rom ' is not yet rom. */
static void test_attribute_with_blanks(void **state)
{
	(void)state;
	struct desk desk;
	open_desk(&desk, "<r x=' rom '/>");
	lsec_edit_set_attribute(&desk.edit, (struct lsec_at){desk.edit.root, "/r"}, "x", "rom",
	                        "why");
	expect_text(&desk, "<r x=\"rom\"/>\n");
	assert_int_equal(desk.report.change_count, 1);
	close_desk(&desk);
}

static void test_text(void **state)
{
	(void)state;
	static const struct {
		const char *before, *value, *after;
		enum lsec_action action;
		bool recorded;
	} cases[] = {
		{"<r>old</r>", "new", "<r>new</r>\n", LSEC_SET, true},
		{"<r/>", "new & more", "<r>new &amp; more</r>\n", LSEC_ADDED, true},
		{"<r> new </r>", "new", "<r>new</r>\n", LSEC_SET, true},
		{"<r>n<!-- c -->ew</r>", "new", "<r>new</r>\n", LSEC_SET, true},
		{"<r><![CDATA[new]]></r>", "new", "<r>new</r>\n", LSEC_SET, true},
		{"<r><a/>x</r>", "new", "<r>new</r>\n", LSEC_SET, true},
		{"<r>old</r>", NULL, "<r></r>\n", LSEC_REMOVED, true},
		{"<r>\n\t</r>", NULL, "<r></r>\n", LSEC_REMOVED, false},
		{"<r></r>", NULL, "<r></r>\n", LSEC_REMOVED, false},
		{"<r>new</r>", "new", "<r>new</r>\n", LSEC_SET, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct desk desk;
		open_desk(&desk, cases[i].before);
		for (int j = 0; j < 2; j++)
			lsec_edit_set_text(&desk.edit, (struct lsec_at){desk.edit.root, "/r"},
			                   cases[i].value, "why");
		expect_text(&desk, cases[i].after);
		assert_int_equal(desk.report.change_count, cases[i].recorded);
		if (cases[i].recorded)
			assert_int_equal(desk.report.changes[0].action, cases[i].action);
		close_desk(&desk);
	}
}

static void removed(const char *text, const char *wanted)
{
	struct desk desk;
	open_desk(&desk, text);
	xmlNode *node = lsec_xml_child(desk.edit.root, "x");
	lsec_edit_remove(&desk.edit, (struct lsec_at){node, "/r/x"}, "why");
	expect_text(&desk, wanted);
	assert_int_equal(desk.report.change_count, 1);
	assert_int_equal(desk.report.changes[0].action, LSEC_REMOVED);
	close_desk(&desk);
}

static void test_remove(void **state)
{
	(void)state;
	removed("<r><x/></r>", "<r/>\n");
	removed("<r><x>1</x><a/></r>", "<r><a/></r>\n");
	removed("<r>\n  <a/>\n  <x/>\n</r>", "<r>\n  <a/>\n</r>\n");
	removed("<r>\n  <x/>\n  <a/>\n</r>", "<r>\n  <a/>\n</r>\n");
	removed("<r>\n\t<a/>\n\t<x>\n\t\t<b/>\n\t</x>\n\t<c/>\n</r>",
	        "<r>\n\t<a/>\n\t<c/>\n</r>\n");
	/* The last child takes the line break before the end tag along. */
	removed("<r>\n  <x/>\n</r>", "<r/>\n");
	/* Text is not white space. */
	removed("<r>text<x/>more</r>", "<r>textmore</r>\n");
	removed("<r> <x/>more</r>", "<r> more</r>\n");
	removed("<r>\n  <x/><!-- c -->\n</r>", "<r>\n  <!-- c -->\n</r>\n");
	removed("<r>\n  <!-- c -->\n  <x/>\n</r>", "<r>\n  <!-- c -->\n</r>\n");
	removed("<r><a/> <x/><b/></r>", "<r><a/><b/></r>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insert),      cmocka_unit_test(test_long_indentation),
		cmocka_unit_test(test_nested_step), cmocka_unit_test(test_first_of),
		cmocka_unit_test(test_attributes),  cmocka_unit_test(test_attribute_with_blanks),
		cmocka_unit_test(test_text),        cmocka_unit_test(test_remove),
	};
	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
