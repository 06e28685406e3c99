/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about replaced values of the domain's own <launchSecurity>. */
#include "own_warnings.h"

#include <string.h>

#include "base/text.h"
#include "own.h"

/* What all of these look at. */
struct looking {
	const struct lsec_request *request;
	const struct lsec_settings *settings;
	struct lsec_report *report;
};

/*
 * Whether launchsec's default counts since the administrator forbids the key, so that the domain
 * may not set it either. (A cluster default replaces the domain's own anyway.)
 */
static bool is_pinned(const struct looking *looking, const struct lsec_key *key)
{
	return key->forbids_own && looking->request->config->forbidden[key->id] != NULL &&
	       looking->settings->of[key->id].origin == LSEC_FROM_STANDARD;
}

static void warn(const struct looking *looking, const struct lsec_key *key, const char *place,
                 const char *own)
{
	const struct lsec_value *counts = &looking->settings->of[key->id];
	if (is_pinned(looking, key))
		lsec_report_warn(
			looking->report, place,
			"the domain's own value %s is replaced by %s, since the cluster's administrator forbids %s (%s)",
			lsec_quote(own).text, counts->text, key->name,
			looking->request->config->forbidden[key->id]);
	else
		lsec_report_warn(
			looking->report, place,
			"the domain's own value %s is replaced by that of %s, so the attestation report does not show what KubeVirt or another hook bound the VM to",
			lsec_quote(own).text, counts->place);
}

static void warn_field(const struct looking *looking, const struct lsec_key *key, const char *own)
{
	const struct lsec_value *counts = &looking->settings->of[key->id];
	bool matters = is_pinned(looking, key) || key->bytes > 0;
	cleanup_free char *place = lsec_field_place(key);
	if (matters && counts->origin != LSEC_FROM_DOMAIN && counts->text != NULL &&
	    !lsec_own_is(key, own, counts->text))
		warn(looking, key, place, own);
}

void lsec_own_warn(const struct lsec_request *request, const struct lsec_settings *settings,
                   const struct lsec_domain *domain, struct lsec_report *report)
{
	const struct looking looking = {request, settings, report};
	const struct lsec_key *firmware = lsec_key(LSEC_KEY_FIRMWARE);
	/* The image that would be used if the key were not forbidden. */
	const char *image = lsec_equal(domain->loader_type, "rom") ? domain->loader_path : NULL;
	if (image != NULL && is_pinned(&looking, firmware) &&
	    strcmp(image, settings->of[LSEC_KEY_FIRMWARE].text) != 0)
		warn(&looking, firmware, "/domain/os/loader", image);
	for (size_t i = 0; i < LSEC_KEYS && domain->tee == settings->tee; i++)
		if (domain->own[i] != NULL)
			warn_field(&looking, lsec_key(i), domain->own[i]);
}
