/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "log/log.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

/* A log that writes to a pipe, and its reader's end. */
struct tube {
	struct lsec_log log;
	int reader;
	char text[1 << 20]; /* what was read last */
};

static void open_tube(struct tube *tube, bool json)
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	tube->log = (struct lsec_log){.fd = fds[1], .json = json, .least = LSEC_INFO};
	tube->reader = fds[0];
	tube->text[0] = '\0';
}

static void close_tube(struct tube *tube)
{
	lsec_log_clear(&tube->log);
	close(tube->log.fd);
	if (tube->reader >= 0)
		close(tube->reader);
}

/* All that was written since the last time. */
static const char *written(struct tube *tube)
{
	const size_t room = sizeof(tube->text) - 1;
	size_t len = 0;
	ssize_t got;
	while (len < room && (got = read(tube->reader, tube->text + len, room - len)) > 0)
		len += (size_t)got;
	tube->text[len] = '\0';
	return tube->text;
}

/* The one line that was written, read as JSON. */
static struct json_object *written_json(struct tube *tube)
{
	const char *text = written(tube);
	const char *end = strchr(text, '\n');
	assert_non_null(end);
	assert_string_equal(end, "\n"); /* it is the last byte, too */
	struct json_object *line = json_tokener_parse(text);
	assert_non_null(line);
	return line;
}

static void expect_member(const struct json_object *line, const char *name, const char *value)
{
	const char *got = lsec_json_text(lsec_json_member(line, name));
	assert_non_null(got);
	assert_string_equal(got, value);
}

static void expect_keys(struct json_object *line, const char *const *keys, size_t count)
{
	size_t i = 0;
	assert_int_equal((size_t)json_object_object_length(line), count);
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (line, key, value)
		assert_string_equal(key, keys[i++]);
}

static void test_names(void **state)
{
	(void)state;
	static const char *const names[LSEC_LEVELS] = {"debug", "info", "warning", "error"};
	for (unsigned i = 0; i < LSEC_LEVELS; i++)
		assert_string_equal(lsec_level_name((enum lsec_level)i), names[i]);
}

static struct tube tube; /* large, so it is not on the stack */

static void test_json(void **state)
{
	(void)state;
	static const char *const keys[] = {"component", "level", "msg", "timestamp"};
	open_tube(&tube, true);
	lsec_log_say(&tube.log, LSEC_WARNING, "a \"quoted\" %s, %d\n%%", "text", 7);
	struct json_object *line = written_json(&tube);
	expect_keys(line, keys, COUNT(keys));
	expect_member(line, "component", "launchsec");
	expect_member(line, "level", "warning");
	expect_member(line, "msg", "a \"quoted\" text, 7\n%");
	json_object_put(line);
	close_tube(&tube);
}

static const char *const list[] = {"one: first", "two: \"second\""};
static const struct lsec_log_field some_fields[] = {
	{.name = "namespace", .text = "default"},
	{.name = "warnings", .texts = list, .count = COUNT(list)},
	{.name = "changes", .number = 12},
	{.name = "duration_ms", .number = 0.25},
	{.name = "empty", .text = ""},
	{.name = "none", .texts = list, .count = 0},
};

/* The event's own keys stand between the message and the time, in their order. */
static void test_json_fields(void **state)
{
	(void)state;
	static const char *const keys[] = {
		"component", "level",       "msg",   "namespace", "warnings",
		"changes",   "duration_ms", "empty", "none",      "timestamp",
	};
	open_tube(&tube, true);
	lsec_log_line(&tube.log, LSEC_INFO, some_fields, COUNT(some_fields), "done");
	struct json_object *line = written_json(&tube);
	expect_contains(tube.text, "\"changes\":12,"); /* whole numbers without a fraction */
	expect_keys(line, keys, COUNT(keys));
	expect_member(line, "level", "info");
	expect_member(line, "msg", "done");
	expect_member(line, "namespace", "default");
	expect_member(line, "empty", "");
	const struct json_object *warnings = lsec_json_member(line, "warnings");
	assert_int_equal(lsec_json_count(warnings), COUNT(list));
	for (size_t i = 0; i < COUNT(list); i++)
		assert_string_equal(lsec_json_text(json_object_array_get_idx(warnings, i)),
		                    list[i]);
	assert_true(json_object_is_type(lsec_json_member(line, "none"), json_type_array));
	assert_int_equal(lsec_json_count(lsec_json_member(line, "none")), 0);
	assert_true(json_object_get_double(lsec_json_member(line, "duration_ms")) == 0.25);
	json_object_put(line);
	close_tube(&tube);
}

/* UTC, to the microsecond, as RFC 3339 has it. */
static void test_timestamp(void **state)
{
	(void)state;
	static const char form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
	open_tube(&tube, true);
	assert_int_equal(setenv("TZ", "XXX-5:45", 1), 0);
	tzset();
	time_t before = time(NULL);
	lsec_log_say(&tube.log, LSEC_INFO, "now");
	time_t after = time(NULL);
	unsetenv("TZ");
	tzset();
	struct json_object *line = written_json(&tube);
	const char *text = lsec_json_text(lsec_json_member(line, "timestamp"));
	assert_int_equal(strlen(text), strlen(form));
	for (size_t i = 0; i < strlen(form); i++)
		if (form[i] == 'd')
			assert_true(text[i] >= '0' && text[i] <= '9');
		else
			assert_int_equal(text[i], form[i]);
	struct tm parts = {0};
	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%S", &parts));
	time_t told = timegm(&parts);
	assert_true(told >= before - 1 && told <= after + 1);
	json_object_put(line);
	close_tube(&tube);
}

static void test_text(void **state)
{
	(void)state;
	open_tube(&tube, false);
	lsec_log_say(&tube.log, LSEC_ERROR, "it is %s", "bad");
	assert_string_equal(written(&tube), "launchsec: error: it is bad\n");
	lsec_log_line(&tube.log, LSEC_INFO, some_fields, COUNT(some_fields), "done");
	assert_string_equal(
		written(&tube),
		"launchsec: info: done namespace=default changes=12 duration_ms=0.25 empty=\n"
		"  one: first\n"
		"  two: \"second\"\n");
	close_tube(&tube);
}

/* Less important lines are left out, and are not counted as lost. */
static void test_levels(void **state)
{
	(void)state;
	for (unsigned least = 0; least < LSEC_LEVELS; least++)
		for (unsigned level = 0; level < LSEC_LEVELS; level++) {
			open_tube(&tube, false);
			tube.log.least = (enum lsec_level)least;
			lsec_log_say(&tube.log, (enum lsec_level)level, "said");
			assert_int_equal(written(&tube)[0] != '\0', level >= least);
			lsec_log_line(&tube.log, (enum lsec_level)level, NULL, 0, "a line");
			assert_int_equal(written(&tube)[0] != '\0', level >= least);
			assert_true(tube.log.lost == 0);
			close_tube(&tube);
		}
}

/* A line larger than what a pipe takes at once. */
static void test_long_line(void **state)
{
	(void)state;
	open_tube(&tube, true);
	char *message = repeat('m', 50000);
	lsec_log_say(&tube.log, LSEC_INFO, "%s", message);
	struct json_object *line = written_json(&tube);
	expect_member(line, "msg", message);
	assert_true(tube.log.lost == 0);
	json_object_put(line);
	free(message);
	close_tube(&tube);
}

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Writes lines until one is lost. Returns how many were not. */
static unsigned fill(struct tube *full)
{
	unsigned count = 0;
	while (full->log.lost == 0 && count < 100000)
		lsec_log_say(&full->log, LSEC_INFO, "line %u", count++);
	assert_true(full->log.lost == 1);
	return count - 1;
}

/* Nobody reads: lines are dropped at once, and counted; the count is told later. */
static void test_full(void **state)
{
	(void)state;
	for (unsigned json = 0; json < 2; json++) {
		open_tube(&tube, json != 0);
		assert_true(fcntl(tube.log.fd, F_SETPIPE_SZ, 8192) > 0);
		double start = seconds_now();
		unsigned kept = fill(&tube);
		for (unsigned i = 0; i < 1000; i++)
			lsec_log_say(&tube.log, LSEC_INFO, "lost too");
		lsec_log_say(&tube.log, LSEC_DEBUG, "not even wanted");
		assert_true(tube.log.lost == 1001);
		assert_true(seconds_now() - start < 5);
		cleanup_free char *last = lsec_format("line %u", kept - 1);
		cleanup_free char *first_lost = lsec_format("line %u", kept);
		expect_contains(written(&tube), last);
		expect_lacks(tube.text, first_lost);
		lsec_log_say(&tube.log, LSEC_INFO, "read again");
		assert_true(tube.log.lost == 0);
		const char *text = written(&tube);
		const char *told = strstr(text, "lines could not be written");
		assert_non_null(told);
		expect_contains(told, json ? "\"lost\":1001" : "lost=1001\n");
		expect_contains(told, "read again");
		expect_contains(text, "warning");
		lsec_log_say(&tube.log, LSEC_INFO, "once only");
		expect_lacks(written(&tube), "could not");
		close_tube(&tube);
	}
}

/* The lines in a text; each must be whole and of one kind of letter. */
static size_t count_whole_lines(const char *text)
{
	static const char head[] = "launchsec: info: ";
	size_t count = 0;
	for (; *text != '\0'; count++) {
		size_t len = strcspn(text, "\n");
		assert_int_equal(text[len], '\n');
		if (strncmp(text, "launchsec: warning: ", 20) != 0) {
			assert_memory_equal(text, head, strlen(head));
			text += strlen(head);
			len -= strlen(head);
			for (size_t i = 1; i < len; i++)
				assert_int_equal(text[i], text[0]);
		}
		text += len + 1;
	}
	return count;
}

/* A line that has begun is finished as its reader goes on, in any number of steps, before
 * another one begins. */
static void test_finish(void **state)
{
	(void)state;
	static const size_t lengths[] = {5000, 8100, 9000, 50000, 60000};
	for (size_t i = 0; i < COUNT(lengths); i++) {
		cleanup_buffer struct lsec_buffer all = {0};
		size_t said = 0;
		size_t lost = 0;
		open_tube(&tube, false);
		assert_true(fcntl(tube.log.fd, F_SETPIPE_SZ, 8192) > 0);
		double start = seconds_now();
		for (char letter = 'a'; letter < 'z'; letter++, said++) {
			cleanup_free char *message =
				repeat(letter, letter % 4 == 0 ? lengths[i] : 40);
			uint64_t before = tube.log.lost;
			lsec_log_say(&tube.log, LSEC_INFO, "%s", message);
			lost += tube.log.lost > before;
			if (letter % 3 == 0)
				lsec_buffer_text(&all, written(&tube));
		}
		assert_true(seconds_now() - start < 5);
		while (tube.log.rest.len > 0 || tube.log.lost > 0) {
			lsec_buffer_text(&all, written(&tube));
			uint64_t before = tube.log.lost;
			lsec_log_say(&tube.log, LSEC_INFO, "zzz");
			said++;
			lost += tube.log.lost > before;
		}
		lsec_buffer_text(&all, written(&tube));
		size_t lines = count_whole_lines(all.bytes);
		for (const char *at = all.bytes; (at = strstr(at, "lost=")) != NULL; at++) {
			size_t told = strtoul(at + 5, NULL, 10);
			assert_true(told <= lost);
			lost -= told;
			lines += told - 1; /* that line is none of ours */
		}
		assert_int_equal(lost, 0);
		assert_int_equal(lines, said);
		close_tube(&tube);
	}
}

/* Nobody can read any more. */
static void test_closed(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	open_tube(&tube, true);
	close(tube.reader);
	tube.reader = -1;
	for (unsigned i = 1; i <= 3; i++) {
		lsec_log_say(&tube.log, LSEC_INFO, "to nobody");
		assert_true(tube.log.lost == i);
	}
	close_tube(&tube);
	struct lsec_log none = {.fd = -1};
	lsec_log_say(&none, LSEC_INFO, "to nothing");
	assert_true(none.lost == 1);
	signal(SIGPIPE, SIG_DFL);
}

/* A text that is not UTF-8 cannot be in JSON: of it the ASCII is kept. */
static void test_not_utf8(void **state)
{
	(void)state;
	const struct lsec_log_field bad = {.name = "bad", .text = "\xff"};
	static const char *const texts[] = {"good", "\xff"};
	const struct lsec_log_field bad_list = {.name = "bad", .texts = texts, .count = 2};
	open_tube(&tube, true);
	lsec_log_line(&tube.log, LSEC_INFO, &bad, 1, "message");
	expect_contains(written(&tube), "\"bad\":\"?\"");
	lsec_log_line(&tube.log, LSEC_INFO, &bad_list, 1, "message");
	expect_contains(written(&tube), "\"bad\":[\"good\",\"?\"]");
	assert_true(tube.log.lost == 0);
	close_tube(&tube);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),       cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_fields), cmocka_unit_test(test_timestamp),
		cmocka_unit_test(test_text),        cmocka_unit_test(test_levels),
		cmocka_unit_test(test_long_line),   cmocka_unit_test(test_full),
		cmocka_unit_test(test_finish),      cmocka_unit_test(test_closed),
		cmocka_unit_test(test_not_utf8),
	};
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
