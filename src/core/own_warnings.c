/* SPDX-License-Identifier: Apache-2.0 */
/* What the domain's own <launchSecurity> set, and is replaced. */
#include "own_warnings.h"

#include <string.h>

#include "base/text.h"
#include "own.h"

/* What the administrator keeps from VMs, no domain sets either. (With a cluster default, that
 * replaces the domain's own anyway.) */
static int warn_pinned(const struct lsec_key *key, const char *forbidden, const char *place,
                       const char *own, const struct lsec_value *counts, struct lsec_report *report,
                       struct lsec_problems *problems)
{
	return lsec_report_warn(
		report, problems, place,
		"the domain's own value %s is replaced by %s, since the cluster's administrator keeps %s from VMs (%s)",
		lsec_quote(own).text, counts->text, key->name, forbidden);
}

static int warn_field(const struct lsec_request *request, const struct lsec_settings *settings,
                      const struct lsec_key *key, const char *own, struct lsec_report *report,
                      struct lsec_problems *problems)
{
	const struct lsec_value *counts = &settings->of[key->id];
	const char *forbidden = request->config->forbidden[key->id];
	bool pinned = key->forbids_own && forbidden != NULL && counts->origin == LSEC_FROM_STANDARD;
	bool same = false;
	if ((!pinned && key->bytes == 0) || counts->origin == LSEC_FROM_DOMAIN ||
	    counts->text == NULL)
		return 0;
	if (lsec_own_compare(key, own, counts->text, &same, problems) < 0)
		return -1;
	if (same)
		return 0;
	cleanup_free char *place = lsec_field_place(key);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	if (pinned)
		return warn_pinned(key, forbidden, place, own, counts, report, problems);
	return lsec_report_warn(
		report, problems, place,
		"the domain's own value %s is replaced by that of %s: what KubeVirt or another hook bound the VM to is no longer in the attestation report",
		lsec_quote(own).text, counts->place);
}

/* The image that would count, had nobody forbidden the key. */
static int warn_firmware(const struct lsec_request *request, const struct lsec_settings *settings,
                         const struct lsec_domain *domain, struct lsec_report *report,
                         struct lsec_problems *problems)
{
	const struct lsec_key *key = lsec_key(LSEC_KEY_FIRMWARE);
	const struct lsec_value *counts = &settings->of[LSEC_KEY_FIRMWARE];
	const char *forbidden = request->config->forbidden[LSEC_KEY_FIRMWARE];
	bool rom = domain->loader_type != NULL && strcmp(domain->loader_type, "rom") == 0;
	const char *own = domain->loader_path;
	if (!key->forbids_own || forbidden == NULL || !rom || own == NULL ||
	    counts->origin != LSEC_FROM_STANDARD || strcmp(own, counts->text) == 0)
		return 0;
	return warn_pinned(key, forbidden, "/domain/os/loader", own, counts, report, problems);
}

int lsec_own_warn(const struct lsec_request *request, const struct lsec_settings *settings,
                  const struct lsec_domain *domain, struct lsec_report *report,
                  struct lsec_problems *problems)
{
	int status = warn_firmware(request, settings, domain, report, problems);
	for (size_t i = 0; i < LSEC_KEYS && domain->tee == settings->tee; i++)
		if (domain->own[i] != NULL)
			status |= warn_field(request, settings, lsec_key(i), domain->own[i], report,
			                     problems);
	return status;
}
