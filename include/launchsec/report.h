/* SPDX-License-Identifier: Apache-2.0 */
/* The changes of a domain with their reasons, and warnings for its owner. */
#ifndef LAUNCHSEC_REPORT_H
#define LAUNCHSEC_REPORT_H

#include <stddef.h>

#include "launchsec/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

enum lsec_action { LSEC_ADDED, LSEC_SET, LSEC_REMOVED };

struct lsec_change {
	enum lsec_action action;
	char *place;     /* XPath */
	char *old_value; /* NULL for LSEC_ADDED */
	char *new_value; /* NULL for LSEC_REMOVED */
	char *reason;
};

struct lsec_warning {
	char *place;
	char *what;
};

struct lsec_report {
	struct lsec_change *changes;
	size_t change_count, change_room;
	struct lsec_warning *warnings;
	size_t warning_count, warning_room;
};

/* Record a change of a place (an XPath); all texts are copied, values may be NULL. */
void lsec_report_added(struct lsec_report *report, const char *place, const char *value,
                       const char *reason);
void lsec_report_set(struct lsec_report *report, const char *place, const char *old_value,
                     const char *new_value, const char *reason);
void lsec_report_removed(struct lsec_report *report, const char *place, const char *value,
                         const char *reason);

/* Records a warning. */
void lsec_report_warn(struct lsec_report *report, const char *place, const char *fmt, ...)
	LSEC_PRINTF(3, 4);

/* "added", "set", "removed". */
const char *lsec_action_name(enum lsec_action action);

/* Frees what the report holds and makes it empty. NULL is fine. */
void lsec_report_clear(struct lsec_report *report);

#ifdef __cplusplus
}
#endif

#endif
