/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC's health check (grpc doc/health-checking.md), for probes. A server that answers is serving:
 * it has no part that could fail by itself. */
#include <string.h>

#include "health.pb-c.h"
#include "protobuf.h"
#include "services.h"

typedef Grpc__Health__V1__HealthCheckRequest check_request;
typedef Grpc__Health__V1__HealthCheckResponse check_response;

/* Whether a method of "package.Service" is in a table. */
static bool has_service(const struct lsec_rpc_method *methods, ProtobufCBinaryData service)
{
	for (; methods->path != NULL; methods++) {
		const char *name = methods->path + 1;
		size_t len = (size_t)(strrchr(name, '/') - name);
		if (service.len == len && memcmp(name, service.data, len) == 0)
			return true;
	}
	return false;
}

static bool is_served(ProtobufCBinaryData service)
{
	struct lsec_rpc_service table[LSEC_SERVICES + 1];
	lsec_services_table(NULL, table);
	for (size_t i = 0; table[i].methods != NULL; i++)
		if (has_service(table[i].methods, service))
			return true;
	return service.len == 0;
}

static void check(void *context, const char *message, size_t len, struct lsec_rpc_answer *ret)
{
	const struct lsec_services *services = context;
	cleanup_message ProtobufCMessage *base =
		lsec_protobuf_read(&grpc__health__v1__health_check_request__descriptor, message,
	                           len, services->log, ret);
	if (base == NULL)
		return;
	const check_request *request = (const check_request *)base;
	if (!is_served(request->service)) {
		ret->code = LSEC_RPC_NOT_FOUND;
		lsec_buffer_format(
			&ret->text, "unknown service %s",
			lsec_quote_bytes((const char *)request->service.data, request->service.len)
				.text);
		return;
	}
	check_response response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	response.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
	lsec_protobuf_write(&response.base, ret);
}

const struct lsec_rpc_method lsec_health_methods[] = {
	{"/grpc.health.v1.Health/Check", check},
	{NULL, NULL},
};
