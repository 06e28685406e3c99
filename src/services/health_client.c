/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the health check, and evaluates the answer. */
#include "health_client.h"

#include "health.pb-c.h"
#include "protobuf.h"
#include "transport/client.h"

typedef Grpc__Health__V1__HealthCheckResponse check_response;
#define SERVING GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
#define NOT_SERVING GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING

int lsec_health_ask(const char *socket, int32_t timeout, struct lsec_problems *problems)
{
	const struct lsec_quote quoted = lsec_quote(socket);
	const struct lsec_client_call call = {
		.socket = socket,
		.place = lsec_printable(socket) ? socket : quoted.text,
		.method = "/grpc.health.v1.Health/Check",
		.timeout = timeout,
	};
	cleanup_buffer struct lsec_buffer answer = {0};
	if (lsec_client_call(&call, &answer, problems) < 0)
		return -1;
	cleanup_message ProtobufCMessage *base = lsec_protobuf_unpack(
		&grpc__health__v1__health_check_response__descriptor, answer.bytes, answer.len);
	if (base == NULL)
		return lsec_problem_failed(
			problems, call.place,
			"the answer is not a HealthCheckResponse; name the socket of launchsec serve");
	const int status = (int)((const check_response *)base)->status;
	if (status != SERVING)
		return lsec_problem_failed(
			problems, call.place, "the server is %s (health status %d); see its log",
			status == NOT_SERVING ? "NOT_SERVING" : "not SERVING", status);
	return 0;
}
