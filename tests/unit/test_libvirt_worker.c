/* SPDX-License-Identifier: Apache-2.0 */
#include "libvirt/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static int run_worker(void (*work)(const void *, int), const void *question, unsigned seconds,
                      struct lsec_buffer *ret, struct lsec_problems *problems)
{
	struct lsec_worker worker = {"place", work, question, seconds};
	int status = lsec_worker_run(&worker, ret, problems);
	/* No child is left, in whatever way it ended. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return status;
}

static void expect_failure(void (*work)(const void *, int), const void *question, unsigned seconds,
                           const char *what)
{
	cleanup_buffer struct lsec_buffer answer = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(run_worker(work, question, seconds, &answer, &problems), -1);
	assert_true(problems.failed);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].place, "place");
	assert_string_equal(problems.items[0].what, what);
	lsec_problems_clear(&problems);
}

static void say(const void *question, int answer)
{
	dprintf(answer, "%s", (const char *)question);
	usleep(10000);
	dprintf(answer, "%c%s", '\0', (const char *)question);
}

static void test_answer(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer answer = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(run_worker(say, "word", 60, &answer, &problems), 0);
	expect_none(&problems);
	assert_int_equal(answer.len, 9);
	assert_memory_equal(answer.bytes, "word\0word", 9);
}

static void say_nothing(const void *question, int answer)
{
	(void)question, (void)answer;
}

static void test_silence(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer answer = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(run_worker(say_nothing, NULL, 60, &answer, &problems), 0);
	expect_none(&problems);
	assert_int_equal(answer.len, 0);
}

/* Hangs, deaf to gentle signals, with a child of its own, as an ssh would be. */
static void hang(const void *question, int answer)
{
	int *child = *(int *const *)question;
	signal(SIGTERM, SIG_IGN);
	pid_t started = fork();
	if (started > 0)
		*child = started;
	dprintf(answer, "half");
	for (;;)
		pause();
}

static void test_hang(void **state)
{
	(void)state;
	int *child = mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	                  -1, 0);
	assert_true(child != MAP_FAILED);
	/* Orphans come here, to be waited for. */
	cleanup_buffer struct lsec_buffer answer = {0};
	struct lsec_problems problems = {0};
	struct lsec_worker worker = {"place", hang, &child, 1};
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(lsec_worker_run(&worker, &answer, &problems), -1);
	assert_true(problems.failed);
	assert_true(has_problem(
		&problems, "place",
		"no answer within 1 seconds; check that the libvirt there runs and is not stuck"));
	lsec_problems_clear(&problems);
	int status = 0;
	assert_true(*child > 0);
	assert_int_equal(waitpid(*child, &status, 0), *child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	munmap(child, sizeof(*child));
}

/* Ctrl-C ends launchsec alone, since the child is no more of its terminal's group; an end by
 * SIGKILL cannot even be noticed. Nothing goes on behind either. */
static void test_interrupted(void **state)
{
	(void)state;
	static const int ends[] = {SIGINT, SIGTERM, SIGKILL};
	int *child = mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	                  -1, 0);
	assert_true(child != MAP_FAILED);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (size_t i = 0; i < COUNT(ends); i++) {
		int status = 0;
		*child = 0;
		pid_t asking = fork();
		if (asking == 0) {
			cleanup_buffer struct lsec_buffer answer = {0};
			struct lsec_problems problems = {0};
			struct lsec_worker worker = {"place", hang, &child, 60};
			sigset_t all;
			signal(ends[i], SIG_DFL); /* a background job starts with SIGINT ignored */
			sigfillset(&all);
			sigdelset(&all, ends[i]);
			sigprocmask(SIG_SETMASK, &all, NULL);
			lsec_worker_run(&worker, &answer, &problems);
			_exit(0);
		}
		while (*(volatile int *)child == 0)
			usleep(1000);
		kill(asking, ends[i]);
		assert_int_equal(waitpid(asking, &status, 0), asking);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == ends[i]);
		/* The worker, and what it started. */
		for (int left = 0; left < 2; left++) {
			assert_true(waitpid(-1, &status, 0) > 0);
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		}
	}
	munmap(child, sizeof(*child));
}

static void end_badly(const void *question, int answer)
{
	int how = *(const int *)question;
	dprintf(answer, "half");
	if (how == 0)
		_exit(3);
	signal(how, SIG_DFL);
	raise(how);
}

static void test_bad_end(void **state)
{
	(void)state;
	static const int exits = 0;
	static const int segv = SIGSEGV;
	static const int aborts = SIGABRT;
	expect_failure(
		end_badly, &exits, 60,
		"cannot be queried: libvirt's library ended with status 3; check the libvirt there");
	expect_failure(
		end_badly, &segv, 60,
		"cannot be queried: libvirt's library ended with signal 11; check the libvirt there");
	expect_failure(
		end_badly, &aborts, 60,
		"cannot be queried: libvirt's library ended with signal 6; check the libvirt there");
}

static void chatter(const void *question, int answer)
{
	static const char chunk[65536];
	(void)question;
	while (write(answer, chunk, sizeof(chunk)) > 0)
		;
	for (;;)
		pause();
}

static void test_chatter(void **state)
{
	(void)state;
	expect_failure(
		chatter, NULL, 60,
		"the answer has more than 4194304 bytes, which is the limit; check the libvirt there");
}

/* What the child's own streams and terminal are. */
static void look(const void *question, int answer)
{
	char chunk[8];
	(void)question;
	bool silent = write(STDOUT_FILENO, "x", 1) == 1 && write(STDERR_FILENO, "x", 1) == 1 &&
	              read(STDIN_FILENO, chunk, sizeof(chunk)) == 0;
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	dprintf(answer, "%d %d %d", silent, terminal < 0, getsid(0) == getpid());
}

static void test_apart(void **state)
{
	(void)state;
	cleanup_buffer struct lsec_buffer answer = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(run_worker(look, NULL, 60, &answer, &problems), 0);
	expect_none(&problems);
	assert_string_equal(answer.bytes, "1 1 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),      cmocka_unit_test(test_silence),
		cmocka_unit_test(test_bad_end),     cmocka_unit_test(test_chatter),
		cmocka_unit_test(test_apart),       cmocka_unit_test(test_hang),
		cmocka_unit_test(test_interrupted),
	};
	return cmocka_run_group_tests_name("libvirt worker", tests, NULL, NULL);
}
