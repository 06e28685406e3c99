/* SPDX-License-Identifier: Apache-2.0 */
#include "answers.h"

#include "callbacks_v1alpha3.pb-c.h"
#include "info.pb-c.h"
#include "plugin.pb-c.h"

const struct answer_to answer_methods[ANSWER_METHODS] = {
	{"/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain", DEFINE},
	{"/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain", MUTATE},
	{"/kubevirt.hooks.v1alpha1.Callbacks/OnDefineDomain", DEFINE},
	{"/kubevirt.hooks.v1alpha2.Callbacks/OnDefineDomain", DEFINE},
	{"/kubevirt.hooks.v1alpha3.Callbacks/PreCloudInitIso", ISO},
	{"/kubevirt.hooks.v1alpha2.Callbacks/PreCloudInitIso", ISO},
	{"/kubevirt.hooks.info.Info/Info", INFO},
	{"/grpc.health.v1.Health/Check", HEALTH},
	{"/kubevirt.hooks.v1alpha3.Callbacks/Shutdown", SHUTDOWN},
	{"/kubevirt.hooks.v1alpha1.Callbacks/Shutdown", UNKNOWN},
	{"/kubevirt.hooks.plugins.v1alpha1.LauncherHookService/GuestDefinition", MUTATE},
	{"/kubevirt.hooks.plugins.v1alpha1.NodeHookService/ExecuteNodeHook", NODE},
};

struct server {
	const struct lsec_host *host;
	const struct lsec_config *config;
};

/*
 * Answers that were found to be right, since to find that out costs more than the call. The same
 * request has to get the same answer.
 */
struct known {
	char *domain, *vmi, *answer;
	size_t domain_len, vmi_len, answer_len;
};

static bool is_known(const char *known, size_t len, ProtobufCBinaryData bytes)
{
	return known != NULL && len == bytes.len &&
	       (len == 0 || memcmp(known, bytes.data, len) == 0);
}

/* What is known of a request; one that is new takes the place of another. */
static struct known *find_known(ProtobufCBinaryData domain, ProtobufCBinaryData vmi)
{
	static struct known all[512];
	struct known *known = &all[(domain.len * 31 + vmi.len) % COUNT(all)];
	if (is_known(known->domain, known->domain_len, domain) &&
	    is_known(known->vmi, known->vmi_len, vmi))
		return known;
	free(known->domain);
	free(known->vmi);
	free(known->answer);
	*known = (struct known){
		fuzz_copy(domain.data, domain.len),
		fuzz_copy(vmi.data, vmi.len),
		NULL,
		domain.len,
		vmi.len,
		0,
	};
	return known;
}

/* What the server was sent as a message, and answered. */
static struct fuzz_input asked(const struct peer_stream *stream)
{
	return (struct fuzz_input){(const uint8_t *)stream->out.bytes + LSEC_MESSAGE_PREFIX,
	                           stream->out.len - LSEC_MESSAGE_PREFIX};
}

static struct fuzz_input answered(const struct peer_stream *stream)
{
	HOLDS(stream->in.len >= LSEC_MESSAGE_PREFIX && stream->in.bytes[0] == 0, "no message");
	size_t len = stream->in.len - LSEC_MESSAGE_PREFIX;
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)len);
	HOLDS(memcmp(prefix, stream->in.bytes, sizeof(prefix)) == 0, "another message's length");
	return (struct fuzz_input){(const uint8_t *)stream->in.bytes + LSEC_MESSAGE_PREFIX, len};
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *type, struct fuzz_input bytes)
{
	return protobuf_c_message_unpack(type, NULL, bytes.size, bytes.data);
}

/* The core, asked the same, says the same; and it is right. */
static void check_define(const struct server *server, const struct peer_stream *stream,
                         ProtobufCBinaryData domain, ProtobufCBinaryData vmi_bytes, bool ok)
{
	struct known *known = find_known(domain, vmi_bytes);
	if (ok && known->answer != NULL) {
		HOLDS(known->answer_len == stream->in.len &&
		              memcmp(known->answer, stream->in.bytes, stream->in.len) == 0,
		      "another answer than before");
		return;
	}
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	const char *json = vmi_bytes.len == 0 ? "" : (const char *)vmi_bytes.data;
	bool taken = lsec_vmi_read_json(json, vmi_bytes.len, "vmi", &vmi, &problems) == 0;
	const struct lsec_request request = {
		(const char *)domain.data, domain.len, "domain", &vmi, server->host, server->config,
	};
	taken = taken && fuzz_apply(&request);
	HOLDS(taken == ok, "the core %s what the server %s", taken ? "takes" : "refuses",
	      ok ? "took" : "refused");
	if (!ok)
		return;
	/* Both results are their first field. */
	ProtobufCMessage *message = unpack(
		&kubevirt__hooks__v1alpha3__on_define_domain_result__descriptor, answered(stream));
	HOLDS(message != NULL, "no result");
	const Kubevirt__Hooks__V1alpha3__OnDefineDomainResult *result =
		(const Kubevirt__Hooks__V1alpha3__OnDefineDomainResult *)message;
	fuzz_check_domain(&request, (const char *)result->domainxml.data, result->domainxml.len);
	known->answer = fuzz_copy((const uint8_t *)stream->in.bytes, stream->in.len);
	known->answer_len = stream->in.len;
	protobuf_c_message_free_unpacked(message, NULL);
}

static void check_mutate(const struct server *server, const struct peer_stream *stream, bool ok)
{
	ProtobufCMessage *message =
		unpack(&kubevirt__hooks__plugins__v1alpha1__mutate_domain_request__descriptor,
	               asked(stream));
	const Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainRequest *request =
		(const Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainRequest *)message;
	bool good = request != NULL && request->domain_type.len == 7 &&
	            memcmp(request->domain_type.data, "libvirt", 7) == 0;
	HOLDS(good || !ok, "a bad request was answered");
	if (good)
		check_define(server, stream, request->domain, request->vmi, ok);
	if (message != NULL)
		protobuf_c_message_free_unpacked(message, NULL);
}

static void check_define_domain(const struct server *server, const struct peer_stream *stream,
                                bool ok)
{
	ProtobufCMessage *message = unpack(
		&kubevirt__hooks__v1alpha3__on_define_domain_params__descriptor, asked(stream));
	const Kubevirt__Hooks__V1alpha3__OnDefineDomainParams *request =
		(const Kubevirt__Hooks__V1alpha3__OnDefineDomainParams *)message;
	HOLDS(message != NULL || !ok, "a bad request was answered");
	if (message == NULL)
		return;
	check_define(server, stream, request->domainxml, request->vmi, ok);
	protobuf_c_message_free_unpacked(message, NULL);
}

static bool same(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void check_iso(const struct peer_stream *stream)
{
	ProtobufCMessage *message = unpack(
		&kubevirt__hooks__v1alpha3__pre_cloud_init_iso_params__descriptor, asked(stream));
	ProtobufCMessage *answer =
		unpack(&kubevirt__hooks__v1alpha3__pre_cloud_init_iso_result__descriptor,
	               answered(stream));
	HOLDS(message != NULL && answer != NULL, "a bad request was answered");
	const Kubevirt__Hooks__V1alpha3__PreCloudInitIsoParams *params =
		(const Kubevirt__Hooks__V1alpha3__PreCloudInitIsoParams *)message;
	const Kubevirt__Hooks__V1alpha3__PreCloudInitIsoResult *result =
		(const Kubevirt__Hooks__V1alpha3__PreCloudInitIsoResult *)answer;
	HOLDS(same(params->cloudinitdata, result->cloudinitdata) &&
	              same(params->cloudinitnocloudsource, result->cloudinitnocloudsource),
	      "other data");
	protobuf_c_message_free_unpacked(message, NULL);
	protobuf_c_message_free_unpacked(answer, NULL);
}

static void check_info(const struct peer_stream *stream)
{
	ProtobufCMessage *message =
		unpack(&kubevirt__hooks__info__info_result__descriptor, answered(stream));
	const Kubevirt__Hooks__Info__InfoResult *result =
		(const Kubevirt__Hooks__Info__InfoResult *)message;
	HOLDS(message != NULL && result->n_versions == 3 && result->n_hookpoints == 2,
	      "another Info");
	protobuf_c_message_free_unpacked(message, NULL);
}

/* A status, with a text of printable ASCII, as gRPC encodes it. */
static void check_status(const struct peer_stream *stream)
{
	static const char *const known[] = {"0", "3", "4", "5", "8", "12", "13"};
	size_t i = 0;
	while (i < COUNT(known) && strcmp(known[i], stream->status) != 0)
		i++;
	HOLDS(i < COUNT(known), "status %s", stream->status);
	for (i = 0; i < stream->text.len; i++)
		HOLDS(stream->text.bytes[i] >= 0x20 && stream->text.bytes[i] <= 0x7e,
		      "byte 0x%02x in a text", (uint8_t)stream->text.bytes[i]);
}

void answer_check(const struct peer *peer, const struct peer_stream *stream,
                  const struct lsec_host *host, const struct lsec_config *config)
{
	const struct server server = {host, config};
	bool ok = strcmp(stream->status, "0") == 0;
	bool sent = stream->good && stream->whole;
	if (!stream->ended || stream->reset) {
		HOLDS(!sent || stream->reset || !peer->plain, "a call without an answer");
		return;
	}
	HOLDS(stream->http[0] != '\0', "an answer without HTTP status");
	if (strcmp(stream->http, "200") != 0) {
		HOLDS(!stream->good, "HTTP status %s", stream->http);
		return;
	}
	check_status(stream);
	HOLDS(!ok || stream->whole, "half a request was answered");
	if (!ok && (!sent || !peer->plain))
		return;
	HOLDS(ok || strcmp(stream->status, "13") != 0, "a good call ended in INTERNAL: %s",
	      stream->text.bytes == NULL ? "" : stream->text.bytes);
	switch (answer_methods[stream->method].is) {
	case DEFINE:
		check_define_domain(&server, stream, ok);
		return;
	case MUTATE:
		check_mutate(&server, stream, ok);
		return;
	case ISO:
		if (ok)
			check_iso(stream);
		return;
	case INFO:
		if (ok)
			check_info(stream);
		return;
	case UNKNOWN:
		HOLDS(!ok, "a method that nobody has was answered");
		return;
	case NODE:
		HOLDS(!ok || answered(stream).size == 0, "a node hook's answer says something");
		return;
	case HEALTH:
	case SHUTDOWN:
		return;
	}
}
