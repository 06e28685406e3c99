/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a server's log. */
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"

static const char *const level_names[] = {
	[LSEC_DEBUG] = "debug",
	[LSEC_INFO] = "info",
	[LSEC_WARNING] = "warning",
	[LSEC_ERROR] = "error",
};
_Static_assert(sizeof(level_names) / sizeof(level_names[0]) == LSEC_LEVELS, "a name a level");

const char *lsec_level_name(enum lsec_level level)
{
	return level_names[level];
}

static struct json_object *texts_to_json(const struct lsec_log_field *field)
{
	struct json_object *list = lsec_json_new_list();
	for (size_t i = 0; i < field->count; i++)
		lsec_json_append(list, lsec_json_new_text(field->texts[i]));
	return list;
}

static struct json_object *field_to_json(const struct lsec_log_field *field)
{
	if (field->texts != NULL)
		return texts_to_json(field);
	if (field->text != NULL)
		return lsec_json_new_text(field->text);
	const int64_t whole = (int64_t)field->number;
	return (double)whole == field->number ? lsec_json_new_number(whole)
	                                      : lsec_json_new_decimal(field->number);
}

static char *timestamp(void)
{
	struct timespec now;
	struct tm parts;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	return lsec_format("%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", parts.tm_year + 1900,
	                   parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
	                   parts.tm_sec, now.tv_nsec / 1000);
}

static void json_line(struct lsec_buffer *ret, enum lsec_level level,
                      const struct lsec_log_field *fields, size_t count, const char *message)
{
	cleanup_free char *time = timestamp();
	cleanup_json struct json_object *root = lsec_json_new_object();
	lsec_json_add_text(root, "component", "launchsec");
	lsec_json_add_text(root, "level", lsec_level_name(level));
	lsec_json_add_text(root, "msg", message);
	for (size_t i = 0; i < count; i++)
		lsec_json_add(root, fields[i].name, field_to_json(&fields[i]));
	lsec_json_add_text(root, "timestamp", time);
	lsec_json_write(ret, root);
	lsec_buffer_text(ret, "\n");
}

static void add_field(struct lsec_buffer *ret, const struct lsec_log_field *field)
{
	if (field->text != NULL)
		lsec_buffer_format(ret, " %s=%s", field->name, field->text);
	else if (field->texts == NULL)
		lsec_buffer_format(ret, " %s=%g", field->name, field->number);
}

/* Lists follow, a line each: people must be able to read them. */
static void text_line(struct lsec_buffer *ret, enum lsec_level level,
                      const struct lsec_log_field *fields, size_t count, const char *message)
{
	lsec_buffer_format(ret, "launchsec: %s: %s", lsec_level_name(level), message);
	for (size_t i = 0; i < count; i++)
		add_field(ret, &fields[i]);
	lsec_buffer_text(ret, "\n");
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; fields[i].texts != NULL && j < fields[i].count; j++)
			lsec_buffer_format(ret, "  %s\n", fields[i].texts[j]);
}

static bool can_write(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	int ready;
	do
		ready = poll(&room, 1, 0);
	while (ready < 0 && errno == EINTR);
	return ready > 0 && (room.revents & POLLOUT) != 0;
}

/* Writes as much as possible without waiting, in pieces that a ready pipe accepts whole (PIPE_BUF).
 * Returns how much it was. */
static size_t write_some(int fd, const char *bytes, size_t len)
{
	enum { PIECE = 4096 };
	size_t done = 0;
	while (done < len && can_write(fd)) {
		ssize_t put = write(fd, bytes + done, len - done < PIECE ? len - done : PIECE);
		if (put < 0 && errno != EINTR)
			break;
		done += put < 0 ? 0 : (size_t)put;
	}
	return done;
}

/* Finishes the line that has begun, if one has. */
static bool put_rest(struct lsec_log *log)
{
	if (log->rest.len == 0)
		return true;
	size_t done = write_some(log->fd, log->rest.bytes, log->rest.len);
	memmove(log->rest.bytes, log->rest.bytes + done, log->rest.len - done);
	log->rest.len -= done;
	return log->rest.len == 0;
}

/* Writes a line, or nothing of it; what is left of one that has begun is kept. */
static bool put_line(struct lsec_log *log, enum lsec_level level,
                     const struct lsec_log_field *fields, size_t count, const char *message)
{
	cleanup_buffer struct lsec_buffer line = {0};
	if (!put_rest(log))
		return false;
	(log->json ? json_line : text_line)(&line, level, fields, count, message);
	size_t done = write_some(log->fd, line.bytes, line.len);
	if (done > 0 && done < line.len) {
		memmove(line.bytes, line.bytes + done, line.len - done);
		line.len -= done;
		lsec_buffer_clear(&log->rest);
		log->rest = line;
		line = (struct lsec_buffer){0};
	}
	return done > 0;
}

void lsec_log_line(struct lsec_log *log, enum lsec_level level, const struct lsec_log_field *fields,
                   size_t count, const char *message)
{
	if (level < log->least)
		return;
	if (log->lost > 0) {
		const struct lsec_log_field lost = {.name = "lost", .number = (double)log->lost};
		if (put_line(log, LSEC_WARNING, &lost, 1, "lines could not be written"))
			log->lost = 0;
	}
	if (log->lost > 0 || !put_line(log, level, fields, count, message))
		log->lost++;
}

void lsec_log_say(struct lsec_log *log, enum lsec_level level, const char *fmt, ...)
{
	va_list args;
	if (level < log->least)
		return;
	va_start(args, fmt);
	cleanup_free char *message = lsec_format_args(fmt, args);
	va_end(args);
	lsec_log_line(log, level, NULL, 0, message);
}

void lsec_log_clear(struct lsec_log *log)
{
	lsec_buffer_clear(&log->rest);
}
