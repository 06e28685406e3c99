/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server's log: one line an event, as JSON with the keys that KubeVirt's own components use
 * (component, level, msg, timestamp, and those of the event), or as text for people. Writing never
 * waits: where the reader of a pipe has stopped reading, lines are dropped and counted, and the
 * count is reported later. A line that has begun is finished then.
 */
#ifndef LAUNCHSEC_LOG_LOG_H
#define LAUNCHSEC_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum lsec_level { LSEC_DEBUG, LSEC_INFO, LSEC_WARNING, LSEC_ERROR };
#define LSEC_LEVELS 4

struct lsec_log {
	int fd;                  /* written to, never closed */
	bool json;               /* else text */
	enum lsec_level least;   /* less important lines are left out */
	uint64_t lost;           /* lines dropped since the last that was written */
	struct lsec_buffer rest; /* of a line that was written in part */
};

/* A key and its value beside the message. */
struct lsec_log_field {
	const char *name;
	const char *text;         /* NULL: the number counts, or the texts */
	const char *const *texts; /* `count` of them, when not NULL */
	size_t count;
	double number;
};

/* "debug", "info", "warning", "error". */
const char *lsec_level_name(enum lsec_level level);

/* Writes a line; values from outside have to be printable already. */
void lsec_log_line(struct lsec_log *log, enum lsec_level level, const struct lsec_log_field *fields,
                   size_t count, const char *message);

/* The same without fields. */
void lsec_log_say(struct lsec_log *log, enum lsec_level level, const char *fmt, ...)
	LSEC_PRINTF(3, 4);

/* Frees what the log holds, but does not close its descriptor. */
void lsec_log_clear(struct lsec_log *log);

#endif
