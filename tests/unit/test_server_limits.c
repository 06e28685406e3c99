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

/* A call of which so many bytes have arrived in the end, though there may be little memory. */
static void send_part(struct client *client, struct call *call, size_t len, size_t part)
{
	call_start_part(client, call, ECHO, large, len, part);
	for (double end = seconds_now() + PATIENCE; call->left < part;) {
		assert_true(seconds_now() < end);
		client_turn(client, 10);
	}
	client_sync(client);
	later(1); /* it does not move any more */
}

/* So many calls that do not go on, each with the same part of a message in memory. */
#define PART ((size_t)1100000)
static void stall(const struct house *house, struct client *clients, struct call *calls,
                  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		client_open(&clients[i], house->path[0]);
		send_part(&clients[i], &calls[i], LONGEST, PART);
	}
}

static void end_stalled(struct client *clients, struct call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		call_clear(&calls[i]);
		client_close(&clients[i]);
	}
}

/* Far more large messages than may be in memory: all are answered, none is ended. */
static void test_large_together(void **state)
{
	(void)state;
	enum { CLIENTS = 6, EACH = 2 };
	struct client clients[CLIENTS];
	struct call calls[CLIENTS][EACH];
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], house.path[0]);
		for (size_t j = 0; j < EACH; j++)
			call_start(&clients[i], &calls[i][j], ECHO, large + EACH * i + j,
			           1000000 + i);
	}
	for (bool all = false; !all;) {
		all = true;
		for (size_t i = 0; i < CLIENTS; i++) {
			client_turn(&clients[i], 0);
			all &= calls[i][0].closed && calls[i][1].closed;
			assert_false(clients[i].ended);
		}
	}
	for (size_t i = 0; i < CLIENTS; i++)
		for (size_t j = 0; j < EACH; j++)
			expect_message(&calls[i][j], large + EACH * i + j, 1000000 + i);
	for (size_t i = 0; i < CLIENTS; i++) {
		call_clear(&calls[i][0]);
		end_stalled(&clients[i], &calls[i][1], 1);
	}
}

/* Stalled messages delay others, on the same connection or another, by a fifth of a second. */
static void test_stalled(void **state)
{
	(void)state;
	enum { STALLED = LSEC_MAX_SHARED / PART + 1 };
	static const size_t sizes[] = {100, 65530, 65531, 70000, 1 << 20};
	struct client clients[STALLED];
	struct call calls[STALLED];
	HOUSE house;
	CLIENT other;
	house_visit(&house, &other);
	stall(&house, clients, calls, STALLED);
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		double start = seconds_now();
		size_t len = sizes[i / 2];
		CALL call;
		call_make(i % 2 == 0 ? &other : &clients[0], &call, ECHO, large, len);
		expect_message(&call, large, len);
		assert_true(seconds_now() - start < 1);
	}
	for (size_t i = 0; i < STALLED; i++) {
		call_finish(&calls[i]);
		call_wait(&calls[i]);
		expect_message(&calls[i], large, LONGEST);
	}
	end_stalled(clients, calls, STALLED);
}

/* A byte now and then is no progress. */
static void test_trickle(void **state)
{
	(void)state;
	enum { STALLED = LSEC_MAX_SHARED / PART + 1 };
	struct client clients[STALLED];
	struct call calls[STALLED];
	HOUSE house;
	CLIENT other;
	CALL call;
	house_visit(&house, &other);
	stall(&house, clients, calls, STALLED);
	call_start(&other, &call, ECHO, large, 70000);
	for (double start = seconds_now(); !call.closed;) {
		for (size_t i = 0; i < STALLED; i++) {
			call_ready(&calls[i], calls[i].ready + 1);
			client_turn(&clients[i], 1);
		}
		client_turn(&other, 1);
		assert_true(seconds_now() - start < 1);
	}
	expect_message(&call, large, 70000);
	end_stalled(clients, calls, STALLED);
}

/* Nor may they fill the memory: who has not moved for longest is ended. */
static void test_too_much(void **state)
{
	(void)state;
	enum { MOST = LSEC_MAX_SHARED + LONGEST, STALLED = MOST / PART };
	struct client clients[STALLED];
	struct call calls[STALLED];
	HOUSE house;
	CLIENT other;
	CALL call;
	house_visit(&house, &other);
	stall(&house, clients, calls, STALLED);
	for (size_t i = 0; i < STALLED; i++) {
		client_sync(&clients[i]);
		assert_false(calls[i].closed);
	}
	send_part(&other, &call, LONGEST, PART);
	call_wait(&calls[0]);
	expect_status(&calls[0], "8",
	              "the message arrives too slowly while others wait; send it again");
	call_finish(&call);
	call_wait(&call);
	expect_message(&call, large, LONGEST);
	client_sync(&clients[STALLED - 1]);
	assert_false(calls[STALLED - 1].closed);
	end_stalled(clients, calls, STALLED);
}

/* The same for answers that are not taken: with their connections. */
static void test_answers_unread(void **state)
{
	(void)state;
	enum { MOST = LSEC_MAX_SHARED + LONGEST, UNREAD = MOST / LONGEST + 1 };
	const nghttp2_settings_entry none = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
	struct client clients[UNREAD];
	struct call calls[UNREAD];
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < UNREAD; i++) {
		assert_true(i == 0 || !clients[0].ended);
		client_open_with(&clients[i], house.path[0], &none, 1);
		call_start(&clients[i], &calls[i], ECHO, large, LONGEST);
		while (calls[i].http[0] == '\0')
			client_turn(&clients[i], 100);
		later(1);
	}
	client_wait_end(&clients[0]);
	assert_false(calls[0].closed);
	for (size_t i = 1; i < UNREAD; i++) {
		CALL small;
		call_start(&clients[i], &small, FAIL, "\x03x", 2);
		call_wait(&small);
		expect_status(&small, "3", "x");
	}
	end_stalled(clients, calls, UNREAD);
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

/* One more connection than there may be takes the place of the one that was silent for longest. */
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
	cleanup_free char *log = house_log(&house);
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

/* One that has calls under way stays, unless it is silent for much longer. */
static void test_busy_crowd(void **state)
{
	(void)state;
	enum { ALL = LSEC_MAX_CONNECTIONS };
	static struct client clients[ALL];
	static struct call calls[ALL];
	const struct rlimit limit = {1024, 1024};
	for (size_t late = 0; late < 2; late++) {
		HOUSE house;
		CLIENT last;
		house_open(&house);
		assert_int_equal(prlimit(house.child, RLIMIT_NOFILE, &limit, NULL), 0);
		open_many(clients, calls, ALL / 2, ALL / 2, &house);
		later(late == 0 ? 1 : LSEC_MAX_HELLO_SECONDS + 1);
		open_many(clients + ALL / 2, calls + ALL / 2, ALL / 2, 0, &house);
		client_open(&last, house.path[0]);
		client_sync(&last);
		assert_false(last.ended);
		size_t gone = late == 0 ? ALL / 2 : 0;
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
		cmocka_unit_test(test_stalled),         cmocka_unit_test(test_trickle),
		cmocka_unit_test(test_too_much),        cmocka_unit_test(test_answers_unread),
		cmocka_unit_test(test_deadline),        cmocka_unit_test(test_deadline_behind),
		cmocka_unit_test(test_request_limit),   cmocka_unit_test(test_hello),
		cmocka_unit_test(test_silent),          cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_not_silent),      cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_busy_crowd),      cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_reset_by_client),
	};
	return cmocka_run_group_tests_name("server limits", tests, make_large, NULL);
}
