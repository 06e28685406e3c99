/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. This program defines malloc() and its family and hands on to glibc's own, so
 * that every allocation counts, also those in libxml2, jansson, libyaml and libc itself. Each scene
 * is run once to learn its result and the number of its allocations, and then once for each of them
 * with that one failing, and once with all from there on failing.
 *
 * What must come out is either the very same result (an allocation whose failure does no harm) or
 * problems->failed; never another result, a crash or a leak. A domain that lacks what libxml2 had
 * no memory for would start without the protection that was asked for. To be included once, by the
 * file with main().
 */
#ifndef LAUNCHSEC_TESTS_FAILSCENE_H
#define LAUNCHSEC_TESTS_FAILSCENE_H

#include "support.h"

#if defined(__SANITIZE_ADDRESS__)
#define INTERPOSE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define INTERPOSE 0
#endif
#endif
#ifndef INTERPOSE
#define INTERPOSE 1
#endif

#if INTERPOSE

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failmalloc.h"
#include "launchsec/memory.h"

/* What a run left, as text: room that no allocation is needed for. */
static char output[2 << 20];
static size_t output_len;

static void LSEC_PRINTF(1, 2) note(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	/* clang-tidy 14 does not see va_start() here. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	int len = vsnprintf(output + output_len, sizeof(output) - output_len, fmt, args);
	va_end(args);
	assert_true(len >= 0 && (size_t)len < sizeof(output) - output_len);
	output_len += (size_t)len;
}

static void note_bytes(const char *bytes, size_t len)
{
	assert_true(len < sizeof(output) - output_len);
	if (len > 0)
		memcpy(output + output_len, bytes, len);
	output_len += len;
	output[output_len] = '\0';
}

/* Runs a scene; its status and problems go to the output, too. */
static int run(int (*scene)(struct lsec_problems *), size_t from, size_t to, bool *ret_failed)
{
	struct lsec_problems problems = {0};
	output_len = 0;
	output[0] = '\0';
	allocations = 0;
	failures = 0;
	fail_from = from;
	fail_to = to;
	int status = scene(&problems);
	*ret_failed = problems.failed;
	for (size_t i = 0; i < problems.count; i++)
		note("\nproblem %s: %s", problems.items[i].place, problems.items[i].what);
	if (status == 0 && lsec_problems_any(&problems))
		note("\nsuccess with problems");
	lsec_problems_clear(&problems);
	xmlResetLastError();
	return status;
}

static size_t faults;
static size_t good_len; /* of the output of a good run; there may be zero bytes in it */

/* Whether a run with failing allocations came to a good end; tells why not. */
static bool is_good_run(const char *name, int (*scene)(struct lsec_problems *), int good_status,
                        const char *good, size_t from, size_t to)
{
	bool failed = false;
	long before = live;
	int status = run(scene, from, to, &failed);
	long leaked = live - before;
	bool same = status == good_status && !failed && output_len == good_len &&
	            memcmp(output, good, good_len) == 0;
	if (leaked == 0 && (same || (status < 0 && failed)))
		return true;
	print_message("%s: allocation %zu%s fails: status %d%s, %s result, %ld leaked\n", name,
	              from, to == from ? "" : " and all after it", status,
	              failed ? " (failed)" : "", same ? "the same" : "another", leaked);
	return false;
}

/* fork(), with cmocka's handlers of crashes gone: they would go on with the next test. */
static pid_t start_child(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	for (size_t i = 0; child == 0 && i < COUNT(signals); i++)
		signal(signals[i], SIG_DFL);
	return child;
}

/* In a process of its own, so that a crash can be told. */
static void check_run(const char *name, int (*scene)(struct lsec_problems *), int good_status,
                      const char *good, size_t from, size_t to)
{
	pid_t child = start_child();
	if (child == 0) {
		bool is_good = is_good_run(name, scene, good_status, good, from, to);
		fflush(NULL);
		exit(is_good ? 0 : 1); /* so that gcov counts what was run */
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	faults++;
	if (WIFSIGNALED(status))
		print_message("%s: allocation %zu%s fails: crash, signal %d\n", name, from,
		              to == from ? "" : " and all after it", WTERMSIG(status));
	/* Tells where, to whoever looks for the reason. */
	if (getenv("LAUNCHSEC_TEST_TRACE") == NULL || from != to)
		return;
	child = start_child();
	if (child == 0) {
		bool failed = false;
		trace = true;
		dprintf(STDERR_FILENO, "TRACE %s %zu\n", name, from);
		run(scene, from, to, &failed);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void check_scene(const char *name, int (*scene)(struct lsec_problems *), int good_status)
{
	bool failed = false;
	static char good[sizeof(output)];
	/* Twice, so that what libraries keep for ever is there. */
	run(scene, SIZE_MAX, SIZE_MAX, &failed);
	long before = live;
	int status = run(scene, SIZE_MAX, SIZE_MAX, &failed);
	if (status != good_status)
		print_message("%s: %s\n", name, output);
	assert_int_equal(status, good_status);
	assert_false(failed);
	assert_int_equal(live, before);
	size_t count = allocations;
	assert_true(count > 0);
	memcpy(good, output, output_len);
	good_len = output_len;
	faults = 0;
	for (size_t i = 1; i <= count; i++) {
		check_run(name, scene, good_status, good, i, i);
		check_run(name, scene, good_status, good, i, SIZE_MAX);
	}
	print_message("%s: %zu allocations\n", name, count);
	assert_int_equal(faults, 0);
}

#define SCENE_TEST(name, status)                                                                   \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		check_scene(#name, run_##name, status);                                            \
	}

#else

static void test_nothing(void **state)
{
	(void)state;
	print_message(
		"a sanitizer has malloc() for itself: allocation failures are tested in the plain build\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing)};
	return cmocka_run_group_tests_name("failmalloc", tests, NULL, NULL);
}

#endif

#endif
