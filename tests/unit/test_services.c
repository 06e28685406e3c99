/* SPDX-License-Identifier: Apache-2.0 */
#include "services/services.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/lines.h"
#include "callbacks_v1alpha3.pb-c.h"
#include "health.pb-c.h"
#include "info.pb-c.h"
#include "launchsec/memory.h"
#include "plugin.pb-c.h"
#include "services/protobuf.h"
#include "support.h"

#define PROTOS "src/services/proto/"
#define INFO "/kubevirt.hooks.info.Info/Info"
#define HOOK(version, method) "/kubevirt.hooks." version ".Callbacks/" method
#define MUTATE "/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain"
#define DEFINITION "/kubevirt.hooks.plugins.v1alpha1.LauncherHookService/GuestDefinition"
#define NODE "/kubevirt.hooks.plugins.v1alpha1.NodeHookService/ExecuteNodeHook"
#define CHECK "/grpc.health.v1.Health/Check"

typedef Kubevirt__Hooks__Info__InfoParams info_params;
typedef Kubevirt__Hooks__Info__InfoResult info_result;
typedef Kubevirt__Hooks__V1alpha3__OnDefineDomainParams define_params;
typedef Kubevirt__Hooks__V1alpha3__OnDefineDomainResult define_result;
typedef Kubevirt__Hooks__V1alpha3__PreCloudInitIsoParams iso_params;
typedef Kubevirt__Hooks__V1alpha3__PreCloudInitIsoResult iso_result;
typedef Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainRequest mutate_request;
typedef Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainResponse mutate_response;
typedef Kubevirt__Hooks__Plugins__V1alpha1__SidecarContext sidecar_context;
typedef Grpc__Health__V1__HealthCheckRequest check_request;
typedef Grpc__Health__V1__HealthCheckResponse check_response;

/* The paths that callers know; each is in the table once. */
static const char *const paths[] = {
	INFO,
	HOOK("v1alpha1", "OnDefineDomain"),
	HOOK("v1alpha2", "OnDefineDomain"),
	HOOK("v1alpha3", "OnDefineDomain"),
	HOOK("v1alpha2", "PreCloudInitIso"),
	HOOK("v1alpha3", "PreCloudInitIso"),
	HOOK("v1alpha3", "Shutdown"),
	MUTATE,
	DEFINITION,
	NODE,
	CHECK,
};

/* Those that take a domain; the last two are the plugin's. */
static const char *const define_paths[] = {
	HOOK("v1alpha1", "OnDefineDomain"),
	HOOK("v1alpha2", "OnDefineDomain"),
	HOOK("v1alpha3", "OnDefineDomain"),
	MUTATE,
	DEFINITION,
};

static bool is_of_plugin(const char *path)
{
	return strcmp(path, MUTATE) == 0 || strcmp(path, DEFINITION) == 0;
}

/* Services with a log to read, and the answer to the last call. */
struct stage {
	struct lsec_config config;
	struct lsec_host host;
	struct lsec_log log;
	struct lsec_services services;
	struct lsec_rpc_service table[LSEC_SERVICES + 1];
	struct lsec_rpc_answer answer;
	char *logged; /* what the last call wrote */
};

static void stage_open(struct stage *stage)
{
	FILE *file = tmpfile();
	assert_non_null(file);
	*stage = (struct stage){0};
	lsec_host_decode(SNP_EAX, SNP_EBX, &stage->host);
	stage->log = (struct lsec_log){.fd = dup(fileno(file)), .json = true, .least = LSEC_INFO};
	fclose(file);
	stage->services = (struct lsec_services){
		.config = &stage->config,
		.host = &stage->host,
		.name = "launchsec",
		.versions = LSEC_HOOK_ALL_VERSIONS,
		.log = &stage->log,
	};
	lsec_services_table(&stage->services, stage->table);
}

static void stage_close(struct stage *stage)
{
	close(stage->log.fd);
	lsec_log_clear(&stage->log);
	free(stage->logged);
	lsec_config_clear(&stage->config);
	lsec_rpc_answer_clear(&stage->answer);
}
#define STAGE LSEC_CLEANUP(stage_close) struct stage

static const struct lsec_rpc_method *find(const struct lsec_rpc_service *table, const char *path,
                                          void **ret_context)
{
	for (; table->methods != NULL; table++)
		for (const struct lsec_rpc_method *row = table->methods; row->path != NULL; row++)
			if (strcmp(row->path, path) == 0) {
				*ret_context = table->context;
				return row;
			}
	print_message("no method %s\n", path);
	fail();
	return NULL;
}

/* Does what the transport does once the client has its answer. */
static void finish(struct lsec_rpc_answer *answer)
{
	if (answer->later != NULL)
		answer->later->run(answer->later);
	answer->later = NULL;
}

/* Calls a method with the bytes of a message. What the log got is kept. */
static const struct lsec_rpc_answer *call(struct stage *stage, const char *path, const char *bytes,
                                          size_t len)
{
	void *context = NULL;
	const struct lsec_rpc_method *method = find(stage->table, path, &context);
	assert_int_equal(ftruncate(stage->log.fd, 0), 0);
	assert_int_equal(lseek(stage->log.fd, 0, SEEK_SET), 0);
	lsec_rpc_answer_clear(&stage->answer);
	stage->answer = (struct lsec_rpc_answer){0};
	method->handle(context, bytes, len, &stage->answer);
	finish(&stage->answer);
	off_t size = lseek(stage->log.fd, 0, SEEK_CUR);
	free(stage->logged);
	stage->logged = calloc(1, (size_t)size + 1);
	assert_int_equal(pread(stage->log.fd, stage->logged, (size_t)size, 0), size);
	return &stage->answer;
}

static const struct lsec_rpc_answer *call_with(struct stage *stage, const char *path,
                                               const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = malloc(len + 1);
	assert_non_null(bytes);
	assert_int_equal(protobuf_c_message_pack(message, bytes), len);
	const struct lsec_rpc_answer *answer = call(stage, path, (const char *)bytes, len);
	free(bytes);
	return answer;
}

/* Whether a field holds that text, told where it does not. */
static void expect_text(ProtobufCBinaryData field, const char *text)
{
	if (!lsec_protobuf_is(field, text))
		print_message("%.*s instead of %s\n", (int)field.len, field.data, text);
	assert_true(lsec_protobuf_is(field, text));
}

/* The same request, as the path's service has it. */
static const struct lsec_rpc_answer *define(struct stage *stage, const char *path,
                                            ProtobufCBinaryData domain, ProtobufCBinaryData vmi)
{
	if (!is_of_plugin(path)) {
		define_params params = KUBEVIRT__HOOKS__V1ALPHA3__ON_DEFINE_DOMAIN_PARAMS__INIT;
		params.domainxml = domain;
		params.vmi = vmi;
		return call_with(stage, path, &params.base);
	}
	mutate_request request = KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__MUTATE_DOMAIN_REQUEST__INIT;
	sidecar_context boot = KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__SIDECAR_CONTEXT__INIT;
	boot.invocation_context = lsec_protobuf_text("Boot");
	request.domain_type = lsec_protobuf_text("libvirt");
	request.domain = domain;
	request.vmi = vmi;
	request.sidecar_context = &boot;
	return call_with(stage, path, &request.base);
}

/* The answer must be OK and a message of that type; to be freed with put(). */
static void *answered(const struct lsec_rpc_answer *answer, const ProtobufCMessageDescriptor *type)
{
	if (answer->code != LSEC_RPC_OK)
		print_message("%s: %s\n", lsec_rpc_code_name(answer->code), answer->text.bytes);
	assert_int_equal(answer->code, LSEC_RPC_OK);
	assert_int_equal(answer->text.len, 0);
	ProtobufCMessage *message = protobuf_c_message_unpack(
		type, NULL, answer->message.len, (const uint8_t *)answer->message.bytes);
	assert_non_null(message);
	assert_int_equal(message->n_unknown_fields, 0);
	return message;
}

static void put(void *message)
{
	protobuf_c_message_free_unpacked(message, NULL);
}

/* The domain in the answer to define() must be this one. */
static void expect_domain(const struct stage *stage, const char *path, const char *domain,
                          size_t len)
{
	ProtobufCBinaryData got;
	void *message = NULL;
	if (is_of_plugin(path)) {
		mutate_response *response = answered(
			&stage->answer,
			&kubevirt__hooks__plugins__v1alpha1__mutate_domain_response__descriptor);
		got = response->domain;
		message = response;
	} else {
		define_result *result =
			answered(&stage->answer,
		                 &kubevirt__hooks__v1alpha3__on_define_domain_result__descriptor);
		got = result->domainxml;
		message = result;
	}
	assert_int_equal(got.len, len);
	assert_memory_equal(got.data, domain, len);
	put(message);
}

static void expect_refusal(const struct stage *stage, enum lsec_rpc_code code, const char *text)
{
	assert_int_equal(stage->answer.code, code);
	assert_int_equal(stage->answer.message.len, 0);
	assert_non_null(stage->answer.text.bytes);
	assert_false(stage->answer.stop);
	expect_contains(stage->answer.text.bytes, text);
}

/* The one line that the last call wrote to the log; to be freed. */
static struct json_object *line_of(const struct stage *stage)
{
	const char *end = strchr(stage->logged, '\n');
	assert_non_null(end);
	assert_string_equal(end, "\n");
	struct json_object *line = json_tokener_parse(stage->logged);
	assert_non_null(line);
	return line;
}

static void expect_member(const struct json_object *line, const char *name, const char *value)
{
	const char *got = lsec_json_text(lsec_json_member(line, name));
	if (value == NULL) {
		assert_null(lsec_json_member(line, name));
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, value);
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

static const char annotated_vmi[] =
	"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"name\":\"n\",\"namespace\":\"s\",\"uid\":\"u\",\"annotations\":{\"" LSEC_PREFIX
	"type\":\"%s\",\"" LSEC_PREFIX
	"%s\":\"%s\"}},\"spec\":{\"domain\":{\"launchSecurity\":{\"snp\":{},\"tdx\":{}}}}}";

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

/* The .proto files of the three versions: v1alpha3's messages serve all. */

/* A copy of a .proto file without comments, and with single blanks. */
static char *squeezed_proto(const char *name)
{
	cleanup_free char *path = lsec_format(PROTOS "%s.proto", name);
	char *text = read_whole(path, NULL);
	char *to = text;
	for (const char *from = text; *from != '\0'; from++) {
		if (from[0] == '/' && from[1] == '/')
			from += strcspn(from, "\n");
		bool blank = *from == ' ' || *from == '\n' || *from == '\t';
		if (!blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
	return text;
}

/* "message NAME { ... }" or NULL; to be freed. None of them nests. */
static char *message_block(const char *proto, const char *name)
{
	cleanup_free char *head = lsec_format("message %s {", name);
	const char *start = strstr(proto, head);
	return start == NULL ? NULL : strndup(start, strcspn(start, "}") + 1);
}

/* Whether all of the version's messages are v1alpha3's, word for word. */
static size_t compare_messages(const char *old_proto, const char *new_proto)
{
	size_t count = 0;
	for (const char *at = old_proto; (at = strstr(at, "message ")) != NULL; at++) {
		cleanup_free char *name = strndup(at + 8, strcspn(at + 8, " {"));
		cleanup_free char *old_block = message_block(old_proto, name);
		cleanup_free char *new_block = message_block(new_proto, name);
		assert_non_null(old_block);
		assert_non_null(new_block);
		assert_string_equal(old_block, new_block);
		count++;
	}
	return count;
}

static void test_protos(void **state)
{
	(void)state;
	cleanup_free char *first = squeezed_proto("callbacks_v1alpha1");
	cleanup_free char *second = squeezed_proto("callbacks_v1alpha2");
	cleanup_free char *third = squeezed_proto("callbacks_v1alpha3");
	assert_int_equal(compare_messages(first, third), 2);
	assert_int_equal(compare_messages(second, third), 4);
	assert_int_equal(compare_messages(third, third), 6);
	/* And they are what KubeVirt sends. */
	cleanup_free char *params = message_block(third, "OnDefineDomainParams");
	assert_string_equal(params,
	                    "message OnDefineDomainParams { bytes domainXML = 1; bytes vmi = 2; }");
	cleanup_free char *iso = message_block(third, "PreCloudInitIsoResult");
	assert_string_equal(
		iso,
		"message PreCloudInitIsoResult { bytes cloudInitNoCloudSource = 1; bytes cloudInitData = 3; }");
}

/* Every method that a .proto file has is in the table, and the other way. */
static void test_proto_methods(void **state)
{
	(void)state;
	static const char *const names[] = {"info",   "callbacks_v1alpha1", "callbacks_v1alpha2",
	                                    "plugin", "callbacks_v1alpha3", "health"};
	STAGE stage;
	size_t count = 0;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(names); i++) {
		cleanup_free char *proto = squeezed_proto(names[i]);
		const char *package = strstr(proto, "package ");
		const char *service = strstr(proto, "service ");
		assert_true(package != NULL && service != NULL);
		for (const char *rpc = proto; (rpc = strstr(rpc, "rpc ")) != NULL; rpc++) {
			void *context = NULL;
			/* The service that it stands in, the last one before it. */
			const char *next = strstr(service + 1, "service ");
			if (next != NULL && next < rpc)
				service = next;
			cleanup_free char *path =
				lsec_format("/%.*s.%.*s/%.*s", (int)strcspn(package + 8, ";"),
			                    package + 8, (int)strcspn(service + 8, " "),
			                    service + 8, (int)strcspn(rpc + 4, "("), rpc + 4);
			assert_non_null(find(stage.table, path, &context));
			count++;
		}
	}
	assert_int_equal(count, COUNT(paths));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),         cmocka_unit_test(test_info),
		cmocka_unit_test(test_version_names), cmocka_unit_test(test_define),
		cmocka_unit_test(test_config),        cmocka_unit_test(test_log_line),
		cmocka_unit_test(test_log_names),     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_places),        cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_iso),           cmocka_unit_test(test_shutdown),
		cmocka_unit_test(test_plugin),        cmocka_unit_test(test_health),
		cmocka_unit_test(test_garbage),       cmocka_unit_test(test_unknown_fields),
		cmocka_unit_test(test_bomb),          cmocka_unit_test(test_protos),
		cmocka_unit_test(test_proto_methods),
	};
	lsec_memory_setup();
	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
