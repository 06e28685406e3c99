/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded facts of a host, for planning on another machine, and for tests. */
#include "launchsec/host.h"

#include <string.h>

#include "core/host.h"
#include "yaml.h"

static int read_state(const char *place, const struct json_object *value, struct lsec_fact *ret,
                      struct lsec_problems *problems)
{
	if (!json_object_is_type(value, json_type_boolean))
		return lsec_problem_add(problems, place,
		                        "must be true, false or \"unknown\", got %s",
		                        lsec_json_kind(value));
	ret->state = lsec_json_is(value, true) ? LSEC_YES : LSEC_NO;
	return 0;
}

static int read_number(const struct lsec_fact_row *row, const char *place,
                       const struct json_object *value, struct lsec_fact *ret,
                       struct lsec_problems *problems)
{
	bool given = json_object_is_type(value, json_type_int) ||
	             json_object_is_type(value, json_type_double);
	double number = given ? json_object_get_double(value) : -1;
	if (!(number >= row->least && number <= row->most) || number != (unsigned)number)
		return lsec_problem_add(
			problems, place,
			"must be a whole number from %u to %u or \"unknown\", got %s", row->least,
			row->most, lsec_json_shown(value).text);
	lsec_fact_set_number(ret, (unsigned)number);
	return 0;
}

static int read_path(const char *place, const struct json_object *value, struct lsec_fact *ret,
                     struct lsec_problems *problems)
{
	const char *path = lsec_json_text(value);
	if (lsec_json_is(value, false)) {
		ret->state = LSEC_NO;
		return 0;
	}
	if (path == NULL || strlen(path) != (size_t)json_object_get_string_len(value) ||
	    !lsec_fact_set_path(ret, path))
		return lsec_problem_add(
			problems, place,
			"must be an absolute path of at most " LSEC_TEXT(
				LSEC_MAX_FACT_PATH) " bytes, false or \"unknown\", got %s",
			path == NULL ? lsec_json_kind(value) : lsec_quote(path).text);
	return 0;
}

static int read_fact(const struct lsec_fact_row *row, const char *place,
                     const struct json_object *value, struct lsec_fact *ret,
                     struct lsec_problems *problems)
{
	const char *text = lsec_json_text(value);
	*ret = (struct lsec_fact){0};
	if (text != NULL && strcmp(text, lsec_state_name(LSEC_UNKNOWN)) == 0)
		return 0;
	if (row->kind == LSEC_FACT_NUMBER)
		return read_number(row, place, value, ret, problems);
	return row->kind == LSEC_FACT_PATH ? read_path(place, value, ret, problems)
	                                   : read_state(place, value, ret, problems);
}

/* The facts that a recording leaves out. */
static struct lsec_host silent(void)
{
	struct lsec_host host = {0};
	for (size_t i = 0; i < LSEC_FACTS; i++)
		host.of[i].state = lsec_fact(i)->old ? LSEC_NO : LSEC_UNKNOWN;
	return host;
}

/* With SEV the C-bit is known; files without it were cut short. */
static int check_cbitpos(const struct json_object *root, const char *name,
                         const struct lsec_host *host, struct lsec_problems *problems)
{
	if (!lsec_host_has(host, LSEC_FACT_SEV) ||
	    lsec_json_member(root, lsec_fact(LSEC_FACT_CBITPOS)->name) != NULL)
		return 0;
	return lsec_problem_add(problems, name, "sev is true without cbitpos; add cbitpos");
}

/* Reads the facts that are there into `host`; *ret_root is the object. */
static int read_facts(const struct lsec_json_text *text, struct lsec_host *host,
                      struct json_object **ret_root, struct lsec_problems *problems)
{
	const char *key = NULL;
	struct json_object *value = NULL;
	int status = 0;
	if (lsec_yaml_read_one(text, ret_root, problems) < 0)
		return -1;
	const char *kind = lsec_json_text(lsec_json_member(*ret_root, "kind"));
	if (kind != NULL)
		return lsec_problem_add(
			problems, text->name,
			"is a Kubernetes object of kind %s; must be the output of \"launchsec probe --format json\"",
			lsec_quote(kind).text);
	lsec_json_foreach (*ret_root, key, value) {
		size_t i = 0;
		while (i < LSEC_FACTS && strcmp(lsec_fact(i)->name, key) != 0)
			i++;
		cleanup_free char *place = lsec_format("%s: %s", text->name, lsec_quote(key).text);
		if (i == LSEC_FACTS)
			status = lsec_problem_add(
				problems, place,
				"unknown fact; use one that \"launchsec probe\" lists");
		else
			status |= read_fact(lsec_fact(i), place, value, &host->of[i], problems);
	}
	return status;
}

/* `complete`: sev needs cbitpos. */
static int read_recorded(struct lsec_span recorded, const char *name, bool complete,
                         struct lsec_host *ret, struct lsec_problems *problems)
{
	const struct lsec_json_text text = {
		.bytes = recorded.bytes,
		.len = recorded.len,
		.longest = LSEC_MAX_CONFIG,
		.name = name,
		.what = "an object of host facts",
		.type = json_type_object,
	};
	cleanup_json struct json_object *root = NULL;
	struct lsec_host host = silent();
	int status = read_facts(&text, &host, &root, problems);
	if (status == 0 && complete)
		status = check_cbitpos(root, name, &host, problems);
	if (status == 0)
		*ret = host;
	return status;
}

int lsec_host_read_recorded(const char *bytes, size_t len, const char *name, struct lsec_host *ret,
                            struct lsec_problems *problems)
{
	return read_recorded((struct lsec_span){bytes, len}, name, true, ret, problems);
}

int lsec_host_read_some(const char *bytes, size_t len, const char *name, struct lsec_host *ret,
                        struct lsec_problems *problems)
{
	return read_recorded((struct lsec_span){bytes, len}, name, false, ret, problems);
}
