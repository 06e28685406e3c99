/* SPDX-License-Identifier: Apache-2.0 */
/* How bind, and the digests of initdata and of the document of provision, reach hostData or
 * mrConfigId. */
#include "bound.h"

#include <string.h>

#include "annotations/provision.h"
#include "annotations/value_bytes.h"
#include "base/bytes.h"
#include "base/text.h"

/* Keys whose value goes into the TEE's field for data of the owner's choice. */
static const struct bound {
	enum lsec_key_id id;
	const char *what, *fix; /* in problems */
} bounds[] = {
	{LSEC_KEY_INITDATA, "the digest of initdata",
         "remove this annotation, since initdata sets the field by itself"},
	{LSEC_KEY_PROVISION, "the digest of provision's document",
         "remove this annotation, since provision sets the field by itself"},
	{LSEC_KEY_BIND, "the value of bind, fitted to the field", "remove one of them"},
};

int lsec_provision(const struct lsec_request *request, struct lsec_value values[LSEC_KEYS],
                   struct lsec_problems *problems)
{
	struct lsec_value *value = &values[LSEC_KEY_PROVISION];
	struct lsec_provision made LSEC_CLEANUP(lsec_provision_clear) = {.resource = NULL};
	if (!lsec_is_set(value))
		return 0;
	if (lsec_is_set(&values[LSEC_KEY_INITDATA]))
		return lsec_provision_refuse_initdata(problems);
	if (request->domain == NULL && !lsec_provision_is_named(request->vmi))
		return 0;
	if (lsec_provision_make(value->place, request->vmi, value->text, &made, problems) < 0)
		return -1;
	value->digest = made.digest;
	lsec_value_add_string(value, lsec_base64_encode(made.document, made.len));
	return 0;
}

/*
 * Sets hostData or mrConfigId from one of these keys. The same field set directly must have the
 * same value. A field that the cluster forbids is not set this way either.
 */
static int bind_value(const struct lsec_config *config, enum lsec_tee tee,
                      struct lsec_value values[LSEC_KEYS], const struct bound *bound,
                      struct lsec_problems *problems)
{
	const struct lsec_value *by = &values[bound->id];
	const struct lsec_key *key = lsec_key_bound(tee);
	struct lsec_value *field = &values[key->id];
	const char *forbidden = config->forbidden[key->id];
	bool pending = bound->id == LSEC_KEY_PROVISION && by->digest.len == 0;
	if (!lsec_is_set(by) || pending)
		return 0;
	if (forbidden != NULL)
		return lsec_problem_add(
			problems, by->place,
			"%s goes into %s, which the cluster's administrator forbids (%s); remove the annotation",
			bound->what, key->name, forbidden);
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {
		.origin = by->origin,
		.text = by->digest.len > 0 ? lsec_value_of_digest(&by->digest, key->bytes)
	                                   : lsec_strdup(by->text),
		.place = lsec_strdup(by->place),
	};
	if (lsec_is_set(field) && strcmp(field->text, value.text) != 0)
		return lsec_problem_add(
			problems, field->place, "%s contradicts %s, which is \"%s\"; %s",
			lsec_quote(field->text).text, bound->what, value.text, bound->fix);
	if (!lsec_is_set(field)) {
		*field = value;
		value = (struct lsec_value){0};
	}
	return 0;
}

int lsec_bind(const struct lsec_config *config, enum lsec_tee tee,
              struct lsec_value values[LSEC_KEYS], struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		status |= bind_value(config, tee, values, &bounds[i], problems);
	return status;
}
