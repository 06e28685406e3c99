/* SPDX-License-Identifier: Apache-2.0 */
/* What breaks the rules of gRPC and HTTP/2. */
#include "transport/server.h"

#include "server_process.h"

/* What is not gRPC gets an answer of HTTP (gRPC PROTOCOL-HTTP2.md). */
static void test_not_grpc(void **state)
{
	(void)state;
	static const struct {
		const char *fields, *http;
	} cases[] = {
		{":method=GET|:scheme=http|:path=/test.Words/Echo", "405"},
		{":method=GET|:scheme=http|:path=/|content-type=application/grpc", "405"},
		{":method=POST|:scheme=http|:path=/test.Words/Echo", "415"},
		{":method=POST|:scheme=http|:path=/test.Words/Echo|content-type=text/plain", "415"},
		{":method=POST|:scheme=http|:path=/none|content-type=application/grpc-web", "415"},
	};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		CALL call = {0};
		size_t j = i / 2;
		if (i % 2 == 0)
			call_headers(&client, &call, cases[j].fields, true);
		else
			call_start_part(&client, &call, cases[j].fields, "x", 1, 3);
		call_wait(&call);
		assert_true(call.closed);
		assert_int_equal(call.error, NGHTTP2_NO_ERROR);
		assert_string_equal(call.http, cases[j].http);
		assert_string_equal(call.status, "");
		assert_int_equal(call.in.len, 0);
	}
	assert_int_equal(atomic_load(&shared->handled), 0);
}

/* Those against RFC 9113 are reset; the connection goes on. */
static void test_malformed(void **state)
{
	(void)state;
	static const char *const cases[] = {
		":method=POST|:path=/test.Words/Echo|content-type=application/grpc",
		ECHO "|connection=close",
		ECHO "|:status=200",
		ECHO "|x= a",
		ECHO "|content-length=x",
	};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CALL open;
		CALL ended = {0};
		call_start_part(&client, &open, cases[i], "x", 1, 0);
		call_wait(&open);
		expect_reset(&open, NGHTTP2_PROTOCOL_ERROR);
		call_headers(&client, &ended, cases[i], true);
		call_wait(&ended);
		expect_reset(&ended, NGHTTP2_PROTOCOL_ERROR);
		CALL good;
		call_make(&client, &good, ECHO, "x", 1);
		expect_message(&good, "x", 1);
	}
	assert_int_equal(atomic_load(&shared->handled), COUNT(cases));
}

static void test_content_length(void **state)
{
	(void)state;
	static const struct {
		const char *length;
		bool good;
	} cases[] = {{"8", true}, {"008", true}, {"7", false}, {"9", false}, {"0", false}};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CALL call;
		cleanup_free char *fields = lsec_format(ECHO "|content-length=%s", cases[i].length);
		call_make(&client, &call, fields, "abc", 3);
		if (cases[i].good)
			expect_message(&call, "abc", 3);
		else
			expect_reset(&call, NGHTTP2_PROTOCOL_ERROR);
	}
	CALL none = {0};
	call_headers(&client, &none, ECHO "|content-length=1", true);
	call_wait(&none);
	expect_reset(&none, NGHTTP2_PROTOCOL_ERROR);
	/* More than was said is not waited for. */
	CALL more;
	call_start_part(&client, &more, ECHO "|content-length=7", "abcdef", 6, 8);
	call_wait(&more);
	expect_reset(&more, NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(atomic_load(&shared->handled), 2);
}

static void test_framing(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		const char *status, *text;
	} cases[] = {
		{"\x01\0\0\0\x01x", 6, "12",
	         "compressed messages are not supported; send it uncompressed"},
		{"\x02\0\0\0\0", 5, "13", "the message must begin with 0 or 1"},
		{"<domain/>", 9, "13", "the message must begin with 0 or 1"},
		{"\0\0\0\0\x01xy", 7, "13", "more than one message; send one"},
		{"\0\0\0\0\0\0\0\0\0\0", 10, "13", "more than one message"},
		{"", 0, "13", "no message; send one for this method"},
		{"\0", 1, "13", "the call ended in the middle of its message"},
		{"\0\0\0\0", 4, "13", "the call ended in the middle of its message"},
		{"\0\0\0\0\x02x", 6, "13", "the call ended in the middle"},
	};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CALL call;
		call_raw(&client, &call, ECHO, cases[i].bytes, cases[i].len);
		expect_status(&call, cases[i].status, cases[i].text);
	}
	CALL none = {0};
	call_headers(&client, &none, ECHO, true);
	call_wait(&none);
	expect_status(&none, "13", "no message");
	assert_int_equal(atomic_load(&shared->handled), 0);
}

/* Header fields behind the message end the call, or are wrong. */
static void test_trailers(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	CALL good;
	call_start_part(&client, &good, ECHO, "abc", 3, 8);
	good.trailer = "x=1|grpc-timeout=nonsense";
	call_finish(&good);
	call_wait(&good);
	expect_message(&good, "abc", 3);
	CALL bad;
	call_start_part(&client, &bad, ECHO, "abc", 3, 8);
	bad.trailer = ":path=/x";
	call_finish(&bad);
	call_wait(&bad);
	expect_reset(&bad, NGHTTP2_PROTOCOL_ERROR);
	/* They must end it: RFC 9113 8.1. */
	CALL more;
	const nghttp2_nv field = {lsec_unconst("x"), lsec_unconst("1"), 1, 1, 0};
	call_start_part(&client, &more, ECHO, "abc", 3, 8);
	client_sync(&client);
	assert_int_equal(nghttp2_submit_headers(client.session, NGHTTP2_FLAG_NONE, more.stream,
	                                        NULL, &field, 1, NULL),
	                 0);
	call_wait(&more);
	expect_reset(&more, NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(atomic_load(&shared->handled), 1);
}

/* Header fields without bound. */
static void test_header_list(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t more = 0; more < 2; more++) {
		cleanup_buffer struct lsec_buffer fields = {0};
		size_t bytes = 0;
		CALL call;
		lsec_buffer_text(&fields, ECHO);
		nghttp2_nv rows[8];
		for (size_t i = read_fields(ECHO, rows, COUNT(rows)); i-- > 0;)
			bytes += 32 + rows[i].namelen + rows[i].valuelen;
		cleanup_free char *rest = repeat('r', LSEC_MAX_HEADER_LIST - bytes - 32 - 1 + more);
		lsec_buffer_format(&fields, "|x=%s", rest);
		call_make(&client, &call, fields.bytes, "abc", 3);
		if (more == 0)
			expect_message(&call, "abc", 3);
		else
			expect_status(&call, "8", "the header fields have more than 16384 bytes");
	}
	/* Small ones count, too. */
	cleanup_buffer struct lsec_buffer many = {0};
	CALL call;
	lsec_buffer_text(&many, ECHO);
	for (size_t i = 0; i < 500; i++)
		lsec_buffer_text(&many, "|x=1");
	call_make(&client, &call, many.bytes, "abc", 3);
	expect_status(&call, "8", "the header fields have more than 16384 bytes");
	CALL path;
	cleanup_free char *long_path = repeat('p', 5000);
	cleanup_free char *fields = lsec_format(
		":method=POST|:scheme=http|:path=/test.Words/Echo%s|content-type=application/grpc",
		long_path);
	call_make(&client, &path, fields, "abc", 3);
	expect_status(&path, "12", "this server has no such method");
}

/* What is not HTTP/2 ends its connection, and nothing else. */
static void test_not_http2(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot a frame at all, but rather long for one",
		"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n",
		"\n",
	};
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < COUNT(texts); i++) {
		int fd = connect_raw(house.path[0]);
		assert_true(fd >= 0);
		size_t len = strlen(texts[i]);
		assert_int_equal(send(fd, texts[i], len, MSG_NOSIGNAL), len);
		char bytes[256];
		while (recv(fd, bytes, sizeof(bytes), 0) > 0)
			continue;
		close(fd);
	}
	/* Clients that vanish, at any byte of a call. */
	for (size_t i = 0; i < 20; i++) {
		CLIENT gone;
		CALL call;
		client_open(&gone, house.path[0]);
		call_start_part(&gone, &call, ECHO, large, 100000, i * 5000);
		if (i % 3 != 0)
			client_sync(&gone);
		if (i % 3 == 2)
			call_finish(&call);
		client_turn(&gone, 1);
	}
	CLIENT client;
	CALL call;
	client_open(&client, house.path[0]);
	call_make(&client, &call, ECHO, "x", 1);
	expect_message(&call, "x", 1);
}

/* Frames on a stream that is over do no harm, whatever becomes of their connection. */
static void test_closed_stream(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} frames[] = {
		{"\0\0\x01\0\0\0\0\0\x01x", 10},              /* DATA */
		{"\0\0\x01\0\x01\0\0\0\x01x", 10},            /* with the end */
		{"\0\0\x01\x01\x05\0\0\0\x01\x83", 10},       /* a trailer */
		{"\0\0\x01\x01\x04\0\0\0\x01\x83", 10},       /* or none */
		{"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08", 13},   /* RST_STREAM */
		{"\0\0\x04\x08\0\0\0\0\x01\0\0\0\x01", 13},   /* WINDOW_UPDATE */
		{"\0\0\x05\x02\0\0\0\0\x01\0\0\0\0\x10", 14}, /* PRIORITY */
	};
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < COUNT(frames); i++) {
		CLIENT client;
		CLIENT other;
		CALL call;
		CALL good;
		client_open(&client, house.path[0]);
		call_make(&client, &call, ECHO, "x", 1);
		expect_message(&call, "x", 1);
		client_sync(&client);
		for (size_t j = 0; j < 3; j++)
			send(client.fd, frames[i].bytes, frames[i].len, MSG_NOSIGNAL);
		client_sync(&client);
		client_open(&other, house.path[0]);
		call_make(&other, &good, ECHO, "y", 1);
		expect_message(&good, "y", 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_grpc),       cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_content_length), cmocka_unit_test(test_framing),
		cmocka_unit_test(test_trailers),       cmocka_unit_test(test_header_list),
		cmocka_unit_test(test_not_http2),      cmocka_unit_test(test_closed_stream),
	};
	return cmocka_run_group_tests_name("server rules", tests, make_large, NULL);
}
