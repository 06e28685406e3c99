/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines, and how long a client may be silent. */
#include "transport/server.h"

#include "server_process.h"

static void test_deadline(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL open;
	CALL longer;
	CALL over;
	CALL bad;
	house_visit(&house, &client);
	call_start_part(&client, &open, ECHO "|grpc-timeout=2S", "abc", 3, 6);
	call_start_part(&client, &longer, ECHO "|grpc-timeout=3S", "abc", 3, 6);
	client_sync(&client);
	later(2);
	call_wait(&open);
	expect_status(&open, "4",
	              "the client's deadline, or 60 seconds, passed before the call was complete");
	call_finish(&longer);
	call_wait(&longer);
	expect_message(&longer, "abc", 3);
	/* A call whose time is over is not begun. */
	call_make(&client, &over, ECHO "|grpc-timeout=0n", "abc", 3);
	expect_status(&over, "4", "the client's deadline has passed");
	assert_int_equal(atomic_load(&shared->handled), 1);
	call_make(&client, &bad, ECHO "|grpc-timeout=1", "abc", 3);
	expect_status(&bad, "13", "grpc-timeout must be 1 to 8 digits");
}

/* A call that waited too long behind a slow one is not begun either. */
static void test_deadline_behind(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL first;
	CALL second;
	CALL third;
	house_visit(&house, &client);
	call_start(&client, &first, SLOW, "5", 1);
	call_start(&client, &second, ECHO "|grpc-timeout=4S", "x", 1);
	call_start(&client, &third, ECHO "|grpc-timeout=90S", "y", 1);
	call_wait(&third);
	call_wait(&first);
	expect_message(&first, "5", 1); /* one that is begun is finished */
	/* On a busy machine its message may come when the first is under way: not complete then. */
	expect_status(&second, "4", "the client's deadline");
	expect_message(&third, "y", 1);
	assert_int_equal(atomic_load(&shared->handled), 2);
}

/* Without a deadline of the client's, or with a long one, ours counts. */
static void test_request_limit(void **state)
{
	(void)state;
	static const char *const cases[] = {ECHO, ECHO "|grpc-timeout=99999999H"};
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CALL call;
		call_start_part(&client, &call, cases[i], "abc", 3, 6);
		client_sync(&client);
		later(LSEC_MAX_REQUEST_SECONDS - 5);
		usleep(250000);
		client_sync(&client);
		assert_false(call.closed);
		later(5);
		call_wait(&call);
		expect_status(&call, "4", "or 60 seconds, passed before the call was complete");
	}
}

/* A connection that never says anything is closed; one that did may stay. */
static void test_hello(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_open(&house);
	int mute = connect_raw(house.path[0]);
	int half = connect_raw(house.path[0]);
	char byte;
	assert_true(mute >= 0 && half >= 0);
	assert_int_equal(send(half, NGHTTP2_CLIENT_MAGIC, 24, 0), 24);
	client_open(&client, house.path[0]);
	client_sync(&client);
	later(LSEC_MAX_HELLO_SECONDS - 2);
	usleep(1200000); /* a look at the time */
	client_sync(&client);
	assert_int_equal(recv(mute, large, 1, MSG_DONTWAIT | MSG_PEEK), 1); /* SETTINGS */
	later(3);
	while (recv(mute, &byte, 1, 0) == 1 || recv(half, &byte, 1, 0) == 1)
		continue;
	later(100000);
	usleep(1200000);
	CALL call;
	call_make(&client, &call, ECHO, "x", 1);
	expect_message(&call, "x", 1);
	close(mute);
	close(half);
}

/* A call whose answer is on its way, to a client that allows all of it but reads nothing. */
static void start_deaf(struct house *house, struct client *client, struct call *call, size_t len)
{
	const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 24};
	house_open(house);
	client_open_with(client, house->path[0], &window, 1);
	nghttp2_session_set_local_window_size(client->session, NGHTTP2_FLAG_NONE, 0, 1 << 24);
	call_start_part(client, call, ECHO, large, len, LSEC_MESSAGE_PREFIX + len);
	client_sync(client);
	client->deaf = true;
	call_finish(call);
	while (atomic_load(&shared->handled) == 0)
		client_turn(client, 10);
	usleep(100000); /* the answer fills the socket */
}

/* A client that takes nothing of its answer any more is given up after a minute. */
static void test_silent(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL call;
	start_deaf(&house, &client, &call, 1 << 20);
	/* It says something all the while, which is not read: and costs nothing. */
	nghttp2_submit_ping(client.session, NGHTTP2_FLAG_NONE, NULL);
	client_turn(&client, 100);
	unsigned ticks = house_ticks(&house);
	later(LSEC_MAX_SILENT_SECONDS - 5);
	usleep(500000);
	assert_true(house_ticks(&house) - ticks < 10);
	unsigned before = house_descriptors(&house);
	later(10);
	for (double end = seconds_now() + PATIENCE;
	     house_descriptors(&house) == before && seconds_now() < end;)
		usleep(10000);
	assert_int_equal(house_descriptors(&house), before - 1);
	client.deaf = false;
	client_wait_end(&client);
	assert_false(call.closed);
}

/* One that takes its answer slowly is not silent, though it says nothing. */
static void test_slow_reader(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL call;
	start_deaf(&house, &client, &call, LONGEST);
	for (size_t i = 0; i < 4; i++) {
		later(LSEC_MAX_SILENT_SECONDS - 10);
		client.hears = 300000;
		while (client.hears > 0 && !client.ended)
			client_turn(&client, 10);
		usleep(250000);
	}
	client.deaf = false;
	call_wait(&call);
	expect_message(&call, large, LONGEST);
}

/* One whose call waits, but that talks, is not silent. */
static void test_not_silent(void **state)
{
	(void)state;
	const nghttp2_settings_entry none = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
	HOUSE house;
	CLIENT client;
	CALL call;
	house_open(&house);
	client_open_with(&client, house.path[0], &none, 1);
	call_start(&client, &call, ECHO, large, 1000);
	while (call.http[0] == '\0')
		client_turn(&client, 100);
	unsigned before = house_descriptors(&house);
	for (size_t i = 0; i < 4; i++) {
		later(LSEC_MAX_SILENT_SECONDS - 5);
		usleep(120000);
		/* With an answer, or without. */
		if (i % 2 == 0)
			nghttp2_submit_window_update(client.session, NGHTTP2_FLAG_NONE, 0, 1);
		else
			nghttp2_submit_ping(client.session, NGHTTP2_FLAG_NONE, NULL);
		client_turn(&client, 100);
		usleep(120000);
		assert_int_equal(house_descriptors(&house), before);
	}
	later(LSEC_MAX_SILENT_SECONDS + 1);
	client_wait_end(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadline),      cmocka_unit_test(test_deadline_behind),
		cmocka_unit_test(test_request_limit), cmocka_unit_test(test_hello),
		cmocka_unit_test(test_silent),        cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_not_silent),
	};
	return cmocka_run_group_tests_name("server time", tests, make_large, NULL);
}
