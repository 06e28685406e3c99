/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/xml.h"

#include "support.h"

static void test_find(void **state)
{
	(void)state;
	static const char text[] =
		"<a x=' v ' y=''> t <!-- c --><b> 1 </b><p:b xmlns:p='u'>n</p:b><c/><b p='&lt;'>\n2<d>3</d>\t</b></a>";
	struct lsec_xml xml = {0};
	struct lsec_problems problems = {0};
	char *value = NULL;
	assert_int_equal(lsec_xml_read(text, sizeof(text) - 1, "d", &xml, &problems), 0);
	const xmlNode *root = xmlDocGetRootElement(xml.doc);
	assert_true(lsec_xml_is(root, "a"));
	assert_true(lsec_xml_is(root, NULL));
	assert_false(lsec_xml_is(root, "b"));
	assert_false(lsec_xml_is(root->children, NULL));
	xmlNode *first = lsec_xml_child(root, "b");
	value = lsec_xml_text(first);
	assert_string_equal(value, "1");
	free(value);
	xmlNode *second = lsec_xml_from(first->next, "b");
	value = lsec_xml_text(second);
	assert_string_equal(value, "23");
	free(value);
	assert_null(lsec_xml_from(second->next, "b"));
	assert_true(lsec_xml_is(lsec_xml_from(first->next, NULL), "c"));
	assert_null(lsec_xml_child(NULL, "b"));
	assert_null(lsec_xml_child(root, "z"));
	value = lsec_xml_attribute(root, "x", &problems);
	assert_string_equal(value, " v ");
	free(value);
	value = lsec_xml_attribute(root, "y", &problems);
	assert_string_equal(value, "");
	free(value);
	value = lsec_xml_attribute(second, "p", &problems);
	assert_string_equal(value, "<");
	free(value);
	value = lsec_xml_attribute(root, "z", &problems);
	assert_null(value);
	value = lsec_xml_attribute(NULL, "z", &problems);
	assert_null(value);
	value = lsec_xml_text(NULL);
	assert_null(value);
	lsec_xml_clear(&xml);
	expect_none(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
	};
	return cmocka_run_group_tests_name("xml find", tests, NULL, NULL);
}
