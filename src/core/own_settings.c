/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the fields of a domain as it is. */
#include "own_settings.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "launchsec/policy.h"
#include "own.h"

/* One field of launchsec's object, in JSON as rule_qemu_arguments.c writes it, or as it became. */
static int read_property(const struct lsec_key *key, const struct json_object *object,
                         struct lsec_settings *ret, struct lsec_problems *problems)
{
	const struct json_object *value =
		key->qemu == NULL ? NULL : lsec_json_member(object, key->qemu);
	if (value == NULL || key->type == LSEC_VALUE_QGS)
		return 0;
	if (lsec_json_text(value) != NULL)
		return lsec_own_read(key, lsec_json_text(value), &ret->of[key->id], problems);
	ret->of[key->id] = lsec_value_from_number(LSEC_FROM_DOMAIN, "/domain/qemu:commandline",
	                                          true, json_object_get_uint64(value));
	return 0;
}

static int read_object(const char *text, struct lsec_settings *ret, struct lsec_problems *problems)
{
	const struct lsec_json_text json = {
		.bytes = text,
		.len = strlen(text),
		.longest = LSEC_MAX_VALUE,
		.name = "/domain/qemu:commandline",
		.what = "the object tdx-guest",
		.type = json_type_object,
	};
	cleanup_json struct json_object *object = NULL;
	int status = 0;
	if (lsec_json_read(&json, &object, problems) < 0)
		return -1;
	for (size_t i = 0; i < LSEC_KEYS; i++)
		status |= read_property(lsec_key(i), object, ret, problems);
	return status;
}

static int read_arguments(const struct lsec_arguments *arguments, struct lsec_settings *ret,
                          struct lsec_problems *problems)
{
	const size_t begin = strlen(LSEC_OWN_OBJECT);
	for (size_t i = 0; i < arguments->count; i++)
		if (arguments->of[i].own &&
		    strncmp(arguments->of[i].value, LSEC_OWN_OBJECT, begin) == 0)
			return read_object(arguments->of[i].value, ret, problems);
	return 0;
}

static int read_fields(const struct lsec_domain *domain, struct lsec_settings *ret,
                       struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		if (lsec_is_field(key, ret->tee) && key->type != LSEC_VALUE_QGS &&
		    domain->own[i] != NULL)
			status |= lsec_own_read(key, domain->own[i], &ret->of[i], problems);
	}
	return status;
}

int lsec_own_settings(enum lsec_tee tee, const struct lsec_domain *domain,
                      struct lsec_settings *ret, struct lsec_problems *problems)
{
	struct lsec_value *policy = &ret->of[LSEC_KEY_POLICY];
	int status = 0;
	ret->tee = tee;
	if (domain != NULL && domain->tee == tee)
		status = read_fields(domain, ret, problems);
	else if (domain != NULL && domain->arguments.own)
		status = read_arguments(&domain->arguments, ret, problems);
	if (!lsec_is_set(policy))
		*policy = lsec_value_from_number(LSEC_FROM_STANDARD, "launchsec", true,
		                                 lsec_policy_default(tee));
	return status;
}
