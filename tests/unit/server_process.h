/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A server of the transport runs in a child process, with methods that have
 * nothing to do with KubeVirt; the test talks to it over its sockets. Its monotonic clock is the
 * system's plus what the test, or a method that plays a slow one, has skipped: what takes a minute
 * takes a tenth of a second here. To be included once, by the file with main().
 */
#ifndef LAUNCHSEC_TESTS_SERVER_PROCESS_H
#define LAUNCHSEC_TESTS_SERVER_PROCESS_H

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "call.h"
#include "transport/server.h"

/* The longest message of the server under test, in bytes. */
#define LONGEST ((size_t)2 << 20)

#define ECHO FIELDS("/test.Words/Echo")
#define FAIL FIELDS("/test.Words/Fail")
#define SLOW FIELDS("/test.Words/Slow")
#define STOP FIELDS("/test.Words/Stop")
#define LATER FIELDS("/test.Words/Later")

/* What both processes see. */
struct shared {
	atomic_llong skipped; /* seconds that the server's clock is ahead */
	atomic_uint handled;  /* calls that a method was run for */
	atomic_bool held;     /* what is to be done later waits */
	atomic_uint done;     /* what was, as the digits of a number */
	atomic_uint reports;
	struct lsec_rpc_count counts[9]; /* of the methods below, and of unknown ones */
};
static struct shared *shared;

int clock_gettime(clockid_t id, struct timespec *ret)
{
	*ret = (struct timespec){0}; /* for MemorySanitizer, which does not see what follows */
	int status = (int)syscall(SYS_clock_gettime, id, ret);
	if (id == CLOCK_MONOTONIC && shared != NULL)
		ret->tv_sec += atomic_load(&shared->skipped);
	return status;
}

/* The server is so much later from now on. */
static inline void later(long long seconds)
{
	atomic_fetch_add(&shared->skipped, seconds);
}

/* The methods. */

static inline void echo(void *context, const char *message, size_t len, struct lsec_rpc_answer *ret)
{
	(void)context;
	atomic_fetch_add(&shared->handled, 1);
	lsec_buffer_add(&ret->message, message, len);
}

/* The message is a byte that is the code, and the text. */
static inline void fail_as_told(void *context, const char *message, size_t len,
                                struct lsec_rpc_answer *ret)
{
	(void)context;
	ret->code = (enum lsec_rpc_code)message[0];
	if (len > 1)
		lsec_buffer_add(&ret->text, message + 1, len - 1);
	lsec_buffer_text(&ret->message, "must not be seen");
}

/* The message begins with a digit: so many seconds. */
static inline void slow(void *context, const char *message, size_t len, struct lsec_rpc_answer *ret)
{
	later(message[0] - '0');
	echo(context, message, len, ret);
}

static inline void stop(void *context, const char *message, size_t len, struct lsec_rpc_answer *ret)
{
	echo(context, message, len, ret);
	ret->stop = true;
}

/* A digit to be noted once the client has its answer. */
struct digit {
	struct lsec_rpc_later later; /* first */
	unsigned digit;
};

static inline void note_digit(struct lsec_rpc_later *later)
{
	struct digit *digit = (struct digit *)later;
	while (atomic_load(&shared->held))
		usleep(1000);
	atomic_store(&shared->done, atomic_load(&shared->done) * 10 + digit->digit);
	free(digit);
}

/* The message begins with the digit. */
static inline void note_later(void *context, const char *message, size_t len,
                              struct lsec_rpc_answer *ret)
{
	struct digit *digit = calloc(1, sizeof(*digit));
	echo(context, message, len, ret);
	if (digit == NULL)
		return;
	digit->later.run = note_digit;
	digit->digit = (unsigned)(message[0] - '0');
	ret->later = &digit->later;
}

/* Memory runs out; the line about it is not for whoever runs the test. */
static inline void run_out(void *context, const char *message, size_t len,
                           struct lsec_rpc_answer *ret)
{
	close(STDERR_FILENO);
	echo(context, message, len, ret);
	lsec_out_of_memory();
}

static inline void tell_context(void *context, const char *message, size_t len,
                                struct lsec_rpc_answer *ret)
{
	(void)message;
	(void)len;
	lsec_buffer_text(&ret->message, context);
}

static const struct lsec_rpc_method words[] = {
	{"/test.Words/Echo", echo},
	{"/test.Words/Fail", fail_as_told},
	{"/test.Words/Slow", slow},
	{"/test.Words/Stop", stop},
	{"/test.Words/Later", note_later},
	{"/test.Words/RunOut", run_out},
	{"/test.Words/Context", tell_context},
	{NULL, NULL},
};
static const struct lsec_rpc_method others[] = {
	{"/test.Others/Context", tell_context},
	{NULL, NULL},
};
static char words_context[] = "of words";
static char others_context[] = "of others";
static const struct lsec_rpc_service services[] = {
	{words, words_context, NULL},
	{others, others_context, NULL},
	{NULL, NULL, NULL},
};

/* The child process, and the files of its own directory. */
struct house {
	char directory[40];
	char path[LSEC_MAX_LISTENERS + 1][64]; /* sockets */
	char log[64];
	size_t sockets;
	pid_t child; /* 0 when it has been waited for */
};

/* fork(), with cmocka's handlers of crashes gone: they would go on with the next test. */
static inline pid_t start_child(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	for (size_t i = 0; child == 0 && i < COUNT(signals); i++)
		signal(signals[i], SIG_DFL);
	return child;
}

static inline int exit_status(pid_t child)
{
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		print_message("ended by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void note_report(void *context)
{
	(void)context;
	atomic_fetch_add(&shared->reports, 1);
}

static inline int serve(const struct house *house, int log_fd, int ready)
{
	struct lsec_rpc_service counted[] = {services[0], services[1], services[2]};
	counted[0].counts = shared->counts;
	counted[1].counts = counted[0].counts + COUNT(words) - 1;
	counted[2].counts = counted[1].counts + COUNT(others) - 1;
	struct lsec_log log = {.fd = log_fd, .json = true, .least = LSEC_DEBUG};
	const struct lsec_server_setup setup = {
		.services = counted,
		.longest = LONGEST,
		.log = &log,
		.report = note_report,
	};
	struct lsec_problems problems = {0};
	struct lsec_server *server LSEC_CLEANUP(lsec_server_put) = NULL;
	int status = lsec_server_new(&setup, &server, &problems);
	for (size_t i = 0; status == 0 && i < house->sockets; i++)
		status = lsec_server_listen(server, house->path[i], &problems);
	close(ready);
	if (status == 0)
		status = lsec_server_run(server, &problems);
	print_problems(&problems);
	status |= lsec_problems_any(&problems);
	lsec_problems_clear(&problems);
	lsec_log_clear(&log);
	return status == 0 ? 0 : 1;
}

/* Starts a server on so many sockets, and waits until it listens. The log goes to a file, or to
 * `log_fd` where that is not negative. */
static inline void house_open_with(struct house *house, size_t sockets, int log_fd)
{
	int ready[2];
	char byte;
	*house = (struct house){.sockets = sockets};
	atomic_store(&shared->skipped, 0);
	atomic_store(&shared->handled, 0);
	atomic_store(&shared->held, false);
	atomic_store(&shared->done, 0);
	atomic_store(&shared->reports, 0);
	memset(shared->counts, 0, sizeof(shared->counts));
	snprintf(house->directory, sizeof(house->directory), "/tmp/launchsec-test.XXXXXX");
	assert_non_null(mkdtemp(house->directory));
	for (size_t i = 0; i < COUNT(house->path); i++)
		snprintf(house->path[i], sizeof(house->path[i]), "%s/%zu.sock", house->directory,
		         i);
	snprintf(house->log, sizeof(house->log), "%s/log", house->directory);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	house->child = start_child();
	if (house->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		if (log_fd < 0)
			log_fd = open(house->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		exit(serve(house, log_fd, ready[1])); /* not _exit(): leaks are looked for */
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
}

static inline void house_open(struct house *house)
{
	house_open_with(house, 1, -1);
}

/* The same, and a client that is connected to it. */
static inline void house_visit(struct house *house, struct client *client)
{
	house_open(house);
	client_open(client, house->path[0]);
}

/* The exit status, once it has ended by itself. */
static inline int house_status(struct house *house)
{
	pid_t child = house->child;
	house->child = 0;
	return exit_status(child);
}

/* All of the log so far, to be freed. */
static inline char *house_log(const struct house *house)
{
	char *text = read_whole(house->log, NULL);
	return text == NULL ? strdup("") : text;
}

/* Ends the server the good way, unless it has ended; it must leave nothing but its log. */
static inline void house_close(struct house *house)
{
	if (house->child != 0) {
		kill(house->child, SIGTERM);
		int status = house_status(house);
		assert_int_equal(status, 0);
	}
	unlink(house->log);
	if (rmdir(house->directory) < 0)
		print_message("%s is left with files\n", house->directory);
}
#define HOUSE LSEC_CLEANUP(house_close) struct house

/* Descriptors of the child that are open. */
static inline unsigned house_descriptors(const struct house *house)
{
	unsigned count = 0;
	char path[64];
	for (unsigned i = 0; i < 2048; i++) {
		struct stat found;
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)house->child, i);
		count += lstat(path, &found) == 0;
	}
	return count;
}

/* Hundredths of a second that the child has worked. */
static inline unsigned house_ticks(const struct house *house)
{
	char path[64];
	unsigned user = 0;
	unsigned system = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)house->child);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %u %u",
	                        &user, &system),
	                 2);
	fclose(file);
	return user + system;
}

/* Bytes for messages, not the same everywhere. */
static char large[LONGEST + 16];

/* For the group of tests. */
static inline int make_large(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7 + i / 251);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	return shared == MAP_FAILED ? -1 : 0;
}

#endif
