/* SPDX-License-Identifier: Apache-2.0 */
/* The header fields of a call: a table of those that count, and what each may hold. */
#include "request.h"

#include <nghttp2/nghttp2.h>
#include <string.h>

#include "launchsec/limits.h"

/* What a list of fields counts per field beside its texts (RFC 9113 6.5.2). */
#define FIELD_OVERHEAD 32

typedef void (*take)(struct lsec_rpc_request *request, struct lsec_rpc_bytes value);

static bool equals(struct lsec_rpc_bytes text, const char *to)
{
	return text.len == strlen(to) && memcmp(text.bytes, to, text.len) == 0;
}

static void take_method(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	request->post = equals(value, "POST");
}

static void take_path(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	size_t kept = value.len < LSEC_MAX_RPC_PATH ? value.len : LSEC_MAX_RPC_PATH;
	request->malformed |= value.len == 0 || value.bytes[0] != '/';
	memcpy(request->path, value.bytes, kept);
	request->path[kept] = '\0';
}

static void take_any(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	(void)request;
	(void)value;
}

/* Pseudo header fields of a request (RFC 9113 8.3.1). */
static const struct {
	const char *name;
	take take;
	bool required;
} pseudo_fields[] = {
	{":method", take_method, true},
	{":scheme", take_any, true},
	{":path", take_path, true},
	{":authority", take_any, false},
};

static void take_content_type(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	static const char grpc[] = "application/grpc";
	const size_t len = sizeof(grpc) - 1;
	request->grpc = value.len >= len && memcmp(value.bytes, grpc, len) == 0 &&
	                (value.len == len || value.bytes[len] == '+' || value.bytes[len] == ';');
}

static void take_content_length(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	uint64_t length = 0;
	bool number = value.len > 0 && value.len <= 18;
	for (size_t i = 0; number && i < value.len; i++) {
		number = value.bytes[i] >= '0' && value.bytes[i] <= '9';
		length = length * 10 + (uint64_t)(value.bytes[i] - '0');
	}
	request->malformed |= !number || request->has_length;
	request->has_length = true;
	request->length = length;
}

int lsec_rpc_timeout(const char *value, size_t len, int64_t *ret)
{
	static const char units[] = "HMSmun";
	static const int64_t ns[] = {3600000000000, 60000000000, 1000000000, 1000000, 1000, 1};
	const char *unit = len == 0 ? NULL : memchr(units, value[len - 1], sizeof(units) - 1);
	int64_t number = 0;
	if (unit == NULL || len < 2 || len > 9)
		return -1;
	for (size_t i = 0; i + 1 < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -1;
		number = number * 10 + (value[i] - '0');
	}
	if (__builtin_mul_overflow(number, ns[unit - units], ret))
		*ret = INT64_MAX;
	return 0;
}

static void take_timeout(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	request->bad_timeout = lsec_rpc_timeout(value.bytes, value.len, &request->timeout) < 0;
}

static void take_te(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	request->malformed |= !equals(value, "trailers");
}

static void take_forbidden(struct lsec_rpc_request *request, struct lsec_rpc_bytes value)
{
	(void)value;
	request->malformed = true;
}

/* Those that are read, and those that belong to HTTP/1.1 (RFC 9113 8.2.2). */
static const struct {
	const char *name;
	take take;
} fields[] = {
	{"content-type", take_content_type}, {"content-length", take_content_length},
	{"grpc-timeout", take_timeout},      {"te", take_te},
	{"connection", take_forbidden},      {"proxy-connection", take_forbidden},
	{"keep-alive", take_forbidden},      {"transfer-encoding", take_forbidden},
	{"upgrade", take_forbidden},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void pseudo_field(struct lsec_rpc_request *request, struct lsec_rpc_bytes name,
                         struct lsec_rpc_bytes value)
{
	for (size_t i = 0; i < COUNT(pseudo_fields); i++) {
		if (!equals(name, pseudo_fields[i].name))
			continue;
		request->malformed |= request->regular || (request->seen & 1U << i) != 0;
		request->seen |= 1U << i;
		pseudo_fields[i].take(request, value);
		return;
	}
	request->malformed = true;
}

void lsec_rpc_request_field(struct lsec_rpc_request *request, bool trailer,
                            struct lsec_rpc_bytes name, struct lsec_rpc_bytes value)
{
	bool pseudo = name.len > 0 && name.bytes[0] == ':';
	request->bytes += name.len + value.len + FIELD_OVERHEAD;
	/* Past the limit fields are only counted: a byte may stand for a long one. */
	if (request->malformed || request->bytes > LSEC_MAX_HEADER_LIST)
		return;
	if (!nghttp2_check_header_name((const uint8_t *)name.bytes, name.len) ||
	    !nghttp2_check_header_value_rfc9113((const uint8_t *)value.bytes, value.len) ||
	    (trailer && pseudo))
		request->malformed = true;
	if (request->malformed || trailer)
		return;
	if (pseudo) {
		pseudo_field(request, name, value);
		return;
	}
	request->regular = true;
	for (size_t i = 0; i < COUNT(fields); i++)
		if (equals(name, fields[i].name))
			fields[i].take(request, value);
}

void lsec_rpc_request_end(struct lsec_rpc_request *request)
{
	for (size_t i = 0; i < COUNT(pseudo_fields); i++)
		if (pseudo_fields[i].required && (request->seen & 1U << i) == 0)
			request->malformed = true;
}
