/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a domain may pass to QEMU past libvirt, and what each of it can decide over: one table for
 * arguments, device properties, libvirt's capabilities and environment variables, and the matcher
 * that reads them as QEMU would.
 */
#ifndef LAUNCHSEC_DOMAIN_QEMU_H
#define LAUNCHSEC_DOMAIN_QEMU_H

#include <stdbool.h>
#include <stddef.h>

#include "launchsec/keys.h"

/* Weakest first: of several that one argument decides over, the last counts. */
enum lsec_qemu_class {
	LSEC_QEMU_HARMLESS,
	LSEC_QEMU_UNKNOWN,
	LSEC_QEMU_ACCELERATION,
	LSEC_QEMU_MACHINE,
	LSEC_QEMU_CPU,
	LSEC_QEMU_KERNEL,
	LSEC_QEMU_FIRMWARE,
	LSEC_QEMU_PROTECTION,
	LSEC_QEMU_CLASSES
};

/* For messages, and the annotation that decides over the same. */
struct lsec_qemu_class_row {
	const char *name;     /* one word */
	const char *can;      /* "override the domain's firmware"; NULL where it needs no refusal */
	enum lsec_key_id key; /* the annotation for it, which forbids it too; LSEC_KEYS: none */
};

enum lsec_qemu_kind {
	LSEC_QEMU_ARGUMENT,    /* -device, also <qemu:property> of <qemu:override> */
	LSEC_QEMU_CAPABILITY,  /* <qemu:add> and <qemu:del> of <qemu:capabilities> */
	LSEC_QEMU_ENVIRONMENT, /* <qemu:env> */
	LSEC_QEMU_ELEMENT,     /* of libvirt's own, by its path from the root */
};

/*
 * Patterns have * for any text and | between alternatives; - and _ are one in them. Of the rows of
 * an option the first that fits a property of it counts for that property.
 */
struct lsec_qemu_row {
	enum lsec_qemu_kind kind;
	const char *name;     /* pattern of an option, capability, variable or path */
	const char *property; /* pattern; NULL: any other, and the option as such */
	const char *value;    /* pattern of that property's value; NULL: any */
	enum lsec_qemu_class decides;
	bool alone;      /* the option takes no value */
	const char *why; /* what it does: "names the firmware image" */
};

struct lsec_qemu_verdict {
	enum lsec_qemu_class decides;
	const struct lsec_qemu_row *row; /* by which; NULL: it is in no row */
	bool takes_value; /* the argument after the option is its value; of one that is not known,
	                   * unless that is an option */
	bool unread;      /* it could not be read, so the most that its option can decide counts */
};

/* At most so many rows. */
#define LSEC_QEMU_MOST_ROWS 96

/* The table, up to its end, which is NULL; a class (an enum lsec_qemu_class). */
const struct lsec_qemu_row *lsec_qemu_row(size_t index);
const struct lsec_qemu_class_row *lsec_qemu_class(size_t decides);

/*
 * What an option decides over with the argument after it as its value; NULL where there is none.
 * Everything that begins with a dash is an option; anything else is judged as the value of an
 * unknown one. A value that was joined to its option is found.
 */
struct lsec_qemu_verdict lsec_qemu_judge(const char *option, const char *value);

/* A property by which <qemu:override> changes a device that libvirt made; value NULL: it is
 * removed. */
struct lsec_qemu_verdict lsec_qemu_judge_property(const char *name, const char *value);

/* A capability or a variable, by its name, with the value ""; or an element of libvirt's own, by
 * its path, with the value that its row looks at. */
struct lsec_qemu_verdict lsec_qemu_judge_name(enum lsec_qemu_kind kind, const char *name,
                                              const char *value);

/* Whether a text matches a pattern as in the table. */
bool lsec_qemu_matches(const char *pattern, const char *text, size_t len);

#endif
