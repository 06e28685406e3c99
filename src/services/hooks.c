/* SPDX-License-Identifier: Apache-2.0 */
/* Hook sidecars: what virt-launcher calls (KubeVirt pkg/hooks). */
#include "callbacks_v1alpha3.pb-c.h"
#include "define.h"
#include "info.pb-c.h"
#include "protobuf.h"

/*
 * v1alpha1 and v1alpha2 have fewer methods than v1alpha3, and the same messages by their bytes, so
 * its messages serve all three; a test compares the .proto files.
 */
typedef Kubevirt__Hooks__V1alpha3__OnDefineDomainParams define_params;
typedef Kubevirt__Hooks__V1alpha3__OnDefineDomainResult define_result;
typedef Kubevirt__Hooks__V1alpha3__PreCloudInitIsoParams iso_params;
typedef Kubevirt__Hooks__V1alpha3__PreCloudInitIsoResult iso_result;
typedef Kubevirt__Hooks__V1alpha3__ShutdownResult shutdown_result;
typedef Kubevirt__Hooks__Info__InfoResult info_result;
typedef Kubevirt__Hooks__Info__HookPoint hook_point;

static const char *const version_names[] = {"v1alpha1", "v1alpha2", "v1alpha3"};
_Static_assert(sizeof(version_names) / sizeof(version_names[0]) == LSEC_HOOK_VERSIONS,
               "a name a version");

const char *lsec_hook_version_name(size_t i)
{
	return version_names[i];
}

static void info(void *context, const char *message, size_t len, struct lsec_rpc_answer *ret)
{
	const struct lsec_services *services = context;
	cleanup_message ProtobufCMessage *asked = lsec_protobuf_read(
		&kubevirt__hooks__info__info_params__descriptor, message, len, services->log, ret);
	if (asked == NULL)
		return;
	info_result result = KUBEVIRT__HOOKS__INFO__INFO_RESULT__INIT;
	hook_point define = KUBEVIRT__HOOKS__INFO__HOOK_POINT__INIT;
	hook_point shutdown = KUBEVIRT__HOOKS__INFO__HOOK_POINT__INIT;
	hook_point *points[] = {&define, &shutdown};
	ProtobufCBinaryData versions[LSEC_HOOK_VERSIONS];
	define.name = lsec_protobuf_text("OnDefineDomain");
	define.priority = services->priority;
	shutdown.name = lsec_protobuf_text("Shutdown");
	result.name = lsec_protobuf_text(services->name);
	result.hookpoints = points;
	/* Without v1alpha3 Shutdown cannot be called, and KubeVirt would log an error. */
	result.n_hookpoints = (services->versions & LSEC_HOOK_V1ALPHA3) != 0 ? 2 : 1;
	result.versions = versions;
	for (size_t i = 0; i < LSEC_HOOK_VERSIONS; i++)
		if ((services->versions & 1U << i) != 0)
			versions[result.n_versions++] =
				lsec_protobuf_text(lsec_hook_version_name(i));
	lsec_protobuf_write(&result.base, ret);
	lsec_log_say(services->log, LSEC_INFO, "Info: reported name, hook points and versions");
}

static void define_domain(struct lsec_services *services, const char *method, const char *message,
                          size_t len, struct lsec_rpc_answer *ret)
{
	cleanup_message ProtobufCMessage *base =
		lsec_protobuf_read(&kubevirt__hooks__v1alpha3__on_define_domain_params__descriptor,
	                           message, len, services->log, ret);
	if (base == NULL)
		return;
	const define_params *params = (const define_params *)base;
	const struct lsec_define asked = {
		.method = method,
		.domain_name = "domainXML",
		.domain = (const char *)params->domainxml.data,
		.domain_len = params->domainxml.len,
		.vmi = (const char *)params->vmi.data,
		.vmi_len = params->vmi.len,
	};
	const struct lsec_result *made = lsec_define(services, &asked, ret);
	if (made == NULL)
		return;
	define_result result = KUBEVIRT__HOOKS__V1ALPHA3__ON_DEFINE_DOMAIN_RESULT__INIT;
	result.domainxml = lsec_protobuf_bytes(made->domain, made->domain_len);
	lsec_protobuf_write(&result.base, ret);
}

static void define_v1alpha1(void *context, const char *message, size_t len,
                            struct lsec_rpc_answer *ret)
{
	define_domain(context, "v1alpha1 OnDefineDomain", message, len, ret);
}

static void define_v1alpha2(void *context, const char *message, size_t len,
                            struct lsec_rpc_answer *ret)
{
	define_domain(context, "v1alpha2 OnDefineDomain", message, len, ret);
}

static void define_v1alpha3(void *context, const char *message, size_t len,
                            struct lsec_rpc_answer *ret)
{
	define_domain(context, "v1alpha3 OnDefineDomain", message, len, ret);
}

/* launchsec does not use this hook point, so Info does not list it; a caller gets its data back. */
static void pre_cloud_init_iso(void *context, const char *message, size_t len,
                               struct lsec_rpc_answer *ret)
{
	const struct lsec_services *services = context;
	cleanup_message ProtobufCMessage *base = lsec_protobuf_read(
		&kubevirt__hooks__v1alpha3__pre_cloud_init_iso_params__descriptor, message, len,
		services->log, ret);
	if (base == NULL)
		return;
	const iso_params *params = (const iso_params *)base;
	iso_result result = KUBEVIRT__HOOKS__V1ALPHA3__PRE_CLOUD_INIT_ISO_RESULT__INIT;
	result.cloudinitnocloudsource = params->cloudinitnocloudsource;
	result.cloudinitdata = params->cloudinitdata;
	lsec_protobuf_write(&result.base, ret);
}

static void shut_down(void *context, const char *message, size_t len, struct lsec_rpc_answer *ret)
{
	const struct lsec_services *services = context;
	cleanup_message ProtobufCMessage *asked =
		lsec_protobuf_read(&kubevirt__hooks__v1alpha3__shutdown_params__descriptor, message,
	                           len, services->log, ret);
	if (asked == NULL)
		return;
	shutdown_result result = KUBEVIRT__HOOKS__V1ALPHA3__SHUTDOWN_RESULT__INIT;
	lsec_protobuf_write(&result.base, ret);
	ret->stop = true;
	lsec_log_say(services->log, LSEC_INFO, "Shutdown: ending");
}

const struct lsec_rpc_method lsec_info_methods[] = {
	{"/kubevirt.hooks.info.Info/Info", info},
	{NULL, NULL},
};

const struct lsec_rpc_method lsec_callbacks_methods[] = {
	{"/kubevirt.hooks.v1alpha1.Callbacks/OnDefineDomain", define_v1alpha1},
	{"/kubevirt.hooks.v1alpha2.Callbacks/OnDefineDomain", define_v1alpha2},
	{"/kubevirt.hooks.v1alpha2.Callbacks/PreCloudInitIso", pre_cloud_init_iso},
	{"/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain", define_v1alpha3},
	{"/kubevirt.hooks.v1alpha3.Callbacks/PreCloudInitIso", pre_cloud_init_iso},
	{"/kubevirt.hooks.v1alpha3.Callbacks/Shutdown", shut_down},
	{NULL, NULL},
};
