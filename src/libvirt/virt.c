/* SPDX-License-Identifier: Apache-2.0 */
/* The two questions, each put to a worker of its own. */
#include "virt.h"

#include "answer.h"
#include "client.h"
#include "worker.h"

static int put(const struct lsec_virt *virt, const char *domain, struct lsec_buffer *ret,
               struct lsec_problems *problems)
{
	const struct lsec_client_question question = {virt->uri, domain};
	const struct lsec_worker worker = {virt->uri, lsec_client_work, &question, virt->seconds};
	return lsec_worker_run(&worker, ret, problems);
}

int lsec_virt_ask(const struct lsec_virt *virt, struct lsec_virt_facts *ret,
                  struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer answer = {0};
	if (put(virt, NULL, &answer, problems) < 0)
		return -1;
	return lsec_virt_answer_facts(virt->uri, &answer, ret, problems);
}

int lsec_virt_try(const struct lsec_virt *virt, const char *domain, char **ret_refusal,
                  struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer answer = {0};
	if (put(virt, domain, &answer, problems) < 0)
		return -1;
	return lsec_virt_answer_refusal(virt->uri, &answer, ret_refusal, problems);
}
