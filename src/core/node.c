/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a VM can start on this host, before it has a domain. */
#include "launchsec/node.h"

#include <string.h>

#include "checks.h"
#include "settings.h"

/* libvirt's, which a VM without a path of its own gets (libvirt formatdomain). */
static bool is_usual(const char *path)
{
	return path == NULL || path[0] == '\0' ||
	       strcmp(path, lsec_fact(LSEC_FACT_QGS_SOCKET)->path) == 0;
}

/*
 * Whether the VM uses that service. A VM that launchsec does not change has KubeVirt's choice; the
 * cluster's config does not apply to it, and its choice is not checked.
 */
static bool wants_usual_service(const struct lsec_vmi *vmi, const struct lsec_settings *settings)
{
	const struct lsec_value *qgs = &settings->of[LSEC_KEY_QGS];
	if (vmi->annotation_count == 0)
		return is_usual(vmi->qgs_socket_path);
	return qgs->word == LSEC_WORD_LITERAL ? is_usual(qgs->text)
	                                      : qgs->word == LSEC_WORD_DEFAULT;
}

/*
 * Whether quotes are requested, by the VM or by the cluster's default. KubeVirt's own annotation is
 * no such request: its webhook adds one to every TDX VM (vmi-mutator.go).
 */
static bool asks_for_quotes(const struct lsec_asked *asked)
{
	const struct lsec_request *request = asked->request;
	const char *of_cluster =
		request->config->defaults[lsec_tee_index(LSEC_TEE_TDX)][LSEC_KEY_QGS].text;
	return request->vmi->quotes_enforced ||
	       (request->vmi->annotation_count > 0 &&
	        (asked->of[LSEC_KEY_QGS] != NULL || of_cluster != NULL));
}

static void warn_without_quotes(struct lsec_report *report)
{
	const struct lsec_fact_row *row = lsec_fact(LSEC_FACT_QGS_SOCKET);
	lsec_report_warn(report, row->path, "missing, so the VM starts without quotes; %s",
	                 row->fix);
}

int lsec_node_check(const struct lsec_request *request, enum lsec_tee *ret_tee,
                    struct lsec_report *report, struct lsec_problems *problems)
{
	const struct lsec_domain planned = lsec_domain_planned(request->vmi);
	struct lsec_settings settings LSEC_CLEANUP(lsec_settings_clear) = {0};
	struct lsec_asked asked;
	enum lsec_tee tee = planned.tee;
	lsec_settings_ask(request, &asked, problems);
	if (request->vmi->annotation_count > 0)
		lsec_settings_tee(&asked, &planned, &tee, problems);
	if (tee != LSEC_TEE_NONE && request->vmi->annotation_count > 0)
		lsec_settle(&asked, tee, NULL, &settings, problems);
	if (lsec_problems_any(problems))
		return -1;
	bool wants = tee == LSEC_TEE_TDX && wants_usual_service(request->vmi, &settings);
	bool asks = asks_for_quotes(&asked);
	if (tee != LSEC_TEE_NONE)
		lsec_host_verdict(request->host, tee, wants && asks, problems);
	if (wants && !asks && request->host->of[LSEC_FACT_QGS_SOCKET].state == LSEC_NO)
		warn_without_quotes(report);
	if (lsec_problems_any(problems))
		return -1;
	*ret_tee = tee;
	return 0;
}
