/* SPDX-License-Identifier: Apache-2.0 */
/* What no client may take too much of: calls, connections. */
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
		cmocka_unit_test(test_too_many_calls),  cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_busy_crowd),      cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_reset_by_client),
	};
	return cmocka_run_group_tests_name("server limits", tests, make_large, NULL);
}
