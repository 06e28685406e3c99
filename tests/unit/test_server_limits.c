/* SPDX-License-Identifier: Apache-2.0 */
/* What no client may take too much of: calls, memory, time, connections. */
#include "transport/server.h"

#include "server_process.h"

/* One more is refused, so that the client may try again (RFC 9113 8.7). */
static void test_too_many_calls(void **state)
{
	(void)state;
	enum { EACH = LSEC_MAX_CALLS_PER_CONNECTION };
	enum { SHARED = LSEC_MAX_CALLS - LSEC_MAX_CONNECTIONS, BUSY = SHARED / EACH };
	static struct call calls[SHARED];
	struct client clients[BUSY];
	HOUSE house;
	CLIENT other;
	CALL over;
	CALL first;
	assert_int_equal(SHARED % EACH, 0);
	house_open(&house);
	for (size_t i = 0; i < BUSY; i++)
		client_open(&clients[i], house.path[0]);
	for (size_t i = 0; i < SHARED; i++)
		call_start_part(&clients[i / EACH], &calls[i], ECHO, "x", 1, 0);
	/* Before the client knows the limit of its connection. */
	call_start_part(&clients[0], &over, ECHO, "x", 1, 6);
	call_wait(&over);
	expect_reset(&over, NGHTTP2_REFUSED_STREAM);
	call_clear(&over);
	for (size_t i = 0; i < BUSY; i++)
		client_sync(&clients[i]);
	/* There is room for one of each other connection, not for more. */
	client_open(&other, house.path[0]);
	call_start_part(&other, &first, ECHO, "x", 1, 0);
	client_sync(&other);
	call_start_part(&other, &over, ECHO, "x", 1, 6);
	call_wait(&over);
	expect_reset(&over, NGHTTP2_REFUSED_STREAM);
	call_clear(&over);
	for (size_t i = 0; i < SHARED; i++)
		assert_false(calls[i].closed);
	for (size_t i = 0; i < 2; i++) {
		call_finish(&calls[i]);
		call_wait(&calls[i]);
		expect_message(&calls[i], "x", 1);
	}
	call_make(&other, &over, ECHO, "y", 1);
	expect_message(&over, "y", 1);
	call_finish(&first);
	call_wait(&first);
	expect_message(&first, "x", 1);
	for (size_t i = 0; i < SHARED; i++)
		call_clear(&calls[i]);
	for (size_t i = 0; i < BUSY; i++)
		client_close(&clients[i]);
}

/* Several large messages from several clients: one after the other, whole. */
static void test_large_together(void **state)
{
	(void)state;
	enum { CLIENTS = 5 };
	struct client clients[CLIENTS];
	struct call calls[CLIENTS][2];
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], house.path[0]);
		for (size_t j = 0; j < 2; j++)
			call_start(&clients[i], &calls[i][j], ECHO, large + 2 * i + j, 1000000 + i);
	}
	for (bool all = false; !all;) {
		all = true;
		for (size_t i = 0; i < CLIENTS; i++) {
			client_turn(&clients[i], 0);
			all &= calls[i][0].closed && calls[i][1].closed;
			assert_false(clients[i].ended);
		}
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		for (size_t j = 0; j < 2; j++) {
			expect_message(&calls[i][j], large + 2 * i + j, 1000000 + i);
			call_clear(&calls[i][j]);
		}
		client_close(&clients[i]);
	}
}

/* Begins a message of 1 MiB, by which its call has the floor. */
static void hold_floor(struct client *client, struct call *holder)
{
	call_start_part(client, holder, ECHO, large, 1 << 20, 100000);
	client_sync(client);
}

/* While one has the floor, others of the same connection wait, small ones do not. */
static void test_floor(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT first;
	CLIENT second;
	CALL holder;
	CALL waiting;
	CALL behind;
	house_visit(&house, &first);
	client_open(&second, house.path[0]);
	hold_floor(&first, &holder);
	assert_int_equal(holder.left, 100000); /* more than the first window */
	call_start(&second, &waiting, ECHO, large, 1 << 20);
	call_start(&second, &behind, ECHO, large, 65531);
	client_sync(&second);
	assert_int_equal(waiting.left, 65535);
	assert_int_equal(behind.left, 65535);
	for (size_t len = 65500; len <= 65530; len += 30) {
		CALL small;
		call_make(&second, &small, ECHO, large, len);
		expect_message(&small, large, len);
	}
	assert_false(waiting.closed || behind.closed);
	call_finish(&holder);
	call_wait(&holder);
	expect_message(&holder, large, 1 << 20);
	call_wait(&behind);
	assert_true(waiting.closed); /* who came first was first */
	expect_message(&waiting, large, 1 << 20);
	expect_message(&behind, large, 65531);
}

/* Who goes away leaves the floor to others; so does one that is reset. */
static void test_floor_left(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < 4; i++) {
		CLIENT other;
		CALL holder;
		CALL waiting;
		client_open(&other, house.path[0]);
		hold_floor(&other, &holder);
		call_start(&client, &waiting, ECHO, large, 100000);
		client_sync(&client);
		assert_int_equal(waiting.left, 65535);
		if (i % 2 == 0) {
			client_close(&other);
			other.ended = true;
		} else {
			nghttp2_submit_rst_stream(other.session, NGHTTP2_FLAG_NONE, holder.stream,
			                          NGHTTP2_CANCEL);
			client_turn(&other, 100);
		}
		call_wait(&waiting);
		expect_message(&waiting, large, 100000);
	}
}

/* One that dawdles while others wait loses the floor; alone it does not. */
static void test_floor_lost(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT first;
	CLIENT second;
	CALL holder;
	CALL waiting;
	house_visit(&house, &first);
	client_open(&second, house.path[0]);
	hold_floor(&first, &holder);
	later(LSEC_MAX_FLOOR_SECONDS + 1);
	usleep(250000); /* two looks at the time */
	client_sync(&first);
	assert_false(holder.closed);
	call_start(&second, &waiting, ECHO, large, 100000);
	call_wait(&waiting);
	expect_message(&waiting, large, 100000);
	call_wait(&holder);
	expect_status(&holder, "8",
	              "found a large message that takes too long while others wait; send it again");
	/* Nobody waits any more, so the next one may take its time again. */
	CALL alone;
	call_start_part(&first, &alone, ECHO, large, 1 << 20, 100000);
	client_sync(&first);
	later(LSEC_MAX_FLOOR_SECONDS + 1);
	usleep(250000);
	call_finish(&alone);
	call_wait(&alone);
	expect_message(&alone, large, 1 << 20);
}

/* The more wait, the less patience there is, down to a second. */
static void test_patience(void **state)
{
	(void)state;
	enum { WAITING = 5 };
	struct client clients[WAITING];
	struct call calls[WAITING];
	HOUSE house;
	CLIENT first;
	CALL holder;
	house_visit(&house, &first);
	hold_floor(&first, &holder);
	for (size_t i = 0; i < WAITING; i++) {
		client_open(&clients[i], house.path[0]);
		call_start_part(&clients[i], &calls[i], ECHO, large, 100000, 70000);
		client_sync(&clients[i]);
	}
	double start = seconds_now();
	later(2);
	call_wait(&holder);
	assert_true(seconds_now() - start < 2.5); /* before all of its time is over */
	expect_status(&holder, "8", "while others wait; send it again");
	for (size_t i = 0; i < WAITING; i++) {
		call_finish(&calls[i]);
		call_wait(&calls[i]);
		expect_message(&calls[i], large, 100000);
		call_clear(&calls[i]);
		client_close(&clients[i]);
	}
}

/* However many wait, a second it has. */
static void test_least_patience(void **state)
{
	(void)state;
	enum { WAITING = 30 };
	struct call calls[WAITING];
	HOUSE house;
	CLIENT first;
	CLIENT second;
	CALL holder;
	house_visit(&house, &first);
	client_open(&second, house.path[0]);
	double start = seconds_now();
	hold_floor(&first, &holder);
	for (size_t i = 0; i < WAITING; i++)
		call_start_part(&second, &calls[i], ECHO, large, 100000, 30000);
	client_sync(&second);
	usleep(450000);
	client_sync(&first);
	if (seconds_now() - start < 0.9) /* this machine is not too slow to tell */
		assert_false(holder.closed);
	for (size_t i = 0; i < WAITING; i++)
		call_clear(&calls[i]);
}

/* The same for one that does not take its answer. */
static void test_floor_answer(void **state)
{
	(void)state;
	const nghttp2_settings_entry none = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
	HOUSE house;
	CLIENT first;
	CLIENT second;
	CALL holder;
	CALL waiting;
	house_open(&house);
	client_open_with(&first, house.path[0], &none, 1);
	client_open(&second, house.path[0]);
	call_start(&first, &holder, ECHO, large, 1 << 20);
	while (holder.http[0] == '\0')
		client_turn(&first, 100);
	call_start(&second, &waiting, ECHO, large, 100000);
	client_sync(&second);
	assert_int_equal(waiting.left, 65535);
	later(LSEC_MAX_FLOOR_SECONDS + 1);
	call_wait(&waiting);
	expect_message(&waiting, large, 100000);
	call_wait(&holder);
	expect_reset(&holder, NGHTTP2_CANCEL);
	CALL small;
	call_start(&first, &small, FAIL, "\x03x", 2);
	call_wait(&small);
	expect_status(&small, "3", "x");
}

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
	              "the client's deadline, or 60 seconds, are over before the call is complete");
	call_finish(&longer);
	call_wait(&longer);
	expect_message(&longer, "abc", 3);
	/* A call whose time is over is not begun. */
	call_make(&client, &over, ECHO "|grpc-timeout=0n", "abc", 3);
	expect_status(&over, "4", "the client's deadline is over");
	assert_int_equal(atomic_load(&shared->handled), 1);
	call_make(&client, &bad, ECHO "|grpc-timeout=1", "abc", 3);
	expect_status(&bad, "13", "found a grpc-timeout that is not 1 to 8 digits");
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
		expect_status(&call, "4", "or 60 seconds, are over before the call is complete");
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

/* One more connection than there may be takes the place of the least useful. */
static void test_crowd(void **state)
{
	(void)state;
	enum { IDLE = LSEC_MAX_CONNECTIONS - 1 };
	static int idle[IDLE];
	HOUSE house;
	CLIENT useful;
	CLIENT last;
	CALL call;
	const struct rlimit limit = {1024, 1024};
	house_open(&house);
	assert_int_equal(prlimit(house.child, RLIMIT_NOFILE, &limit, NULL), 0);
	client_open(&useful, house.path[0]);
	client_sync(&useful);
	for (size_t i = 0; i < IDLE; i++)
		idle[i] = connect_raw(house.path[0]);
	call_make(&useful, &call, ECHO, "x", 1);
	expect_message(&call, "x", 1);
	assert_int_equal(recv(idle[0], large, 1, MSG_PEEK), 1);
	client_open(&last, house.path[0]);
	client_sync(&last);
	assert_false(last.ended);
	char bytes[256];
	while (recv(idle[0], bytes, sizeof(bytes), 0) > 0) /* the oldest */
		continue;
	assert_int_equal(recv(idle[1], bytes, sizeof(bytes), MSG_DONTWAIT) > 0, 1);
	assert_int_equal(recv(idle[1], bytes, sizeof(bytes), MSG_DONTWAIT), -1);
	call_clear(&call);
	call_make(&useful, &call, ECHO, "x", 1);
	expect_message(&call, "x", 1);
	lsec_owned_text log = house_log(&house);
	expect_contains(log, "too many connections (256): the least useful are closed");
	for (size_t i = 0; i < IDLE; i++)
		close(idle[i]);
}

/* So many connections, each with a call that is not complete or without. */
static void open_many(struct client *clients, struct call *calls, size_t count, size_t busy,
                      const struct house *house)
{
	for (size_t i = 0; i < count; i++) {
		client_open(&clients[i], house->path[0]);
		calls[i] = (struct call){0};
		if (i < busy)
			call_start_part(&clients[i], &calls[i], ECHO, "x", 1, 0);
		client_sync(&clients[i]);
		assert_false(clients[i].ended);
	}
}

/* One that has calls under way stays, unless most have: then they are what is too many. */
static void test_busy_crowd(void **state)
{
	(void)state;
	enum { ALL = LSEC_MAX_CONNECTIONS };
	static struct client clients[ALL];
	static struct call calls[ALL];
	const struct rlimit limit = {1024, 1024};
	for (size_t busy = ALL / 2; busy <= ALL / 2 + 1; busy++) {
		HOUSE house;
		CLIENT last;
		house_open(&house);
		assert_int_equal(prlimit(house.child, RLIMIT_NOFILE, &limit, NULL), 0);
		open_many(clients, calls, ALL, busy, &house);
		client_open(&last, house.path[0]);
		client_sync(&last);
		assert_false(last.ended);
		/* The oldest of its kind has gone. */
		size_t gone = busy > ALL / 2 ? 0 : busy;
		client_wait_end(&clients[gone]);
		for (size_t i = 0; i < ALL; i++) {
			if (i != gone)
				client_sync(&clients[i]);
			assert_int_equal(clients[i].ended, i == gone);
			call_clear(&calls[i]);
			client_close(&clients[i]);
		}
	}
}

/* Out of descriptors, too; and when there is none to close, it waits and tries again. */
static void test_no_descriptors(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT first;
	CLIENT second;
	CALL call;
	house_visit(&house, &first);
	client_sync(&first);
	/* No more than it has. They have the lowest numbers: the highest is known. */
	struct rlimit limit = {0, 1024};
	struct stat found;
	do {
		char path[64];
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)house.child,
		         (int)limit.rlim_cur++);
		if (lstat(path, &found) < 0)
			break;
	} while (limit.rlim_cur < 1024);
	limit.rlim_cur--;
	assert_int_equal(prlimit(house.child, RLIMIT_NOFILE, &limit, NULL), 0);
	client_open(&second, house.path[0]);
	call_make(&second, &call, ECHO, "x", 1);
	expect_message(&call, "x", 1);
	client_wait_end(&first);
	/* Not even one, and nobody to be closed. */
	client_close(&second);
	call_clear(&call);
	limit.rlim_cur = 3;
	assert_int_equal(prlimit(house.child, RLIMIT_NOFILE, &limit, NULL), 0);
	client_open(&second, house.path[0]);
	call_start(&second, &call, ECHO, "y", 1);
	for (size_t i = 0; i < 5; i++)
		client_turn(&second, 50);
	assert_false(call.closed);
	limit.rlim_cur = 1024;
	assert_int_equal(prlimit(house.child, RLIMIT_NOFILE, &limit, NULL), 0);
	call_wait(&call);
	expect_message(&call, "y", 1);
}

/* A client that resets its calls, and one that pads its frames. */
static void test_reset_by_client(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	for (size_t i = 0; i < LSEC_MAX_CALLS + 10; i++) {
		CALL call;
		call_start_part(&client, &call, ECHO, large, 100000, i % 100);
		client_turn(&client, 100);
		nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, call.stream,
		                          NGHTTP2_CANCEL);
		client_sync(&client);
		assert_true(call.closed);
	}
	CALL call;
	call_make(&client, &call, ECHO, large, 100000);
	expect_message(&call, large, 100000);
	client.padding = 255;
	CALL padded;
	call_make(&client, &padded, ECHO, large, 1 << 20);
	expect_message(&padded, large, 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many_calls),  cmocka_unit_test(test_large_together),
		cmocka_unit_test(test_floor),           cmocka_unit_test(test_floor_left),
		cmocka_unit_test(test_floor_lost),      cmocka_unit_test(test_patience),
		cmocka_unit_test(test_least_patience),  cmocka_unit_test(test_floor_answer),
		cmocka_unit_test(test_deadline),        cmocka_unit_test(test_deadline_behind),
		cmocka_unit_test(test_request_limit),   cmocka_unit_test(test_hello),
		cmocka_unit_test(test_silent),          cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_not_silent),      cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_busy_crowd),      cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_reset_by_client),
	};
	return cmocka_run_group_tests_name("server limits", tests, make_large, NULL);
}
