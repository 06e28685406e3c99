/* SPDX-License-Identifier: Apache-2.0 */
/* KubeVirt's Plugin API (KubeVirt pkg/hooks/plugins/v1alpha1). */
#include <string.h>

#include "define.h"
#include "plugin.pb-c.h"
#include "protobuf.h"

typedef Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainRequest mutate_request;
typedef Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainResponse mutate_response;

/* When the hook is called, for the log. */
static struct lsec_quote occasion_of(const mutate_request *request)
{
	static const char *const known[] = {"Boot", "MigrationSource", "MigrationTarget"};
	struct lsec_quote occasion = {0};
	if (request->sidecar_context == NULL)
		return occasion;
	const ProtobufCBinaryData context = request->sidecar_context->invocation_context;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!lsec_protobuf_is(context, known[i]))
			continue;
		memcpy(occasion.text, known[i], strlen(known[i]));
		return occasion;
	}
	return context.len == 0 ? occasion
	                        : lsec_quote_bytes((const char *)context.data, context.len);
}

static void mutate(struct lsec_services *services, const char *method, const char *message,
                   size_t len, struct lsec_rpc_answer *ret)
{
	cleanup_message ProtobufCMessage *base = lsec_protobuf_read(
		&kubevirt__hooks__plugins__v1alpha1__mutate_domain_request__descriptor, message,
		len, services->log, ret);
	if (base == NULL)
		return;
	const mutate_request *request = (const mutate_request *)base;
	if (!lsec_protobuf_is(request->domain_type, "libvirt")) {
		lsec_protobuf_refuse(
			ret, services->log, "domain_type",
			"must be libvirt, the only domain type that launchsec supports, got %s",
			lsec_quote_bytes((const char *)request->domain_type.data,
		                         request->domain_type.len)
				.text);
		return;
	}
	const struct lsec_define asked = {
		.method = method,
		.occasion = occasion_of(request),
		.domain_name = "domain",
		.domain = (const char *)request->domain.data,
		.domain_len = request->domain.len,
		.vmi = (const char *)request->vmi.data,
		.vmi_len = request->vmi.len,
	};
	const struct lsec_result *made = lsec_define(services, &asked, ret);
	if (made == NULL)
		return;
	mutate_response response = KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__MUTATE_DOMAIN_RESPONSE__INIT;
	response.domain = lsec_protobuf_bytes(made->domain, made->domain_len);
	lsec_protobuf_write(&response.base, ret);
}

static void mutate_domain(void *context, const char *message, size_t len,
                          struct lsec_rpc_answer *ret)
{
	mutate(context, "MutateDomain", message, len, ret);
}

/* A fault in what is assumed of its messages refuses the VM. */
static void guest_definition(void *context, const char *message, size_t len,
                             struct lsec_rpc_answer *ret)
{
	mutate(context, "GuestDefinition", message, len, ret);
}

const struct lsec_rpc_method lsec_plugin_methods[] = {
	{"/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain", mutate_domain},
	{"/kubevirt.hooks.plugins.v1alpha1.LauncherHookService/GuestDefinition", guest_definition},
	{NULL, NULL},
};
