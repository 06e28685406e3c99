/* SPDX-License-Identifier: Apache-2.0 */
/* When a server reports that it has answered, and what it counts. */
#include "transport/server.h"

#include "server_process.h"

static unsigned reports(void)
{
	return atomic_load(&shared->reports);
}

static void expect_reports(unsigned wanted)
{
	double end = seconds_now() + PATIENCE;
	while (reports() < wanted && seconds_now() < end)
		usleep(1000);
	assert_int_equal(reports(), wanted);
}

static void echo_once(struct client *client)
{
	CALL call;
	call_make(client, &call, ECHO, "x", 1);
	expect_message(&call, "x", 1);
}

/* The first answer at once, those of the next second together, at its end or at the next event. */
static void test_once_a_second(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	house_visit(&house, &client);
	client_sync(&client);
	assert_int_equal(reports(), 0);
	const double begin = seconds_now();
	echo_once(&client);
	expect_reports(1);
	for (size_t i = 0; i < 5; i++)
		echo_once(&client);
	client_sync(&client);
	/* One, unless the machine is so busy that this took seconds. */
	assert_true(reports() <= 1 + (unsigned)(seconds_now() - begin));
	later(1);
	client_sync(&client);
	client_sync(&client); /* the turn of the one before is over */
	const unsigned all = reports();
	assert_true(all >= 2);
	later(5);
	client_sync(&client);
	client_sync(&client);
	assert_int_equal(reports(), all);
}

/* Without another event too, and without a client. */
static void test_idle(void **state)
{
	(void)state;
	HOUSE house;
	house_open(&house);
	{
		CLIENT client;
		client_open(&client, house.path[0]);
		echo_once(&client);
		expect_reports(1);
		echo_once(&client);
	}
	expect_reports(2);
}

/* At the end what is left is reported, and nothing is where nothing is left. */
static void test_end(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL call;
	house_visit(&house, &client);
	echo_once(&client);
	expect_reports(1);
	call_make(&client, &call, STOP, "x", 1);
	client_wait_end(&client);
	assert_int_equal(house_status(&house), 0);
	assert_int_equal(reports(), 2);
	HOUSE quiet;
	house_open(&quiet);
	assert_int_equal(kill(quiet.child, SIGTERM), 0);
	assert_int_equal(house_status(&quiet), 0);
	assert_int_equal(reports(), 0);
}

static void expect_count(size_t row, enum lsec_rpc_code code, unsigned wanted)
{
	assert_int_equal(shared->counts[row].of[code], wanted);
}

/* By method and status; calls of methods that there are not, too. */
static void test_counts(void **state)
{
	(void)state;
	enum { ROW_ECHO, ROW_FAIL, ROW_OTHER = 7, ROW_UNKNOWN };
	HOUSE house;
	CLIENT client;
	CALL fails;
	CALL unknown;
	CALL empty;
	CALL other;
	house_visit(&house, &client);
	echo_once(&client);
	echo_once(&client);
	call_make(&client, &fails, FAIL, "\x05", 1);
	call_make(&client, &unknown, FIELDS("/test.Words/None"), "x", 1);
	call_raw(&client, &empty, ECHO, "", 0);
	call_make(&client, &other, FIELDS("/test.Others/Context"), "x", 1);
	client_sync(&client);
	kill(house.child, SIGTERM);
	assert_int_equal(house_status(&house), 0);
	expect_count(ROW_ECHO, LSEC_RPC_OK, 2);
	expect_count(ROW_ECHO, LSEC_RPC_INTERNAL, 1);
	expect_count(ROW_FAIL, LSEC_RPC_OK, 0);
	expect_count(ROW_FAIL, LSEC_RPC_NOT_FOUND, 1);
	expect_count(ROW_OTHER, LSEC_RPC_OK, 1);
	expect_count(ROW_UNKNOWN, LSEC_RPC_UNIMPLEMENTED, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_a_second),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_counts),
	};
	return cmocka_run_group_tests_name("server reports", tests, make_large, NULL);
}
