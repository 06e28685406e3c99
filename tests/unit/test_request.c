/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/request.h"

#include "launchsec/limits.h"
#include "support.h"

#define PSEUDO ":method=POST|:scheme=http|:path=/a.B/C"
#define GOOD PSEUDO "|:authority=localhost|content-type=application/grpc|te=trailers"

/* Adds fields written "name=value|name=value"; a name may begin with a colon. */
static void add_fields(struct lsec_rpc_request *request, bool trailer, const char *fields)
{
	while (*fields != '\0') {
		size_t name = strcspn(fields, "=");
		size_t value = strcspn(fields + name + 1, "|");
		lsec_rpc_request_field(request, trailer, (struct lsec_rpc_bytes){fields, name},
		                       (struct lsec_rpc_bytes){fields + name + 1, value});
		fields += name + 1 + value;
		fields += *fields == '|';
	}
}

/* Texts with a NUL in them, or longer than what counts. */
static void add_field(struct lsec_rpc_request *request, const char *name, size_t name_len,
                      const char *value, size_t value_len)
{
	lsec_rpc_request_field(request, false, (struct lsec_rpc_bytes){name, name_len},
	                       (struct lsec_rpc_bytes){value, value_len});
}

static struct lsec_rpc_request read_fields(const char *fields)
{
	struct lsec_rpc_request request = LSEC_RPC_REQUEST_INIT;
	add_fields(&request, false, fields);
	lsec_rpc_request_end(&request);
	return request;
}

static void expect_malformed(const char *fields, bool malformed)
{
	struct lsec_rpc_request request = read_fields(fields);
	if (request.malformed != malformed)
		print_message("%s: %s\n", malformed ? "taken" : "not taken", fields);
	assert_int_equal(request.malformed, malformed);
}

static void test_good(void **state)
{
	(void)state;
	static const char *const cases[] = {
		PSEUDO,
		GOOD,
		":path=/|:scheme=https|:method=GET", /* in any order */
		GOOD "|user-agent=grpc-go/1.56|grpc-accept-encoding=gzip,deflate",
		GOOD "|x=1|x=2|x=1", /* others may repeat, */
		GOOD "|x=",          /* be empty, */
		GOOD "|x=a b\tc",    /* have blanks inside, */
		GOOD "|x=\xc3\xbc\xff",
		GOOD "|te=trailers",
		GOOD "|!#$%&'*+-.^_`~0=tokens",
		GOOD "|connectio=x|connections=y|upgrad=e|host=other",
		PSEUDO
		"|:authority=", /* RFC 9113 8.3.1 asks for an origin; clients of a path have none */
		PSEUDO "|:authority=/var/run/kubevirt-hooks/a.sock", /* grpc-go without a name */
		PSEUDO "|:authority=%2Fvar%2Frun%2Fa.sock",          /* python3-grpcio */
		PSEUDO "|:authority=unix:///a b?c#d[e]@",
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_malformed(cases[i], false);
}

static void test_malformed(void **state)
{
	(void)state;
	static const char *const cases[] = {
		/* RFC 9113 8.3.1: what has to be there, */
		"",
		"content-type=application/grpc",
		":scheme=http|:path=/a.B/C",
		":method=POST|:path=/a.B/C",
		":method=POST|:scheme=http",
		/* once, */
		PSEUDO "|:method=POST",
		PSEUDO "|:scheme=http",
		PSEUDO "|:path=/a.B/C",
		PSEUDO "|:authority=a|:authority=a",
		/* and a path that is one. */
		":method=POST|:scheme=http|:path=",
		":method=POST|:scheme=http|:path=a.B/C",
		":method=POST|:scheme=http|:path=*",
		/* 8.3: others, those of answers, and behind regular fields. */
		PSEUDO "|:status=200",
		PSEUDO "|:protocol=websocket",
		PSEUDO "|:Method=POST",
		PSEUDO "|:=x",
		PSEUDO "|:path2=/",
		":method=POST|:scheme=http|te=trailers|:path=/a.B/C",
		PSEUDO "|x=1|:authority=a",
		/* 8.2.1: names and values. */
		GOOD "|=x",
		GOOD "|Upper=x",
		GOOD "|a b=x",
		GOOD "|a:b=x",
		GOOD "|a\x7f=x",
		GOOD "|\xc3\xbc=x",
		GOOD "|a\n=x",
		GOOD "|x= leading",
		GOOD "|x=\tleading",
		GOOD "|x=trailing ",
		GOOD "|x=trailing\t",
		GOOD "|x=a\nb",
		GOOD "|x=a\rb",
		GOOD "|x=a\x01",
		GOOD "|x=a\x7f",
		PSEUDO "|:authority=a\nb",
		":method=PO\nST|:scheme=http|:path=/",
		":method=POST|:scheme=http|:path=/a\n",
		/* 8.2.2: fields of connections. */
		GOOD "|connection=close",
		GOOD "|connection=",
		GOOD "|proxy-connection=keep-alive",
		GOOD "|keep-alive=timeout",
		GOOD "|transfer-encoding=chunked",
		GOOD "|upgrade=h2c",
		PSEUDO "|te=",
		PSEUDO "|te=gzip",
		PSEUDO "|te=trailers, deflate",
		PSEUDO "|te=Trailers",
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_malformed(cases[i], true);
}

/* Bytes behind a NUL are looked at, too. */
static void test_nul(void **state)
{
	(void)state;
	struct lsec_rpc_request request = read_fields(GOOD);
	add_field(&request, "x", 1, "a\0b", 3);
	assert_true(request.malformed);
	request = read_fields(GOOD);
	add_field(&request, "a\0b", 3, "x", 1);
	assert_true(request.malformed);
	request = (struct lsec_rpc_request)LSEC_RPC_REQUEST_INIT;
	add_field(&request, ":path", 5, "/a.B/C\0", 7);
	assert_true(request.malformed);
}

/* An empty path, whatever lies behind it in memory. */
static void test_empty_path(void **state)
{
	(void)state;
	struct lsec_rpc_request request = LSEC_RPC_REQUEST_INIT;
	add_field(&request, ":path", 5, "/a.B/C", 0);
	assert_true(request.malformed);
	request = (struct lsec_rpc_request)LSEC_RPC_REQUEST_INIT;
	add_field(&request, ":path", 5, "/a.B/C", 1);
	assert_false(request.malformed);
	assert_string_equal(request.path, "/");
}

/* Malformed once, always: what comes later does not count, and fixes nothing. */
static void test_stays_malformed(void **state)
{
	(void)state;
	struct lsec_rpc_request request =
		read_fields("connection=close|" GOOD "|grpc-timeout=1S|content-length=5");
	assert_true(request.malformed);
	assert_false(request.post);
	assert_false(request.grpc);
	assert_false(request.has_length);
	assert_string_equal(request.path, "");
	assert_int_equal(request.timeout, -1);
}

static void test_facts(void **state)
{
	(void)state;
	struct lsec_rpc_request request = read_fields(GOOD);
	assert_true(request.post);
	assert_true(request.grpc);
	assert_string_equal(request.path, "/a.B/C");
	assert_int_equal(request.timeout, -1);
	assert_false(request.bad_timeout);
	assert_false(request.has_length);
	static const char *const methods[] = {"GET", "post", "POS", "POSTS", "PUT", "OPTIONS"};
	for (size_t i = 0; i < COUNT(methods); i++) {
		cleanup_free char *fields =
			lsec_format(":method=%s|:scheme=http|:path=/", methods[i]);
		request = read_fields(fields);
		assert_false(request.malformed);
		assert_false(request.post);
	}
}

static void test_content_type(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		bool grpc;
	} cases[] = {
		{"application/grpc", true},        {"application/grpc+proto", true},
		{"application/grpc+json", true},   {"application/grpc;charset=utf-8", true},
		{"application/grpc+", true},       {"application/grpc;", true},
		{"application/grp", false},        {"application/grpcx", false},
		{"application/grpc-web", false},   {"application/grpc proto", false},
		{"application/json", false},       {"text/plain", false},
		{"text/plain+application", false}, {"", false},
		{"xapplication/grpc", false},      {"application/grpc-web+proto", false},
		{"application/GRPC", false},       {"application/grpc,x", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_free char *fields = lsec_format(PSEUDO "|content-type=%s", cases[i].value);
		struct lsec_rpc_request request = read_fields(fields);
		if (request.grpc != cases[i].grpc)
			print_message("content-type %s\n", cases[i].value);
		assert_int_equal(request.grpc, cases[i].grpc);
		assert_false(request.malformed);
	}
	assert_false(read_fields(PSEUDO).grpc);
}

static void test_timeout_field(void **state)
{
	(void)state;
	struct lsec_rpc_request request = read_fields(GOOD "|grpc-timeout=20m");
	assert_int_equal(request.timeout, 20000000);
	assert_false(request.bad_timeout);
	request = read_fields(GOOD "|grpc-timeout=20");
	assert_true(request.bad_timeout);
	assert_false(request.malformed);
	request = read_fields(GOOD "|grpc-timeout=");
	assert_true(request.bad_timeout);
}

static void test_content_length(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		uint64_t length;
	} good[] = {
		{"0", 0},
		{"5", 5},
		{"005", 5},
		{"4294967296", UINT64_C(4294967296)},
		{"999999999999999999", UINT64_C(999999999999999999)},
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		cleanup_free char *fields = lsec_format(GOOD "|content-length=%s", good[i].value);
		struct lsec_rpc_request request = read_fields(fields);
		assert_false(request.malformed);
		assert_true(request.has_length);
		assert_true(request.length == good[i].length);
	}
	static const char *const bad[] = {
		"",
		"-1",
		"+1",
		"1.0",
		"0x10",
		"1,1",
		"a",
		"1 1",
		"1000000000000000000",
		"18446744073709551621",
		"5|content-length=5",
		"5|content-length=6",
		"1:",
		"1/",
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		cleanup_free char *fields = lsec_format(GOOD "|content-length=%s", bad[i]);
		expect_malformed(fields, true);
	}
}

/* A path past the limit is kept shortened; no method is that long. */
static void test_long_path(void **state)
{
	(void)state;
	for (size_t len = LSEC_MAX_RPC_PATH - 2; len < LSEC_MAX_RPC_PATH + 3; len++) {
		char *path = repeat('p', len);
		path[0] = '/';
		cleanup_free char *fields = lsec_format(":method=POST|:scheme=http|:path=%s", path);
		struct lsec_rpc_request request = read_fields(fields);
		size_t kept = len < LSEC_MAX_RPC_PATH ? len : LSEC_MAX_RPC_PATH;
		assert_false(request.malformed);
		assert_int_equal(strlen(request.path), kept);
		assert_memory_equal(request.path, path, kept);
		free(path);
	}
}

/* As HTTP/2 counts: 32 bytes a field beside its texts (RFC 9113 6.5.2). */
static void test_bytes(void **state)
{
	(void)state;
	struct lsec_rpc_request request = LSEC_RPC_REQUEST_INIT;
	add_fields(&request, false, ":path=/|x=");
	assert_int_equal(request.bytes, 32 + 5 + 1 + 32 + 1);
	add_fields(&request, false, "Bad=\n");
	assert_int_equal(request.bytes, 32 + 5 + 1 + 32 + 1 + 32 + 3 + 1);
	add_fields(&request, true, "also=in a trailer");
	assert_int_equal(request.bytes, 3 * 32 + 5 + 1 + 1 + 3 + 1 + 32 + 4 + 12);
}

/* Behind the limit, fields are counted and nothing else: a byte of HPACK may stand for thousands
 * that would have to be looked at. */
static void test_past_the_limit(void **state)
{
	(void)state;
	cleanup_free char *full = repeat('x', LSEC_MAX_HEADER_LIST);
	struct lsec_rpc_request request = LSEC_RPC_REQUEST_INIT;
	add_fields(&request, false, GOOD);
	add_field(&request, "x", 1, full, strlen(full));
	size_t bytes = request.bytes;
	assert_true(bytes > LSEC_MAX_HEADER_LIST);
	add_fields(&request, false, "Upper=x|grpc-timeout=1S|connection=close");
	lsec_rpc_request_end(&request);
	assert_false(request.malformed);
	assert_int_equal(request.timeout, -1);
	assert_int_equal(request.bytes, bytes + 3 * 32 + 6 + 14 + 15);
	/* What was wrong before stays wrong. */
	request = read_fields(GOOD "|connection=close");
	add_field(&request, "x", 1, full, strlen(full));
	assert_true(request.malformed);
}

/* Behind the body, fields are checked by their form, and otherwise ignored. */
static void test_trailer(void **state)
{
	(void)state;
	static const struct {
		const char *fields;
		bool malformed;
	} cases[] = {
		{"x=1", false},
		{"grpc-status=0|x=2", false},
		{"content-type=text/plain|grpc-timeout=nonsense|te=gzip", false},
		{":path=/x", true},
		{":status=200", true},
		{"Upper=x", true},
		{"x=a\n", true},
		{"x= a", true},
		{"=a", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_rpc_request request = read_fields(GOOD "|grpc-timeout=1S");
		add_fields(&request, true, cases[i].fields);
		assert_int_equal(request.malformed, cases[i].malformed);
		assert_true(request.grpc);
		assert_false(request.bad_timeout);
		assert_int_equal(request.timeout, 1000000000);
		assert_string_equal(request.path, "/a.B/C");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_empty_path),
		cmocka_unit_test(test_stays_malformed),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_content_type),
		cmocka_unit_test(test_timeout_field),
		cmocka_unit_test(test_content_length),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_past_the_limit),
		cmocka_unit_test(test_trailer),
	};
	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
