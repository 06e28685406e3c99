/* SPDX-License-Identifier: Apache-2.0 */
/* A child process, from fork() to its last byte and its end. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static void end_group(int number)
{
	(void)number;
	kill(0, SIGKILL);
}

/* When the parent ends, by Ctrl-C or otherwise, the whole group ends: an ssh to a silent host would
 * go on for minutes. The parent's parent may have blocked signals. */
static bool end_with(pid_t parent)
{
	const struct sigaction action = {.sa_handler = end_group};
	sigset_t none;
	sigemptyset(&none);
	return sigaction(SIGHUP, &action, NULL) == 0 &&
	       sigprocmask(SIG_SETMASK, &none, NULL) == 0 && prctl(PR_SET_PDEATHSIG, SIGHUP) == 0 &&
	       getppid() == parent;
}

/* A session of its own has no terminal, so that an ssh that libvirt starts cannot ask there; and
 * it is a process group that can be ended as a whole. */
static _Noreturn void be_child(const struct lsec_worker *worker, pid_t parent, int answer)
{
	const struct rlimit none = {0, 0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	setrlimit(RLIMIT_CORE, &none);
	if (setsid() < 0 || !end_with(parent) || null < 0)
		_exit(1);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			_exit(1);
	worker->work(worker->question, answer);
	_exit(0);
}

static int refuse_late(const struct lsec_worker *worker, struct lsec_problems *problems)
{
	return lsec_problem_failed(
		problems, worker->place,
		"no answer within %u seconds; check that the libvirt there runs and is not stuck",
		worker->seconds);
}

static int gather(const struct lsec_worker *worker, int answer, struct lsec_buffer *ret,
                  struct lsec_problems *problems)
{
	const int64_t end = lsec_clock() + worker->seconds * LSEC_SECOND;
	char chunk[16384];
	while (ret->len <= LSEC_MAX_LIBVIRT_ANSWER) {
		struct pollfd wait = {.fd = answer, .events = POLLIN};
		int64_t left = end - lsec_clock();
		if (left <= 0)
			return refuse_late(worker, problems);
		if (poll(&wait, 1, (int)(left / (LSEC_SECOND / 1000) + 1)) <= 0)
			continue;
		ssize_t got = read(answer, chunk, sizeof(chunk));
		if (got == 0)
			return 0;
		if (got > 0)
			lsec_buffer_add(ret, chunk, (size_t)got);
	}
	return lsec_problem_failed(
		problems, worker->place,
		"the answer has more than %u bytes, which is the limit; check the libvirt there",
		LSEC_MAX_LIBVIRT_ANSWER);
}

/* Ends what is left of the child, and looks how it ended by itself. */
static int end(const struct lsec_worker *worker, pid_t child, bool gathered,
               struct lsec_problems *problems)
{
	int status = 0;
	if (!gathered) {
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!gathered || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return 0;
	return lsec_problem_failed(
		problems, worker->place,
		"cannot be queried: libvirt's library ended with %s %d; check the libvirt there",
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int lsec_worker_run(const struct lsec_worker *worker, struct lsec_buffer *ret,
                    struct lsec_problems *problems)
{
	int pipes[2];
	const pid_t parent = getpid();
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return lsec_problem_failed(problems, worker->place, "cannot be queried: %s",
		                           strerror(errno));
	pid_t child = fork();
	if (child == 0)
		be_child(worker, parent, pipes[1]);
	close(pipes[1]);
	int status = child < 0 ? lsec_problem_failed(problems, worker->place,
	                                             "cannot be queried: %s", strerror(errno))
	                       : gather(worker, pipes[0], ret, problems);
	close(pipes[0]);
	return child < 0 ? -1 : status | end(worker, child, status == 0, problems);
}
