/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and answers in memory, of which no client may take too much. */
#include "transport/server.h"

#include "server_process.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_together), cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_trickle),        cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_answers_unread),
	};
	return cmocka_run_group_tests_name("server memory", tests, make_large, NULL);
}
