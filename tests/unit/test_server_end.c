/* SPDX-License-Identifier: Apache-2.0 */
/* From the first socket to the last: listening, ending, signals. */
#include "transport/server.h"

#include "server_process.h"

static void test_listeners(void **state)
{
	(void)state;
	struct stat found;
	HOUSE house;
	house_open_with(&house, LSEC_MAX_LISTENERS, -1);
	for (size_t i = 0; i < LSEC_MAX_LISTENERS; i++) {
		CLIENT client;
		CALL call;
		client_open(&client, house.path[i]);
		call_make(&client, &call, ECHO, large, i);
		expect_message(&call, large, i);
	}
	assert_int_equal(kill(house.child, SIGTERM), 0);
	assert_int_equal(house_status(&house), 0);
	for (size_t i = 0; i < LSEC_MAX_LISTENERS; i++)
		assert_int_equal(lstat(house.path[i], &found), -1);
}

/* Answers, tells everybody, ends with 0, and removes its socket. */
static void test_stop(void **state)
{
	(void)state;
	struct stat found;
	HOUSE house;
	CLIENT client;
	CLIENT other;
	CALL open;
	CALL call;
	house_visit(&house, &client);
	client_open(&other, house.path[0]);
	client_sync(&other);
	call_start_part(&client, &open, ECHO, "abc", 3, 6);
	call_make(&client, &call, STOP, "bye", 3);
	expect_message(&call, "bye", 3);
	client_wait_end(&other);
	assert_true(other.told);
	assert_int_equal(other.told_why, NGHTTP2_NO_ERROR);
	/* One call is under way: nobody may connect any more, but it is answered. */
	assert_int_equal(lstat(house.path[0], &found), -1);
	assert_int_equal(connect_raw(house.path[0]), -1);
	assert_int_equal(waitpid(house.child, NULL, WNOHANG), 0);
	while (!client.told && !client.ended)
		client_turn(&client, 100);
	call_finish(&open);
	call_wait(&open);
	expect_message(&open, "abc", 3);
	client_wait_end(&client);
	assert_int_equal(house_status(&house), 0);
	assert_int_equal(atomic_load(&shared->handled), 2);
}

/* Whoever is told that it is over may still say something for a moment. */
static void test_linger(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL call;
	house_visit(&house, &client);
	call_make(&client, &call, STOP, "bye", 3);
	expect_message(&call, "bye", 3);
	client_wait_end(&client);
	assert_true(client.told);
	assert_int_equal(send(client.fd, "x", 1, MSG_NOSIGNAL), 1);
	later(LSEC_MAX_LINGER_SECONDS + 1);
	assert_int_equal(house_status(&house), 0);
	assert_int_equal(send(client.fd, "x", 1, MSG_NOSIGNAL), -1);
}

/* Calls that are not complete when the time is over are not waited for. */
static void test_grace(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL open;
	house_visit(&house, &client);
	call_start_part(&client, &open, ECHO, "abc", 3, 6);
	client_sync(&client);
	assert_int_equal(kill(house.child, SIGTERM), 0);
	while (!client.told)
		client_turn(&client, 100);
	later(LSEC_MAX_GRACE_SECONDS - 2);
	usleep(250000);
	client_sync(&client);
	assert_false(client.ended);
	later(3);
	client_wait_end(&client);
	assert_false(open.closed);
	assert_int_equal(house_status(&house), 0);
}

/* Calls that were sent before the end are answered, also when they were not read yet. */
static void test_stop_behind(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL first;
	CALL second;
	house_visit(&house, &client);
	call_start(&client, &first, STOP, "bye", 3);
	call_start(&client, &second, ECHO, "abc", 3);
	client_wait_end(&client);
	expect_message(&first, "bye", 3);
	expect_message(&second, "abc", 3);
	assert_int_equal(house_status(&house), 0);
}

/* The same where they are more than is read at once. */
static void test_stop_far_behind(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL first;
	struct call calls[6];
	house_visit(&house, &client);
	client_sync(&client);
	assert_int_equal(kill(house.child, SIGSTOP), 0);
	call_start(&client, &first, STOP, "bye", 3);
	for (size_t i = 0; i < COUNT(calls); i++) {
		call_start(&client, &calls[i], ECHO, large, 20000 + i);
		while (calls[i].left < calls[i].out.len)
			client_turn(&client, 10);
	}
	assert_int_equal(kill(house.child, SIGCONT), 0);
	client_wait_end(&client);
	expect_message(&first, "bye", 3);
	for (size_t i = 0; i < COUNT(calls); i++) {
		expect_message(&calls[i], large, 20000 + i);
		call_clear(&calls[i]);
	}
	assert_int_equal(house_status(&house), 0);
}

/* Large messages under way are answered, too, though all of them are more than may be in memory. */
static void test_end_amid_large(void **state)
{
	(void)state;
	enum { CLIENTS = LSEC_MAX_SHARED / (LONGEST / 2) };
	struct client clients[CLIENTS];
	struct call calls[CLIENTS];
	HOUSE house;
	house_open(&house);
	for (size_t i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], house.path[0]);
		call_start_part(&clients[i], &calls[i], ECHO, large + i, LONGEST, LONGEST / 2);
		client_sync(&clients[i]);
	}
	assert_int_equal(kill(house.child, SIGTERM), 0);
	for (size_t i = 0; i < CLIENTS; i++) {
		while (!clients[i].told)
			client_turn(&clients[i], 100);
		call_finish(&calls[i]);
	}
	for (bool all = false; !all;) {
		all = true;
		for (size_t i = 0; i < CLIENTS; i++) {
			client_turn(&clients[i], 1);
			all &= clients[i].ended;
		}
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		expect_message(&calls[i], large + i, LONGEST);
		call_clear(&calls[i]);
		client_close(&clients[i]);
	}
	assert_int_equal(house_status(&house), 0);
}

/* A signal behind an answer that ends it is a first signal, too: what is under way may end. */
static void test_stop_and_signal(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL open;
	CALL call;
	house_visit(&house, &client);
	call_start_part(&client, &open, ECHO, "abc", 3, 6);
	call_make(&client, &call, STOP, "bye", 3);
	expect_message(&call, "bye", 3);
	assert_int_equal(kill(house.child, SIGTERM), 0);
	usleep(50000);
	client_sync(&client);
	assert_false(client.ended);
	double start = seconds_now();
	assert_int_equal(kill(house.child, SIGTERM), 0);
	client_wait_end(&client);
	assert_true(seconds_now() - start < LSEC_MAX_GRACE_SECONDS / 2);
	assert_false(open.closed);
	assert_int_equal(house_status(&house), 0);
}

static void test_signals(void **state)
{
	(void)state;
	static const int signals[] = {SIGTERM, SIGINT};
	for (size_t i = 0; i < COUNT(signals); i++) {
		struct stat found;
		HOUSE house;
		CLIENT client;
		CALL open;
		house_visit(&house, &client);
		call_start_part(&client, &open, ECHO, "abc", 3, 6);
		client_sync(&client);
		assert_int_equal(kill(house.child, SIGPIPE), 0); /* which does nothing */
		client_sync(&client);
		assert_int_equal(kill(house.child, signals[i]), 0);
		while (!client.told)
			client_turn(&client, 100);
		assert_int_equal(lstat(house.path[0], &found), -1);
		cleanup_free char *log = house_log(&house);
		expect_contains(log, i == 0 ? "\"SIGTERM: ending\"" : "\"SIGINT: ending\"");
		if (i == 0) {
			call_finish(&open);
			call_wait(&open);
			expect_message(&open, "abc", 3);
		} else {
			/* Again: at once. */
			double start = seconds_now();
			assert_int_equal(kill(house.child, SIGTERM), 0);
			client_wait_end(&client);
			assert_true(seconds_now() - start < LSEC_MAX_GRACE_SECONDS / 2);
			assert_false(open.closed);
		}
		assert_int_equal(house_status(&house), 0);
	}
}

/* A log that nobody reads any more changes nothing. */
static void test_broken_log(void **state)
{
	(void)state;
	int pipe_fds[2];
	HOUSE house;
	CLIENT client;
	CALL call;
	CALL bye;
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	close(pipe_fds[0]);
	house_open_with(&house, 1, pipe_fds[1]);
	close(pipe_fds[1]);
	client_open(&client, house.path[0]);
	call_make(&client, &call, FIELDS("/none"), "", 0);
	expect_status(&call, "12", "this server has no such method");
	call_make(&client, &bye, STOP, "bye", 3);
	expect_message(&bye, "bye", 3);
	assert_int_equal(house_status(&house), 0);
}

/* The connection breaks without an answer; the next server replaces the socket that is left. */
static void test_out_of_memory(void **state)
{
	(void)state;
	HOUSE house;
	CLIENT client;
	CALL call;
	house_visit(&house, &client);
	call_start(&client, &call, FIELDS("/test.Words/RunOut"), "abc", 3);
	client_wait_end(&client);
	assert_false(call.closed || client.told);
	assert_int_equal(house_status(&house), 1);
	assert_int_equal(unlink(house.path[0]), 0);
}

/* With nobody connected it sleeps for good, and a signal wakes it. */
static void test_idle(void **state)
{
	(void)state;
	HOUSE house;
	house_open(&house);
	usleep(50000);
	assert_int_equal(kill(house.child, SIGINT), 0);
	assert_int_equal(house_status(&house), 0);
}

/* What goes on in a process: each function's result is its exit status. */

static struct lsec_log no_log = {.fd = -1, .least = LSEC_ERROR};
static const struct lsec_server_setup no_setup = {
	.services = services, .longest = LONGEST, .log = &no_log};

/* Signals stay blocked: one at the very end must not end the process otherwise. */
static int check_mask(void)
{
	struct lsec_problems problems = {0};
	struct lsec_server *server = NULL;
	sigset_t after;
	if (lsec_server_new(&no_setup, &server, &problems) < 0)
		return 2;
	raise(SIGTERM);
	lsec_server_free(server);
	raise(SIGINT);
	sigprocmask(SIG_SETMASK, NULL, &after);
	return sigismember(&after, SIGTERM) == 1 && sigismember(&after, SIGINT) == 1 &&
	                       signal(SIGPIPE, SIG_DFL) == SIG_IGN
	               ? 0
	               : 1;
}

/* The limit of sockets is told; those that could be opened are closed again. */
static int check_listeners(void)
{
	struct lsec_problems problems = {0};
	struct lsec_server *server LSEC_CLEANUP(lsec_server_put) = NULL;
	char directory[] = "/tmp/launchsec-test.XXXXXX";
	char path[64];
	if (lsec_server_new(&no_setup, &server, &problems) < 0 || mkdtemp(directory) == NULL)
		return 2;
	snprintf(path, sizeof(path), "%s/none/x.sock", directory);
	if (lsec_server_listen(server, path, &problems) == 0)
		return 3;
	for (int i = 0; i <= LSEC_MAX_LISTENERS; i++) {
		snprintf(path, sizeof(path), "%s/%d.sock", directory, i);
		int status = lsec_server_listen(server, path, &problems);
		if (status != (i < LSEC_MAX_LISTENERS ? 0 : -1))
			return 4;
	}
	if (problems.count != 2 || !has_problem(&problems, NULL, "more than 4 sockets") ||
	    access(path, F_OK) == 0)
		return 5;
	lsec_problems_clear(&problems);
	lsec_server_free(server);
	server = NULL;
	return rmdir(directory) == 0 ? 0 : 6;
}

static int check_no_descriptors(void)
{
	int next = dup(0);
	close(next);
	for (rlim_t limit = 0; limit < 3; limit++) {
		struct lsec_problems problems = {0};
		struct lsec_server *server = NULL;
		const struct rlimit few = {(rlim_t)next + limit, 1024};
		setrlimit(RLIMIT_NOFILE, &few);
		int status = lsec_server_new(&no_setup, &server, &problems);
		if (status != (limit < 2 ? -1 : 0))
			return 1;
		if (limit < 2 && (server != NULL || !problems.failed ||
		                  !has_problem(&problems, "server",
		                               "cannot wait for events: Too many open files")))
			return 2;
		lsec_problems_clear(&problems);
		lsec_server_free(server);
	}
	lsec_server_free(NULL);
	return 0;
}

static int in_child(int (*check)(void))
{
	pid_t child = start_child();
	if (child == 0)
		exit(check());
	return exit_status(child);
}

static void test_process(void **state)
{
	(void)state;
	assert_int_equal(in_child(check_mask), 0);
	assert_int_equal(in_child(check_listeners), 0);
	assert_int_equal(in_child(check_no_descriptors), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listeners),      cmocka_unit_test(test_stop),
		cmocka_unit_test(test_linger),         cmocka_unit_test(test_grace),
		cmocka_unit_test(test_stop_behind),    cmocka_unit_test(test_stop_far_behind),
		cmocka_unit_test(test_end_amid_large), cmocka_unit_test(test_stop_and_signal),
		cmocka_unit_test(test_signals),        cmocka_unit_test(test_broken_log),
		cmocka_unit_test(test_out_of_memory),  cmocka_unit_test(test_idle),
		cmocka_unit_test(test_process),
	};
	return cmocka_run_group_tests_name("server end", tests, make_large, NULL);
}
