/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that take a domain: what is answered, and logged. */
#include "services_stage.h"

/* What the core makes of a request; the services must answer the same. */
static void expect_as_core(struct stage *stage, const char *path, const char *domain, size_t len,
                           const char *vmi)
{
	struct lsec_result result = {0};
	struct lsec_problems problems = {0};
	struct lsec_vmi read = {0};
	assert_int_equal(lsec_vmi_read_json(vmi, strlen(vmi), "vmi", &read, &problems), 0);
	const struct lsec_request request = {domain, len,          "domain",
	                                     &read,  &stage->host, &stage->config};
	assert_int_equal(lsec_apply(&request, false, &result, &problems), 0);
	expect_none(&problems);
	define(stage, path, lsec_protobuf_bytes(domain, len), lsec_protobuf_text(vmi));
	expect_domain(stage, path, result.domain, result.domain_len);
	struct json_object *line = line_of(stage);
	expect_member(line, "tee", lsec_tee_name(result.tee));
	expect_member(line, "code", "OK");
	expect_member(line, "level", result.report.warning_count > 0 ? "warning" : "info");
	expect_member(line, "msg",
	              result.tee == LSEC_TEE_NONE ? "domain unchanged" : "domain rewritten");
	assert_int_equal(json_object_get_int(lsec_json_member(line, "changes")),
	                 result.report.change_count);
	assert_int_equal(lsec_json_count(lsec_json_member(line, "warnings")),
	                 result.report.warning_count);
	assert_true(json_object_get_double(lsec_json_member(line, "duration_ms")) > 0);
	json_object_put(line);
	lsec_vmi_clear(&read);
	lsec_result_clear(&result);
}

/* Every captured domain, for both TEEs and without, by every way in. */
static void test_define(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	cleanup_free char *snp = lsec_format(annotated_vmi, "sev-snp", "host-data", ZEROS_32);
	cleanup_free char *tdx = lsec_format(annotated_vmi, "tdx", "mr-owner", "base64:" ZEROS_48);
	const char *const vmis[] = {snp, tdx, "{\"metadata\":{}}"};
	for (size_t i = 0; i < COUNT(captures); i++) {
		size_t len = 0;
		cleanup_free char *path = lsec_format(CAPTURES "%s.domain.xml", captures[i]);
		cleanup_free char *domain = read_whole(path, &len);
		for (size_t j = 0; j < COUNT(vmis); j++) {
			bool other = (strcmp(captures[i], "native-tdx") == 0 && j == 0) ||
			             (strncmp(captures[i], "native-s", 8) == 0 && j == 1);
			for (size_t k = 0; !other && k < COUNT(define_paths); k++)
				expect_as_core(&stage, define_paths[k], domain, len, vmis[j]);
		}
	}
}

/* Cluster defaults count here, too. */
static void test_config(void **state)
{
	(void)state;
	STAGE stage;
	struct lsec_problems problems = {0};
	stage_open(&stage);
	assert_int_equal(lsec_config_set_default(&stage.config, "cluster", "sev-snp.firmware",
	                                         "/a/b.fd", &problems),
	                 0);
	cleanup_free char *vmi = lsec_format(annotated_vmi, "sev-snp", "vcek", "yes");
	expect_as_core(&stage, MUTATE, PLAIN, strlen(PLAIN), vmi);
	expect_contains(stage.answer.message.bytes, "/a/b.fd");
}

/* One line a request: who, what, how long; the reasons of changes with debug only. */
static void test_log_line(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	cleanup_free char *vmi = lsec_format(annotated_vmi, "sev-snp", "host-data", ZEROS_32);
	for (size_t i = 0; i < COUNT(define_paths); i++) {
		bool is_plugin = is_of_plugin(define_paths[i]);
		stage.log.least = i % 2 == 0 ? LSEC_INFO : LSEC_DEBUG;
		define(&stage, define_paths[i], lsec_protobuf_text(PLAIN), lsec_protobuf_text(vmi));
		struct json_object *line = line_of(&stage);
		expect_member(line, "component", "launchsec");
		cleanup_free char *method =
			lsec_format("%.8s OnDefineDomain", define_paths[i] + 16);
		expect_member(line, "method",
		              is_plugin ? strrchr(define_paths[i], '/') + 1 : method);
		expect_member(line, "context", is_plugin ? "Boot" : NULL);
		expect_member(line, "namespace", "s");
		expect_member(line, "name", "n");
		expect_member(line, "uid", "u");
		expect_member(line, "tee", "sev-snp");
		expect_member(line, "errors", NULL);
		const struct json_object *changed = lsec_json_member(line, "changed");
		if (stage.log.least == LSEC_DEBUG)
			assert_int_equal(lsec_json_count(changed),
			                 json_object_get_int(lsec_json_member(line, "changes")));
		else
			assert_null(changed);
		/* Nothing of the domain or of a value, not even there. */
		expect_lacks(stage.logged, ZEROS_32);
		expect_lacks(stage.logged, "OVMF");
		expect_lacks(stage.logged, "<");
		json_object_put(line);
	}
}

/* Names from outside cannot forge a line of the log, nor fill it. */
static void test_log_names(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	stage.log.json = false;
	cleanup_free char *long_name = repeat('x', 500);
	cleanup_free char *vmi = lsec_format(
		"{\"metadata\":{\"name\":\"a\\nlaunchsec: error: b\",\"namespace\":\"%s\",\"uid\":\"\\u001b[2J\"}}",
		long_name);
	define(&stage, MUTATE, lsec_protobuf_text(PLAIN), lsec_protobuf_text(vmi));
	assert_int_equal(stage.answer.code, LSEC_RPC_OK);
	expect_contains(stage.logged, "name=\"a\\x0alaunchsec: error: b\"");
	expect_contains(stage.logged, "uid=\"\\x1b[2J\"");
	expect_contains(stage.logged, "namespace=\"xxxx");
	assert_ptr_equal(strchr(stage.logged, '\n') + 1, stage.logged + strlen(stage.logged));
	assert_true(strlen(stage.logged) < 600);
	/* The same of what the plugin's caller says. */
	mutate_request request = KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__MUTATE_DOMAIN_REQUEST__INIT;
	sidecar_context context = KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__SIDECAR_CONTEXT__INIT;
	context.invocation_context = lsec_protobuf_text("Boot\nforged");
	request.domain_type = lsec_protobuf_text("libvirt");
	request.domain = lsec_protobuf_text(PLAIN);
	request.vmi = lsec_protobuf_text("{\"metadata\":{}}");
	request.sidecar_context = &context;
	call_with(&stage, MUTATE, &request.base);
	expect_contains(stage.logged, "context=\"Boot\\x0aforged\"");
	context.invocation_context = lsec_protobuf_bytes("Boot\0", 5);
	call_with(&stage, MUTATE, &request.base);
	expect_contains(stage.logged, "context=\"Boot\\x00\"");
	context.invocation_context = lsec_protobuf_text("MigrationTarget");
	call_with(&stage, MUTATE, &request.base);
	expect_contains(stage.logged, "context=MigrationTarget ");
	request.domain_type = lsec_protobuf_text("x\nforged");
	call_with(&stage, MUTATE, &request.base);
	expect_contains(stage.logged, "got \"x\\x0aforged\"");
}

/* All problems at once, as the command line says them, and no domain. */
static void test_refused(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	cleanup_free char *vmi = lsec_format(annotated_vmi, "sev-snp", "polcy", "secret");
	for (size_t i = 0; i < COUNT(define_paths); i++) {
		define(&stage, define_paths[i],
		       lsec_protobuf_text(
			       "<domain type='qemu'><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"),
		       lsec_protobuf_text(vmi));
		expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT, "unknown key");
		assert_memory_equal(stage.answer.text.bytes, LSEC_ERROR_LINE,
		                    strlen(LSEC_ERROR_LINE));
		expect_contains(stage.answer.text.bytes, "\n" LSEC_ERROR_LINE "/domain/@type: ");
		struct json_object *line = line_of(&stage);
		expect_member(line, "level", "error");
		expect_member(line, "msg", "request refused");
		expect_member(line, "code", "INVALID_ARGUMENT");
		expect_member(line, "name", "n");
		expect_member(line, "tee", NULL);
		assert_int_equal(lsec_json_count(lsec_json_member(line, "errors")), 2);
		expect_lacks(stage.logged, "secret");
		json_object_put(line);
	}
}

/* The field that is at fault is named as the protocol has it. */
static void test_places(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(define_paths); i++) {
		bool is_plugin = is_of_plugin(define_paths[i]);
		cleanup_free char *vmi = lsec_format(annotated_vmi, "sev-snp", "vcek", "yes");
		define(&stage, define_paths[i], lsec_protobuf_text("<domain"),
		       lsec_protobuf_text(vmi));
		expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT,
		               is_plugin ? LSEC_ERROR_LINE "domain:1:"
		                         : LSEC_ERROR_LINE "domainXML:1:");
		define(&stage, define_paths[i], lsec_protobuf_text(PLAIN),
		       lsec_protobuf_text("{\"a\":"));
		expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT, LSEC_ERROR_LINE "vmi");
		define(&stage, define_paths[i], lsec_protobuf_text(PLAIN), lsec_protobuf_text(""));
		expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT, LSEC_ERROR_LINE "vmi");
		/* An empty message is one without a domain. */
		call(&stage, define_paths[i], "", 0);
		expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT,
		               is_plugin ? "domain_type: must be libvirt" : LSEC_ERROR_LINE);
	}
}

/* A domain of so many bytes, most of them in comments; to be freed. */
static char *domain_of(size_t len)
{
	static const char end[] = "</domain>";
	struct lsec_buffer ret = {0};
	char *comment = repeat('x', 1000);
	lsec_buffer_add(&ret, PLAIN, strlen(PLAIN) - strlen(end));
	while (ret.len + 2000 < len)
		lsec_buffer_format(&ret, "<!-- %s -->\n", comment);
	free(comment);
	while (ret.len + strlen(end) < len)
		lsec_buffer_text(&ret, " ");
	lsec_buffer_text(&ret, end);
	return lsec_buffer_take(&ret);
}

/* A document past its limit has a code of its own. */
static void test_too_large(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	cleanup_free char *largest = domain_of(LSEC_MAX_DOCUMENT);
	cleanup_free char *larger = domain_of(LSEC_MAX_DOCUMENT + 1);
	cleanup_free char *vmi = lsec_format(annotated_vmi, "sev-snp", "vcek", "yes");
	for (size_t i = 0; i < COUNT(define_paths); i++) {
		define(&stage, define_paths[i], lsec_protobuf_text(larger),
		       lsec_protobuf_text(vmi));
		expect_refusal(&stage, LSEC_RPC_RESOURCE_EXHAUSTED, "16777216");
		struct json_object *line = line_of(&stage);
		expect_member(line, "code", "RESOURCE_EXHAUSTED");
		json_object_put(line);
	}
	define(&stage, MUTATE, lsec_protobuf_text(largest), lsec_protobuf_text(vmi));
	assert_int_equal(stage.answer.code, LSEC_RPC_OK);
	cleanup_free char *long_vmi = repeat(' ', LSEC_MAX_VMI + 1);
	memcpy(long_vmi, vmi, strlen(vmi));
	define(&stage, MUTATE, lsec_protobuf_text(PLAIN),
	       lsec_protobuf_bytes(long_vmi, LSEC_MAX_VMI));
	assert_int_equal(stage.answer.code, LSEC_RPC_OK);
	define(&stage, MUTATE, lsec_protobuf_text(PLAIN), lsec_protobuf_text(long_vmi));
	expect_refusal(&stage, LSEC_RPC_RESOURCE_EXHAUSTED, "3145728 bytes (3 MiB)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_define),    cmocka_unit_test(test_config),
		cmocka_unit_test(test_log_line),  cmocka_unit_test(test_log_names),
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_places),
		cmocka_unit_test(test_too_large),
	};
	lsec_memory_setup();
	return cmocka_run_group_tests_name("define", tests, NULL, NULL);
}
