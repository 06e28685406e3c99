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
		cmocka_unit_test(test_long_text),   cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_half_closed), cmocka_unit_test(test_small_windows),
	};
	return cmocka_run_group_tests_name("server", tests, make_large, NULL);
}
