/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/node.h"

#include <string.h>

#include "settings.h"

/* libvirt's, which a VM without a path of its own gets (libvirt formatdomain). */
static bool wants_usual_service(const struct lsec_settings *settings)
{
	const struct lsec_value *qgs = &settings->of[LSEC_KEY_QGS];
	if (qgs->word != LSEC_WORD_LITERAL)
		return qgs->word == LSEC_WORD_DEFAULT;
	return qgs->text != NULL && strcmp(qgs->text, lsec_fact(LSEC_FACT_QGS_SOCKET)->path) == 0;
}

int lsec_node_check(const struct lsec_request *request, enum lsec_tee *ret_tee,
                    struct lsec_problems *problems)
{
	/* What KubeVirt will make of the VM, as far as it matters here. */
	struct lsec_domain planned LSEC_CLEANUP(lsec_domain_clear) = {0};
	if (request->vmi->launch_security != NULL) {
		planned.security = strdup(request->vmi->launch_security);
		planned.tee = lsec_tee_find(request->vmi->launch_security);
		if (planned.security == NULL)
			return lsec_problem_no_memory(problems);
	}
	struct lsec_settings settings LSEC_CLEANUP(lsec_settings_clear) = {0};
	struct lsec_asked asked;
	enum lsec_tee tee = planned.tee;
	lsec_settings_ask(request, &asked, problems);
	if (request->vmi->annotation_count > 0)
		lsec_settings_tee(request, &asked, &planned, &tee, problems);
	if (tee != LSEC_TEE_NONE)
		lsec_settings_resolve(request, &asked, tee, NULL, &settings, problems);
	if (lsec_problems_any(problems))
		return -1;
	if (tee != LSEC_TEE_NONE)
		lsec_host_verdict(request->host, tee, wants_usual_service(&settings), problems);
	if (lsec_problems_any(problems))
		return -1;
	*ret_tee = tee;
	return 0;
}
