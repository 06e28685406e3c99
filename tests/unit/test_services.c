/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/wait.h>

#include "services_stage.h"

/* Whether a field holds that text, told where it does not. */
static void expect_text(ProtobufCBinaryData field, const char *text)
{
	if (!lsec_protobuf_is(field, text))
		print_message("%.*s instead of %s\n", (int)field.len, field.data, text);
	assert_true(lsec_protobuf_is(field, text));
}

static void test_table(void **state)
{
	(void)state;
	STAGE stage;
	size_t rows = 0;
	stage_open(&stage);
	for (size_t i = 0; i < LSEC_SERVICES; i++) {
		assert_non_null(stage.table[i].methods);
		assert_ptr_equal(stage.table[i].context, &stage.services);
		for (size_t j = 0; stage.table[i].methods[j].path != NULL; j++)
			rows++;
	}
	assert_null(stage.table[LSEC_SERVICES].methods);
	assert_int_equal(rows, COUNT(paths));
	for (size_t i = 0; i < COUNT(paths); i++) {
		void *context = NULL;
		assert_non_null(find(stage.table, paths[i], &context)->handle);
	}
}

static void test_info(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	for (unsigned mask = 1; mask <= LSEC_HOOK_ALL_VERSIONS; mask++) {
		static const int32_t priorities[] = {0, 5, -1, INT32_MIN, INT32_MAX};
		info_params params = KUBEVIRT__HOOKS__INFO__INFO_PARAMS__INIT;
		size_t count = 0;
		stage.services.versions = mask;
		stage.services.priority = priorities[mask % COUNT(priorities)];
		stage.services.name = mask % 2 == 0 ? "launchsec" : "another name";
		info_result *result = answered(call_with(&stage, INFO, &params.base),
		                               &kubevirt__hooks__info__info_result__descriptor);
		expect_text(result->name, stage.services.name);
		for (size_t i = 0; i < LSEC_HOOK_VERSIONS; i++)
			if ((mask & 1U << i) != 0)
				expect_text(result->versions[count++], lsec_hook_version_name(i));
		assert_int_equal(result->n_versions, count);
		/* Shutdown is v1alpha3's. */
		assert_int_equal(result->n_hookpoints, (mask & LSEC_HOOK_V1ALPHA3) != 0 ? 2 : 1);
		expect_text(result->hookpoints[0]->name, "OnDefineDomain");
		assert_int_equal(result->hookpoints[0]->priority, stage.services.priority);
		if (result->n_hookpoints == 2) {
			expect_text(result->hookpoints[1]->name, "Shutdown");
			assert_int_equal(result->hookpoints[1]->priority, 0);
		}
		put(result);
		assert_false(stage.answer.stop);
		json_object_put(line_of(&stage));
	}
}

static void test_version_names(void **state)
{
	(void)state;
	static const char *const names[LSEC_HOOK_VERSIONS] = {"v1alpha1", "v1alpha2", "v1alpha3"};
	for (size_t i = 0; i < LSEC_HOOK_VERSIONS; i++)
		assert_string_equal(lsec_hook_version_name(i), names[i]);
	assert_int_equal(LSEC_HOOK_V1ALPHA1 | LSEC_HOOK_V1ALPHA2 | LSEC_HOOK_V1ALPHA3,
	                 LSEC_HOOK_ALL_VERSIONS);
}

/* What comes in goes out, in the fields that the protocol has for it. */
static void test_iso(void **state)
{
	(void)state;
	static const char *const versions[] = {HOOK("v1alpha2", "PreCloudInitIso"),
	                                       HOOK("v1alpha3", "PreCloudInitIso")};
	STAGE stage;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(versions); i++) {
		iso_params params = KUBEVIRT__HOOKS__V1ALPHA3__PRE_CLOUD_INIT_ISO_PARAMS__INIT;
		params.cloudinitnocloudsource = lsec_protobuf_text("{\"old\": 1}");
		params.vmi = lsec_protobuf_text("not even JSON");
		params.cloudinitdata = lsec_protobuf_bytes("a\0b\xff", 4);
		iso_result *result =
			answered(call_with(&stage, versions[i], &params.base),
		                 &kubevirt__hooks__v1alpha3__pre_cloud_init_iso_result__descriptor);
		assert_int_equal(result->cloudinitnocloudsource.len, 10);
		assert_memory_equal(result->cloudinitnocloudsource.data, "{\"old\": 1}", 10);
		assert_int_equal(result->cloudinitdata.len, 4);
		assert_memory_equal(result->cloudinitdata.data, "a\0b\xff", 4);
		put(result);
		put(answered(call(&stage, versions[i], "", 0),
		             &kubevirt__hooks__v1alpha3__pre_cloud_init_iso_result__descriptor));
		assert_int_equal(stage.answer.message.len, 0);
	}
}

static void test_shutdown(void **state)
{
	(void)state;
	STAGE stage;
	stage_open(&stage);
	const struct lsec_rpc_answer *answer = call(&stage, HOOK("v1alpha3", "Shutdown"), "", 0);
	assert_int_equal(answer->code, LSEC_RPC_OK);
	assert_int_equal(answer->message.len, 0);
	assert_true(answer->stop);
	json_object_put(line_of(&stage));
	/* Only that one ends the server, and only when it is understood. */
	for (size_t i = 0; i < COUNT(paths); i++) {
		bool shuts = strcmp(paths[i], HOOK("v1alpha3", "Shutdown")) == 0;
		assert_int_equal(call(&stage, paths[i], "", 0)->stop, shuts);
	}
	assert_false(call(&stage, HOOK("v1alpha3", "Shutdown"), "\xff", 1)->stop);
}

static void test_plugin(void **state)
{
	(void)state;
	static const char *const types[] = {"", "Libvirt", "libvirt ", "xen", "libvir", "libvirtd"};
	STAGE stage;
	stage_open(&stage);
	mutate_request request = KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__MUTATE_DOMAIN_REQUEST__INIT;
	request.domain = lsec_protobuf_text(PLAIN);
	request.vmi = lsec_protobuf_text("{\"metadata\":{}}");
	for (size_t i = 0; i < COUNT(types); i++) {
		request.domain_type = lsec_protobuf_text(types[i]);
		call_with(&stage, MUTATE, &request.base);
		cleanup_free char *text = lsec_format(
			LSEC_ERROR_LINE
			"domain_type: must be libvirt, the only domain type that launchsec supports, got \"%s\"",
			types[i]);
		expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT, text);
		struct json_object *line = line_of(&stage);
		expect_member(line, "code", "INVALID_ARGUMENT");
		expect_member(line, "level", "error");
		json_object_put(line);
	}
	/* Nor is it, with something behind a NUL. */
	request.domain_type = lsec_protobuf_bytes("libvirt\0x", 9);
	call_with(&stage, MUTATE, &request.base);
	expect_refusal(
		&stage, LSEC_RPC_INVALID_ARGUMENT,
		"must be libvirt, the only domain type that launchsec supports, got \"libvirt\\x00x\"");
	/* It works without a context, which is then not in the log. */
	request.domain_type = lsec_protobuf_text("libvirt");
	call_with(&stage, MUTATE, &request.base);
	expect_domain(&stage, MUTATE, PLAIN, strlen(PLAIN));
	struct json_object *line = line_of(&stage);
	expect_member(line, "context", NULL);
	json_object_put(line);
}

static void test_health(void **state)
{
	(void)state;
	static const struct {
		const char *service;
		bool known;
	} cases[] = {
		{"", true},
		{"kubevirt.hooks.info.Info", true},
		{"kubevirt.hooks.v1alpha1.Callbacks", true},
		{"kubevirt.hooks.v1alpha2.Callbacks", true},
		{"kubevirt.hooks.v1alpha3.Callbacks", true},
		{"kubevirt.hooks.plugins.v1alpha1.DomainHookService", true},
		{"kubevirt.hooks.plugins.v1alpha1.LauncherHookService", true},
		{"grpc.health.v1.Health", true},
		{"kubevirt.hooks.v1alpha4.Callbacks", false},
		{"kubevirt.hooks.info.Inf", false},
		{"kubevirt.hooks.info.Info/", false},
		{"kubevirt.hooks.info.Info/Info", false},
		{"/kubevirt.hooks.info.Info", false},
		{"k", false},
		{"/", false},
		{"x\ny", false},
	};
	STAGE stage;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(cases); i++) {
		check_request request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
		request.service = lsec_protobuf_text(cases[i].service);
		call_with(&stage, CHECK, &request.base);
		if (!cases[i].known) {
			cleanup_free char *text = lsec_format("unknown service %s",
			                                      lsec_quote(cases[i].service).text);
			expect_refusal(&stage, LSEC_RPC_NOT_FOUND, text);
			continue;
		}
		check_response *response = answered(
			&stage.answer, &grpc__health__v1__health_check_response__descriptor);
		assert_int_equal(response->status,
		                 GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING);
		put(response);
		assert_string_equal(stage.logged, ""); /* probes come often */
	}
	check_request request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	request.service = lsec_protobuf_bytes("grpc.health.v1.Health\0", 22);
	call_with(&stage, CHECK, &request.base);
	expect_refusal(&stage, LSEC_RPC_NOT_FOUND,
	               "unknown service \"grpc.health.v1.Health\\x00\"");
}

/* Bytes that are no message are told, by every method, and nothing else happens. */
static void test_garbage(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{"\xff", 1},
		{"\x0a", 1}, /* field 1, and no length */
		{"\x0a\x05"
	         "abc",
	         5}, /* shorter than it says */
		{"\x0a\xff\xff\xff\xff\x0f", 6},
		{"\x07", 1},      /* a wire type that there is not */
		{"\x02\x01x", 3}, /* field 0 */
		{"<domain type='kvm'/>", 20},
		{"{\"vmi\":{}}", 10},
	};
	STAGE stage;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(paths); i++)
		for (size_t j = 0; j < COUNT(cases); j++) {
			call(&stage, paths[i], cases[j].bytes, cases[j].len);
			cleanup_free char *text = lsec_format(
				LSEC_ERROR_LINE "request: %zu bytes are not a protobuf message ",
				cases[j].len);
			expect_refusal(&stage, LSEC_RPC_INVALID_ARGUMENT, text);
			struct json_object *line = line_of(&stage);
			expect_member(line, "level", "error");
			expect_member(line, "code", "INVALID_ARGUMENT");
			expect_member(line, "msg",
			              stage.answer.text.bytes + strlen(LSEC_ERROR_LINE));
			json_object_put(line);
		}
}

/* Fields that a later KubeVirt may add do no harm, nor does a repeated one. */
static void test_unknown_fields(void **state)
{
	(void)state;
	STAGE stage;
	cleanup_buffer struct lsec_buffer bytes = {0};
	stage_open(&stage);
	for (char i = 0; i < 100; i++) {
		const char field[] = {(char)0xa2, 0x06, 0x01, i}; /* field 100: one byte */
		lsec_buffer_add(&bytes, field, sizeof(field));
	}
	for (size_t i = 0; i < COUNT(paths); i++) {
		call(&stage, paths[i], bytes.bytes, bytes.len);
		/* Without a domain, or the point of a node hook, there is nothing to do. */
		bool wants_more = strstr(paths[i], "Domain") != NULL || strstr(paths[i], "Node") ||
		                  is_of_plugin(paths[i]);
		assert_int_equal(stage.answer.code,
		                 wants_more ? LSEC_RPC_INVALID_ARGUMENT : LSEC_RPC_OK);
		expect_lacks(stage.logged, "no protobuf");
	}
	/* The last of a field that comes twice counts (protobuf.dev, "Last One Wins"). */
	cleanup_buffer struct lsec_buffer twice = {0};
	lsec_buffer_add(&twice, "\x0a\x01y\x0a\x01x", 6);
	call(&stage, HOOK("v1alpha3", "PreCloudInitIso"), twice.bytes, twice.len);
	assert_int_equal(stage.answer.message.len, 3);
	assert_memory_equal(stage.answer.message.bytes, "\x0a\x01x", 3);
}

static size_t status_kb(const char *name)
{
	char line[256];
	size_t kb = 0;
	FILE *file = fopen("/proc/self/status", "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtoul(line + strlen(name), NULL, 10);
	if (file != NULL)
		fclose(file);
	return kb;
}

/* A message of nothing but empty unknown fields costs no more than it is long. */
static bool bomb_is_cheap(struct stage *stage, const char *path, const char *bytes, size_t len)
{
	void *context = NULL;
	const struct lsec_rpc_method *method = find(stage->table, path, &context);
	size_t before = status_kb("VmRSS:");
	method->handle(context, bytes, len, &stage->answer);
	size_t after = status_kb("VmHWM:");
	bool cheap = before > 0 && after - before < len / 1024 + 2048;
	if (!cheap)
		print_message("%s: %zu KiB before, %zu at most\n", path, before, after);
	return cheap && stage->answer.code == LSEC_RPC_INVALID_ARGUMENT;
}

static void test_bomb(void **state)
{
	(void)state;
	enum { FIELDS = 1000000 };
	STAGE stage;
	char *bytes = malloc(4 * FIELDS);
	stage_open(&stage);
	for (size_t i = 0; i < FIELDS; i++)
		memcpy(bytes + 4 * i, "\xa2\x06\x01x", 4);
	for (size_t i = 0; i < COUNT(paths); i++) {
		fflush(NULL);
		pid_t child = fork(); /* whose peak of memory is its own */
		if (child == 0)
			_exit(bomb_is_cheap(&stage, paths[i], bytes, 4 * FIELDS) ? 0 : 1);
		int status = -1;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),          cmocka_unit_test(test_info),
		cmocka_unit_test(test_version_names),  cmocka_unit_test(test_iso),
		cmocka_unit_test(test_shutdown),       cmocka_unit_test(test_plugin),
		cmocka_unit_test(test_health),         cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_unknown_fields), cmocka_unit_test(test_bomb),
	};
	lsec_memory_setup();
	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
