/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an argument as QEMU does (system/vl.c, util/keyval.c, util/qemu-option.c,
 * qobject/json-lexer.c). Where its releases differ, everything that any of them could read as a
 * property counts.
 */
#include "qemu.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* Linux hands no program a longer argument (MAX_ARG_STRLEN). */
#define LONGEST 131071

/* These take JSON; for all others a brace begins an ordinary value. */
static const char takes_json[] =
	"-object|-device|-blockdev|-netdev|-display|-audiodev|-audio|-compat";

struct reading {
	const struct lsec_qemu_row *rows[LSEC_QEMU_MOST_ROWS]; /* of this option */
	size_t count;
	struct lsec_qemu_verdict *verdict;
};

static char folded(char c)
{
	return c == '_' ? '-' : c;
}

/* One alternative. Goes back to the last star only, which is enough. */
static bool matches_one(const char *pattern, size_t size, const char *text, size_t len)
{
	size_t star = SIZE_MAX;
	size_t from = 0;
	size_t p = 0;
	size_t at = 0;
	while (at < len) {
		if (p < size && pattern[p] == '*') {
			star = p++;
			from = at;
		} else if (p < size && folded(pattern[p]) == folded(text[at])) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			at = ++from;
		} else {
			return false;
		}
	}
	while (p < size && pattern[p] == '*')
		p++;
	return p == size;
}

bool lsec_qemu_matches(const char *pattern, const char *text, size_t len)
{
	/* By hand: this is done for each option with each row. */
	for (;;) {
		size_t size = 0;
		while (pattern[size] != '|' && pattern[size] != '\0')
			size++;
		if (matches_one(pattern, size, text, len))
			return true;
		if (pattern[size] == '\0')
			return false;
		pattern += size + 1;
	}
}

static void raise_to(struct lsec_qemu_verdict *verdict, const struct lsec_qemu_row *row)
{
	if (verdict->row != NULL && row->decides <= verdict->decides)
		return;
	verdict->decides = row->decides;
	verdict->row = row;
}

/* An unreadable value may be anything that its option can set. */
static void raise_most(const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		raise_to(reading->verdict, reading->rows[i]);
	reading->verdict->unread = true;
}

/* A property: the whole of a dotted key or its head, since keyval.c nests by dots. */
static bool is_property(const struct lsec_qemu_row *row, const char *key, size_t len)
{
	const char *dot = memchr(key, '.', len);
	if (row->property == NULL || lsec_qemu_matches(row->property, key, len))
		return true;
	return dot != NULL && lsec_qemu_matches(row->property, key, (size_t)(dot - key));
}

static void look(const struct reading *reading, const char *key, size_t len, const char *value)
{
	for (size_t i = 0; i < reading->count; i++) {
		const struct lsec_qemu_row *row = reading->rows[i];
		if (!is_property(row, key, len) ||
		    (row->value != NULL &&
		     (value == NULL || !lsec_qemu_matches(row->value, value, strlen(value)))))
			continue;
		raise_to(reading->verdict, row);
		return;
	}
}

static void look_at(const struct reading *reading, const char *key, const char *value)
{
	look(reading, key, strlen(key), value);
}

/* Copies a value up to its comma, with doubled ones made one; returns where that is. */
static const char *copy_value(const char *from, char *ret)
{
	for (; *from != '\0'; from++) {
		if (*from == ',' && *++from != ',')
			break;
		*ret++ = *from;
	}
	*ret = '\0';
	return from;
}

/* A word without "=": a flag, which older releases turn off by a "no" in front of it. */
static void look_at_flag(const struct reading *reading, const char *word, size_t len)
{
	look(reading, word, len, NULL);
	if (len > 2 && strncmp(word, "no", 2) == 0)
		look(reading, word + 2, len - 2, NULL);
}

/* The key that an option's first word is the value of. */
static const char *implied_key(const char *option)
{
	static const char *const keys[][2] = {
		{"-machine|-M", "type"},
		{"-object", "qom-type"},
		{"-device", "driver"},
		{"-fw_cfg", "name"},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (lsec_qemu_matches(keys[i][0], option, strlen(option)))
			return keys[i][1];
	return NULL;
}

/* key=value,… */
static void read_keyval(const struct reading *reading, const char *text, const char *implied)
{
	cleanup_free char *value = lsec_malloc(strlen(text) + 1);
	for (bool first = true; *text != '\0'; first = false) {
		size_t len = strcspn(text, "=,");
		if (text[len] == '=') {
			const char *end = copy_value(text + len + 1, value);
			look(reading, text, len, value);
			text = end;
			continue;
		}
		look_at_flag(reading, text, len);
		if (first && implied != NULL) {
			text = copy_value(text, value);
			look_at(reading, implied, value);
		} else {
			text += text[len] == ',' ? len + 1 : len;
		}
	}
}

/* DRIVER.PROPERTY=VALUE of -global, whose driver has no dot. */
static void read_global(const struct reading *reading, const char *text)
{
	size_t len = strcspn(text, ".=");
	size_t rest = text[len] == '.' ? strcspn(text + len + 1, "=") : 0;
	cleanup_free char *driver = lsec_strndup(text, len);
	cleanup_free char *property = lsec_strndup(text + len + 1 - (text[len] == '\0'), rest);
	if (text[len] != '.' || text[len + 1 + rest] != '=')
		return;
	look_at(reading, "driver", driver);
	look_at(reading, "property", property);
}

/* QEMU's JSON may have single quotes; the same in double ones. */
static char *double_quoted(const char *text)
{
	char *copy = lsec_malloc(2 * strlen(text) + 1);
	char *to = copy;
	char within = '\0';
	for (; *text != '\0'; text++) {
		bool quote = *text == '"' || *text == '\'';
		if (within != '\0' && *text == '\\' && text[1] != '\0') {
			if (text[1] != '\'')
				*to++ = *text;
			*to++ = *++text;
		} else if (quote && (within == '\0' || within == *text)) {
			within = within == '\0' ? *text : '\0';
			*to++ = '"';
		} else {
			if (*text == '"')
				*to++ = '\\';
			*to++ = *text;
		}
	}
	*to = '\0';
	return copy;
}

static void look_at_members(const struct reading *reading, const struct json_object *object)
{
	const char *key = NULL;
	struct json_object *member = NULL;
	lsec_json_foreach (object, key, member) {
		const char *value = lsec_json_text(member);
		if (value != NULL && strlen(value) != (size_t)json_object_get_string_len(member))
			raise_most(reading);
		bool number = json_object_is_type(member, json_type_int) ||
		              json_object_is_type(member, json_type_double);
		if (number && json_object_get_double(member) == 0)
			value = "0";
		look_at(reading, key, value);
	}
}

/* What cannot be read, or has a key twice, may be anything. */
static void read_json(const struct reading *reading, const char *text)
{
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	cleanup_free char *quoted = double_quoted(text);
	const struct lsec_json_text json = {
		.bytes = quoted,
		.len = strlen(quoted),
		.longest = LONGEST,
		.name = "-object",
		.what = "an object",
		.type = json_type_object,
	};
	cleanup_json struct json_object *object = NULL;
	if (lsec_json_read(&json, &object, &ignored) == 0)
		look_at_members(reading, object);
	else
		raise_most(reading);
}

/* One dash, however many there are. */
static const char *one_dash(const char *option)
{
	while (option[0] == '-' && option[1] == '-')
		option++;
	return option;
}

static void find_rows(struct reading *reading, const char *option, size_t len)
{
	const struct lsec_qemu_row *row = NULL;
	reading->count = 0;
	for (size_t i = 0; (row = lsec_qemu_row(i)) != NULL; i++)
		if (row->kind == LSEC_QEMU_ARGUMENT && lsec_qemu_matches(row->name, option, len))
			reading->rows[reading->count++] = row;
}

/* An option whose rows are known, with its value. */
static void read_value(const struct reading *reading, const char *option, const char *value)
{
	bool json = lsec_qemu_matches(takes_json, option, strlen(option));
	const struct lsec_qemu_row *base = reading->rows[reading->count - 1];
	if (value == NULL && !base->alone)
		raise_most(reading);
	if (reading->count == 1 || value == NULL || value[0] == '\0')
		raise_to(reading->verdict, base);
	if (reading->count == 1 || value == NULL)
		return;
	if (value[0] == '{')
		read_json(reading, value);
	if (strcmp(option, "-global") == 0)
		read_global(reading, value);
	if (value[0] != '{' || !json)
		read_keyval(reading, value, implied_key(option));
}

/* A value whose option is unknown: it counts if it would set a machine's protection. */
static void suspect(const char *value, struct lsec_qemu_verdict *ret)
{
	static const char option[] = "-machine";
	struct lsec_qemu_verdict verdict = {.decides = LSEC_QEMU_UNKNOWN};
	struct reading reading = {.verdict = &verdict};
	/* Another option is judged by itself; the names in question have a dash, escaped or not. */
	if (value == NULL || value[0] == '-' || strpbrk(value, "-_\\") == NULL)
		return;
	find_rows(&reading, option, strlen(option));
	read_value(&reading, option, value);
	if (verdict.decides == LSEC_QEMU_PROTECTION && !verdict.unread)
		raise_to(ret, verdict.row);
}

struct lsec_qemu_verdict lsec_qemu_judge(const char *option, const char *value)
{
	struct lsec_qemu_verdict ret = {.decides = LSEC_QEMU_UNKNOWN};
	struct reading reading = {.verdict = &ret};
	const char *next = option[0] != '-' ? option : value;
	if (option[0] == '-') {
		ret.takes_value = value != NULL && value[0] != '-';
		option = one_dash(option);
		size_t len = strlen(option);
		find_rows(&reading, option, len);
		if (reading.count > 0) {
			ret.takes_value = !reading.rows[reading.count - 1]->alone;
		} else if (strpbrk(option, "= \t\n\r,") != NULL) {
			/* -option=value or "-option value" in one: QEMU would refuse it. */
			len = strcspn(option, "= \t\n\r,");
			value = option + len + 1;
			find_rows(&reading, option, len);
		}
		cleanup_free char *name = lsec_strndup(option, len);
		if (reading.count > 0)
			read_value(&reading, name, value);
	}
	if (reading.count == 0)
		suspect(next, &ret);
	return ret;
}

struct lsec_qemu_verdict lsec_qemu_judge_property(const char *name, const char *value)
{
	static const char option[] = "-device";
	struct lsec_qemu_verdict verdict = {.decides = LSEC_QEMU_UNKNOWN};
	struct reading reading = {.verdict = &verdict};
	find_rows(&reading, option, strlen(option));
	look_at(&reading, name, value);
	return verdict;
}

struct lsec_qemu_verdict lsec_qemu_judge_name(enum lsec_qemu_kind kind, const char *name,
                                              const char *value)
{
	const struct lsec_qemu_row *row = NULL;
	for (size_t i = 0; (row = lsec_qemu_row(i)) != NULL; i++)
		if (row->kind == kind && lsec_qemu_matches(row->name, name, strlen(name)) &&
		    (row->value == NULL || lsec_qemu_matches(row->value, value, strlen(value))))
			return (struct lsec_qemu_verdict){.decides = row->decides, .row = row};
	return (struct lsec_qemu_verdict){.decides = LSEC_QEMU_UNKNOWN};
}
