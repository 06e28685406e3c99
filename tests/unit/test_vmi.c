/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#define P LSEC_PREFIX

/* The annotations as "key=value;…", or the problem's text where it was refused. */
static void expect_vmi(const char *json, const char *wanted)
{
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	struct lsec_buffer text = {0};
	lsec_buffer_text(&text, "");
	if (lsec_vmi_read_json(json, strlen(json), "vmi.json", &vmi, &problems) < 0)
		print_message("not taken: %s\n", json);
	expect_none(&problems);
	assert_true(vmi.read);
	for (size_t i = 0; i < vmi.annotation_count; i++)
		lsec_buffer_format(&text, "%s=%s;", vmi.annotations[i].key,
		                   vmi.annotations[i].value);
	if (vmi.qgs_socket_path != NULL)
		lsec_buffer_format(&text, "qgs:%s;", vmi.qgs_socket_path);
	assert_string_equal(text.bytes, wanted);
	lsec_buffer_clear(&text);
	lsec_vmi_clear(&vmi);
}

static void not_taken(const char *json, const char *place, const char *why)
{
	struct lsec_vmi vmi = {.uid = (char[]){"kept"}};
	struct lsec_problems problems = {0};
	if (lsec_vmi_read_json(json, strlen(json), "vmi.json", &vmi, &problems) == 0)
		print_message("taken: %s\n", json);
	expect_problem(&problems, place, why);
	assert_string_equal(vmi.uid, "kept");
	assert_null(vmi.annotations);
}

static void test_annotations(void **state)
{
	(void)state;
	expect_vmi("{\"metadata\":{}}", "");
	expect_vmi("{\"metadata\":{\"annotations\":null},\"spec\":null}", "");
	expect_vmi("{\"metadata\":{\"annotations\":{}}}", "");
	expect_vmi("{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"annotations\":{\"" P
	           "type\":\"tdx\",\"x/y\":\"z\",\"" P "unknown\":\"\",\"" P
	           "\":\"a\",\"kubevirt.io/qgs-socket-path\":\"/q\",\"launchsecurity\":\"b\"}}}",
	           "type=tdx;unknown=;=a;qgs:/q;");
	not_taken("{\"metadata\":{\"annotations\":[]}}", "vmi.json",
	          "metadata.annotations must be an object");
	not_taken("{\"metadata\":{\"annotations\":{\"" P "vcek\":true}}}", P "vcek",
	          "the value must be a string, got a boolean");
	not_taken("{\"metadata\":{\"annotations\":{\"" P "policy\":196608}}}", P "policy",
	          "a number");
	not_taken("{\"metadata\":{\"annotations\":{\"" P "policy\":null}}}", P "policy", "null");
	not_taken("{\"metadata\":{\"annotations\":{\"" P "nope\":{}}}}", NULL, "an object");
	not_taken("{\"metadata\":{\"annotations\":{\"other\":1}}}", "\"other\"", "a number");
	not_taken("{\"metadata\":{\"annotations\":{\"kubevirt.io/qgs-socket-path\":[]}}}",
	          "kubevirt.io/qgs-socket-path", "a list");
	not_taken("{\"metadata\":{\"annotations\":{\"" P "type\":\"tdx\\u0000\"}}}", NULL,
	          "NUL character");
	/* Of a repeated key the last value counts, as for KubeVirt. */
	expect_vmi("{\"metadata\":{\"annotations\":{\"" P "type\":\"tdx\",\"" P
	           "type\":\"none\"}}}",
	           "type=none;");
	expect_vmi("{\"metadata\":{\"annotations\":{\"" P "type\":\"\"},\"annotations\":null}}",
	           "");
	/* Objects become one, as Go's encoding/json makes it. */
	expect_vmi("{\"metadata\":{\"annotations\":{\"" P "type\":\"tdx\"},\"annotations\":{}}}",
	           "type=tdx;");
	expect_vmi("{\"metadata\":{\"annotations\":{\"" P "type\":\"tdx\",\"" P
	           "qgs\":\"none\"}},\"metadata\":{\"annotations\":{\"" P "qgs\":\"default\"}}}",
	           "type=tdx;qgs=default;");
}

static void test_kinds(void **state)
{
	(void)state;
	not_taken("{}", "vmi.json", "the document has no \"metadata\"");
	not_taken("{\"metadata\":null}", "vmi.json", "the document has no \"metadata\"");
	not_taken("{\"metadata\":[]}", "vmi.json", "metadata must be an object");
	not_taken("{\"kind\":\"Pod\",\"metadata\":{}}", "vmi.json", "kind \"Pod\"");
	not_taken("{\"metadata\":{},\"spec\":[]}", "vmi.json", "spec must be an object");
	not_taken("{\"metadata\":{\"name\":1}}", "vmi.json", "name must be a string");
	not_taken("{\"metadata\":{},\"spec\":{\"evictionStrategy\":1}}", "vmi.json",
	          "evictionStrategy must be a string");
	not_taken("[]", "vmi.json", "is a list");
}

#define VM(annotations, template)                                                                  \
	"{\"kind\":\"VirtualMachine\",\"metadata\":{\"name\":\"vm\",\"annotations\":{" annotations \
	"}},\"spec\":{" template "}}"

/* A VM's name is its VMI's; those that several are made of have others. */
static void test_names(void **state)
{
	(void)state;
#define TEMPLATE "\"template\":{\"metadata\":{},\"spec\":{}}"
	static const struct {
		const char *kind, *spec;
		bool several;
	} cases[] = {
		{"VirtualMachineInstance", "", false},
		{"VirtualMachine", TEMPLATE, false},
		{"VirtualMachineInstanceReplicaSet", TEMPLATE, true},
		{"VirtualMachinePool", "\"virtualMachineTemplate\":{\"spec\":{" TEMPLATE "}}",
	         true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
		struct lsec_problems problems = {0};
		cleanup_free char *json = lsec_format(
			"{\"kind\":\"%s\",\"metadata\":{\"name\":\"vm\",\"namespace\":\"blue\"},\"spec\":{%s}}",
			cases[i].kind, cases[i].spec);
		assert_int_equal(
			lsec_vmi_read_json(json, strlen(json), "vmi.json", &vmi, &problems), 0);
		expect_none(&problems);
		assert_string_equal(vmi.name, "vm");
		assert_string_equal(vmi.name_space, "blue");
		assert_int_equal(vmi.names_several, cases[i].several);
	}
}

static void test_virtual_machine(void **state)
{
	(void)state;
	expect_vmi(VM("\"x/y\":\"z\"",
	              "\"template\":{\"metadata\":{\"annotations\":{\"" P "type\":\"tdx\"}}}"),
	           "type=tdx;");
	expect_vmi(VM("", "\"template\":{}"), "");
	expect_vmi(
		VM("\"kubevirt.io/qgs-socket-path\":\"/vm\"",
	           "\"template\":{\"metadata\":{\"annotations\":{\"kubevirt.io/qgs-socket-path\":\"/template\"}}}"),
		"qgs:/template;");
	not_taken(VM("\"" P "type\":\"tdx\"", "\"template\":{}"), P "type",
	          "spec.template.metadata.annotations");
	not_taken(
		VM("\"" P "typo\":\"tdx\"", "\"template\":{}"), NULL,
		"the annotation is on the VirtualMachine itself and does not reach the running VM");
	not_taken(VM("", ""), "vmi.json", "the VirtualMachine has no spec.template");
	not_taken(VM("", "\"template\":[]"), "vmi.json", "the VirtualMachine has no spec.template");
	/* The facts come from the template, the name from the VM. */
	static const char json[] = VM(
		"",
		"\"evictionStrategy\":\"None\",\"template\":{\"metadata\":{\"name\":\"t\"},\"spec\":{\"evictionStrategy\":\"LiveMigrate\",\"domain\":{\"launchSecurity\":{\"snp\":{}}}}}");
	struct lsec_vmi vmi = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_vmi_read_json(json, sizeof(json) - 1, "f", &vmi, &problems), 0);
	assert_string_equal(vmi.name, "vm");
	assert_string_equal(vmi.eviction_strategy, "LiveMigrate");
	assert_non_null(vmi.launch_security);
	lsec_vmi_clear(&vmi);
}

static void test_facts(void **state)
{
	(void)state;
	static const struct {
		const char *domain;
		bool security, boot, persistent;
	} cases[] = {
		{"{}", false, false, false},
		{"{\"launchSecurity\":{}}", false, false, false},
		{"{\"launchSecurity\":{\"other\":{}}}", false, false, false},
		{"{\"launchSecurity\":{\"snp\":null}}", false, false, false},
		{"{\"launchSecurity\":{\"sev\":{}}}", true, false, false},
		{"{\"launchSecurity\":{\"snp\":{}}}", true, false, false},
		{"{\"launchSecurity\":{\"tdx\":{}}}", true, false, false},
		{"{\"firmware\":{\"bootloader\":{\"bios\":{}}}}", false, false, false},
		{"{\"launchSecurity\":{\"tdx\":{\"attestation\":{\"enforced\":true}}}}", true,
	         false, false},
		{"{\"launchSecurity\":{\"tdx\":{\"attestation\":{\"enforced\":false}}}}", true,
	         false, false},
		{"{\"launchSecurity\":{\"tdx\":{\"attestation\":{\"enforced\":\"true\"}}}}", true,
	         false, false},
		{"{\"launchSecurity\":{\"tdx\":{\"attestation\":[]}}}", true, false, false},
		{"{\"launchSecurity\":{\"sev\":{\"attestation\":{\"enforced\":true}}}}", true,
	         false, false},
		{"{\"firmware\":{\"bootloader\":{\"efi\":{}}}}", false, true, false},
		{"{\"firmware\":{\"bootloader\":{\"efi\":{\"secureBoot\":true}}}}", false, true,
	         false},
		{"{\"firmware\":{\"bootloader\":{\"efi\":{\"secureBoot\":false}}}}", false, false,
	         false},
		{"{\"firmware\":{\"bootloader\":{\"efi\":{\"secureBoot\":null}}}}", false, true,
	         false},
		{"{\"firmware\":{\"bootloader\":{\"efi\":{\"persistent\":true,\"secureBoot\":false}}}}",
	         false, false, true},
		{"{\"firmware\":{\"bootloader\":{\"efi\":{\"persistent\":false}}}}", false, true,
	         false},
		{"[]", false, false, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char json[512];
		struct lsec_vmi vmi = {0};
		struct lsec_problems problems = {0};
		snprintf(
			json, sizeof(json),
			"{\"metadata\":{\"name\":\"n\",\"namespace\":\"s\",\"uid\":\"u\"},\"spec\":{\"domain\":%s}}",
			cases[i].domain);
		assert_int_equal(lsec_vmi_read_json(json, strlen(json), "f", &vmi, &problems), 0);
		assert_int_equal(vmi.launch_security != NULL, cases[i].security);
		assert_int_equal(vmi.secure_boot, cases[i].boot);
		assert_int_equal(vmi.persistent_variables, cases[i].persistent);
		assert_int_equal(vmi.quotes_enforced,
		                 strstr(cases[i].domain, "\"enforced\":true") != NULL &&
		                         strstr(cases[i].domain, "\"tdx\"") != NULL);
		assert_string_equal(vmi.name, "n");
		assert_string_equal(vmi.name_space, "s");
		assert_string_equal(vmi.uid, "u");
		assert_null(vmi.eviction_strategy);
		lsec_vmi_clear(&vmi);
	}
}

static void test_set(void **state)
{
	(void)state;
	struct lsec_vmi vmi = {0};
	lsec_vmi_set(&vmi, "a", "1");
	lsec_vmi_set(&vmi, "b", "2");
	lsec_vmi_set(&vmi, "a", "3");
	assert_int_equal(vmi.annotation_count, 2);
	assert_string_equal(vmi.annotations[0].value, "3");
	assert_string_equal(vmi.annotations[1].key, "b");
	assert_false(vmi.read);
	lsec_vmi_clear(&vmi);
	assert_int_equal(vmi.annotation_count, 0);
	lsec_vmi_clear(NULL);
}

static void test_captures(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool security, boot;
	} facts_of[] = {
		{"bios-plain", false, false}, {"devices-rich", false, false},
		{"efi-plain", false, false},  {"efi-secureboot", false, true},
		{"native-sev", true, false},  {"native-snp", true, false},
		{"native-tdx", true, false},  {"windows-secureboot", false, true},
	};
	for (size_t i = 0; i < COUNT(facts_of); i++) {
		char path[128];
		size_t len = 0;
		struct lsec_vmi json = {0};
		struct lsec_vmi yaml = {0};
		struct lsec_problems problems = {0};
		snprintf(path, sizeof(path), CAPTURES "%s.vmi.json", facts_of[i].name);
		char *text = read_whole(path, &len);
		assert_int_equal(lsec_vmi_read_json(text, len, path, &json, &problems), 0);
		expect_none(&problems);
		assert_int_equal(json.launch_security != NULL, facts_of[i].security);
		if (strcmp(facts_of[i].name, "devices-rich") != 0)
			assert_int_equal(json.secure_boot, facts_of[i].boot);
		/* JSON is YAML. Tabs between tokens libyaml takes in flow style. */
		assert_int_equal(lsec_vmi_read_yaml(text, len, path, &yaml, &problems), 0);
		expect_none(&problems);
		assert_string_equal(json.name, yaml.name);
		assert_string_equal(json.uid, yaml.uid);
		assert_int_equal(json.annotation_count, yaml.annotation_count);
		assert_ptr_equal(json.launch_security, yaml.launch_security);
		assert_int_equal(json.secure_boot, yaml.secure_boot);
		lsec_vmi_clear(&json);
		lsec_vmi_clear(&yaml);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_annotations), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_names),       cmocka_unit_test(test_virtual_machine),
		cmocka_unit_test(test_facts),       cmocka_unit_test(test_set),
		cmocka_unit_test(test_captures),
	};
	return cmocka_run_group_tests_name("vmi", tests, NULL, NULL);
}
