/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: what a client sends, and what it gets. */
#include "transport/server.h"

#include "server_process.h"

/* Sizes around the first window, the scratch, and the limit; twice on one connection. */
static void test_echo(void **state)
{
	(void)state;
	static const size_t sizes[] = {
		0,     1,     5,     16379, 16384, 65525,   65529,       65530,
		65531, 65535, 65536, 65541, 70000, 1 << 20, LONGEST - 1, LONGEST,
	};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		size_t len = sizes[i % COUNT(sizes)];
		CALL call;
		call_make(&client, &call, ECHO, large, len);
		expect_message(&call, large, len);
	}
	assert_int_equal(atomic_load(&shared->handled), 2 * COUNT(sizes));
}

/* Past the limit the message is refused once its length is known; others go on. */
static void test_too_large(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < 3; i++) {
		CALL call;
		call_make(&client, &call, ECHO, large, LONGEST + 1);
		expect_status(&call, "8",
		              "the message has 2097153 bytes, but the limit is 2097152");
		assert_true(call.left < 200000); /* the client was told to stop */
	}
	CALL prefix;
	call_start_part(&client, &prefix, ECHO, large, LONGEST + 1, LSEC_MESSAGE_PREFIX);
	call_wait(&prefix);
	expect_status(&prefix, "8", "the message has 2097153 bytes");
	CALL largest;
	call_raw(&client, &largest, ECHO, "\0\xff\xff\xff\xff", 5);
	expect_status(&largest, "8", "the message has 4294967295 bytes");
	CALL call;
	call_make(&client, &call, ECHO, large, LONGEST);
	expect_message(&call, large, LONGEST);
	assert_int_equal(atomic_load(&shared->handled), 1);
}

/* Every byte in a frame of its own. */
static void test_pieces(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL call;
	house_visit(&house, &client);
	call_start_part(&client, &call, ECHO, "some words", 10, 0);
	for (size_t ready = 1; ready <= call.out.len; ready++) {
		client_sync(&client);
		assert_false(call.closed);
		call_ready(&call, ready);
	}
	client_sync(&client);
	assert_int_equal(atomic_load(&shared->handled), 0); /* it is not ended yet */
	call_finish(&call);
	call_wait(&call);
	expect_message(&call, "some words", 10);
}

static void test_methods(void **state)
{
	(void)state;
	static const char *const unknown[] = {
		FIELDS("/test.Words/Nothing"), FIELDS("/test.Nothing/Echo"),
		FIELDS("/test.Words/echo"),    FIELDS("/test.Words/Echo/"),
		FIELDS("/test.Words/Ech"),     FIELDS("/"),
		FIELDS("/test.Words/Echo?x"),  FIELDS("//test.Words/Echo"),
	};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < COUNT(unknown); i++) {
		CALL call;
		call_make(&client, &call, unknown[i], "x", 1);
		expect_status(&call, "12", "this server has no such method");
	}
	/* What is refused unread takes nothing of the connection's window for good. */
	for (size_t i = 0; i < 40; i++) {
		CALL call;
		call_make(&client, &call, unknown[0], large, 65000);
		expect_status(&call, "12", "this server has no such method");
	}
	CALL first;
	CALL second;
	call_make(&client, &first, FIELDS("/test.Words/Context"), "", 0);
	expect_message(&first, "of words", 8);
	call_make(&client, &second, FIELDS("/test.Others/Context"), "", 0);
	expect_message(&second, "of others", 9);
	cleanup_free char *log = house_log(&house);
	expect_contains(log, "\"level\":\"warning\"");
	expect_contains(log,
	                "\"method\":\"\\\"/test.Words/Nothing\\\"\",\"code\":\"UNIMPLEMENTED\"");
}

/* What a method answers other than a message: its code and text, never its message. */
static void test_failing(void **state)
{
	(void)state;
	static const struct {
		const char *message, *status, *text;
	} cases[] = {
		{"\x03one: 100%\ntwo: gr\xc3\xbcn", "3", "one: 100%25%0Atwo: gr%C3%BCn"},
		{"\x03", "3", NULL},
		{"\x08some", "8", "some"},
		{"\x0dinternal", "13", "internal"},
	};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CALL call;
		call_make(&client, &call, FAIL, cases[i].message, strlen(cases[i].message));
		expect_status(&call, cases[i].status, cases[i].text);
		if (cases[i].text != NULL)
			assert_string_equal(call.text, cases[i].text);
	}
}

static void wait_done(unsigned digits)
{
	double end = seconds_now() + PATIENCE;
	while (atomic_load(&shared->done) != digits) {
		assert_true(seconds_now() < end);
		usleep(1000);
	}
}

/* What is to be done later is done once the client has its answer, in order, once. */
static void test_later(void **state)
{
	(void)state;
	static const char *const messages[] = {"2", "3", "4", "5"};
	HOUSE house;
	CLIENT client;
	CALL first;
	struct call calls[COUNT(messages)];
	house_visit(&house, &client);
	atomic_store(&shared->held, true);
	call_make(&client, &first, LATER, "1", 1);
	expect_message(&first, "1", 1);
	assert_int_equal(atomic_load(&shared->done), 0);
	for (size_t i = 0; i < COUNT(messages); i++)
		call_start(&client, &calls[i], LATER, messages[i], strlen(messages[i]));
	while (nghttp2_session_want_write(client.session))
		client_turn(&client, 1);
	atomic_store(&shared->held, false);
	for (size_t i = 0; i < COUNT(messages); i++) {
		call_wait(&calls[i]);
		expect_message(&calls[i], messages[i], 1);
		call_clear(&calls[i]);
	}
	wait_done(12345);
	/* Also when the client does not wait for it, and when the server ends behind it. */
	CLIENT gone;
	CALL call;
	client_open(&gone, house.path[0]);
	call_start(&gone, &call, LATER, "6", 1);
	client_turn(&gone, 1);
	client_close(&gone);
	wait_done(123456);
	CALL last;
	CALL bye;
	call_start(&client, &last, LATER, "7", 1);
	call_start(&client, &bye, STOP, "bye", 3);
	client_wait_end(&client);
	expect_message(&bye, "bye", 3);
	assert_int_equal(house_status(&house), 0);
	assert_int_equal(atomic_load(&shared->done), 1234567);
}

/* A long text is cut to what the client says it takes. */
static void test_long_text(void **state)
{
	(void)state;
	static const struct {
		uint32_t list; /* SETTINGS_MAX_HEADER_LIST_SIZE; 0: not said */
		size_t least, most;
	} cases[] = {
		{0, 50000, 60000}, {16384, 15000, 16128}, {1000, 500, 744}, {256, 0, 0}, {1, 0, 0}};
	cleanup_buffer struct lsec_buffer message = {0};
	lsec_buffer_add(&message, "\x03", 1);
	for (size_t i = 0; i < 2000; i++)
		lsec_buffer_format(&message, "%sline %zu is as long as such lines are",
		                   i == 0 ? "" : "\n", i);
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const nghttp2_settings_entry list = {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
		                                     cases[i].list};
		CLIENT client;
		CALL call;
		client_open_with(&client, house.path[0], &list, cases[i].list != 0);
		call_make(&client, &call, FAIL, message.bytes, message.len);
		expect_status(&call, "3", cases[i].most == 0 ? NULL : "line 0 is");
		size_t len = call.text == NULL ? 0 : strlen(call.text);
		assert_true(len >= cases[i].least && len <= cases[i].most);
		if (len > 0)
			expect_contains(call.text, "%0A(the rest is too long for this client");
	}
}

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

/* As many calls at once as a connection may have, in any order. */
static void test_parallel(void **state)
{
	(void)state;
	enum { CALLS = LSEC_MAX_CALLS_PER_CONNECTION };
	static struct call calls[CALLS];
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	client_sync(&client);
	for (size_t i = 0; i < CALLS; i++)
		call_start_part(&client, &calls[i], ECHO, large + i, i, 5);
	client_sync(&client);
	for (size_t i = 0; i < CALLS; i++)
		call_finish(&calls[i * 37 % CALLS]);
	for (size_t i = 0; i < CALLS; i++) {
		call_wait(&calls[i]);
		expect_message(&calls[i], large + i, i);
		call_clear(&calls[i]);
	}
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

/* A client that shuts its side behind its calls gets their answers, then the end. */
static void test_half_closed(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL whole;
	CALL half;
	house_visit(&house, &client);
	call_start(&client, &whole, ECHO, "abc", 3);
	call_start_part(&client, &half, ECHO, "abc", 3, 6);
	while (nghttp2_session_want_write(client.session))
		assert_int_equal(nghttp2_session_send(client.session), 0);
	assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
	client_wait_end(&client);
	expect_message(&whole, "abc", 3);
	expect_reset(&half, NGHTTP2_CANCEL);
	assert_int_equal(atomic_load(&shared->handled), 1);
}

/* Answers leave as slowly as the client wants. */
static void test_small_windows(void **state)
{
	(void)state;
	static const uint32_t windows[] = {1, 2, 4, 5, 6, 7};
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < COUNT(windows); i++) {
		const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
		                                       windows[i]};
		CLIENT client;
		client_open_with(&client, house.path[0], &window, 1);
		for (size_t len = 0; len < 40; len += 13) {
			CALL call;
			call_make(&client, &call, ECHO, large, len);
			expect_message(&call, large, len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),        cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_pieces),      cmocka_unit_test(test_methods),
		cmocka_unit_test(test_failing),     cmocka_unit_test(test_later),
		cmocka_unit_test(test_long_text),   cmocka_unit_test(test_not_grpc),
		cmocka_unit_test(test_malformed),   cmocka_unit_test(test_content_length),
		cmocka_unit_test(test_framing),     cmocka_unit_test(test_trailers),
		cmocka_unit_test(test_header_list), cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_not_http2),   cmocka_unit_test(test_closed_stream),
		cmocka_unit_test(test_half_closed), cmocka_unit_test(test_small_windows),
	};
	return cmocka_run_group_tests_name("server", tests, make_large, NULL);
}
