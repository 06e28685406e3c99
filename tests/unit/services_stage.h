/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of services without a transport, and what must come back. */
#ifndef LAUNCHSEC_TESTS_SERVICES_STAGE_H
#define LAUNCHSEC_TESTS_SERVICES_STAGE_H

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/lines.h"
#include "callbacks_v1alpha3.pb-c.h"
#include "health.pb-c.h"
#include "info.pb-c.h"
#include "launchsec/memory.h"
#include "plugin.pb-c.h"
#include "services/protobuf.h"
#include "services/services.h"
#include "support.h"

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
static const char *const paths[] __attribute__((unused)) = {
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
static const char *const define_paths[] __attribute__((unused)) = {
	HOOK("v1alpha1", "OnDefineDomain"),
	HOOK("v1alpha2", "OnDefineDomain"),
	HOOK("v1alpha3", "OnDefineDomain"),
	MUTATE,
	DEFINITION,
};

static inline bool is_of_plugin(const char *path)
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

static inline void stage_open(struct stage *stage)
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

static inline void stage_close(struct stage *stage)
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
static inline void finish(struct lsec_rpc_answer *answer)
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

/* The same request, as the path's service has it. */
static inline const struct lsec_rpc_answer *
define(struct stage *stage, const char *path, ProtobufCBinaryData domain, ProtobufCBinaryData vmi)
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
static inline void *answered(const struct lsec_rpc_answer *answer,
                             const ProtobufCMessageDescriptor *type)
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

static inline void put(void *message)
{
	protobuf_c_message_free_unpacked(message, NULL);
}

/* The domain in the answer to define() must be this one. */
static inline void expect_domain(const struct stage *stage, const char *path, const char *domain,
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

static inline void expect_refusal(const struct stage *stage, enum lsec_rpc_code code,
                                  const char *text)
{
	assert_int_equal(stage->answer.code, code);
	assert_int_equal(stage->answer.message.len, 0);
	assert_non_null(stage->answer.text.bytes);
	assert_false(stage->answer.stop);
	expect_contains(stage->answer.text.bytes, text);
}

/* The one line that the last call wrote to the log; to be freed. */
static inline struct json_object *line_of(const struct stage *stage)
{
	const char *end = strchr(stage->logged, '\n');
	assert_non_null(end);
	assert_string_equal(end, "\n");
	struct json_object *line = json_tokener_parse(stage->logged);
	assert_non_null(line);
	return line;
}

static inline void expect_member(const struct json_object *line, const char *name,
                                 const char *value)
{
	const char *got = lsec_json_text(lsec_json_member(line, name));
	if (value == NULL) {
		assert_null(lsec_json_member(line, name));
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, value);
}

static const char annotated_vmi[] =
	"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"name\":\"n\",\"namespace\":\"s\",\"uid\":\"u\",\"annotations\":{\"" LSEC_PREFIX
	"type\":\"%s\",\"" LSEC_PREFIX
	"%s\":\"%s\"}},\"spec\":{\"domain\":{\"launchSecurity\":{\"snp\":{},\"tdx\":{}}}}}";

#endif
