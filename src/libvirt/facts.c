/* SPDX-License-Identifier: Apache-2.0 */
/* Versions as text, and the end of facts. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lsec_virt_version lsec_virt_version(uint32_t version)
{
	struct lsec_virt_version ret;
	snprintf(ret.text, sizeof(ret.text), "%u.%u.%u", version / 1000000, version / 1000 % 1000,
	         version % 1000);
	return ret;
}

bool lsec_virt_is_qemu(const struct lsec_virt_facts *facts)
{
	return strcmp(facts->driver, LSEC_VIRT_QEMU) == 0;
}

void lsec_virt_facts_clear(struct lsec_virt_facts *facts)
{
	if (facts == NULL)
		return;
	free(facts->driver);
	free(facts->no_capabilities);
	*facts = (struct lsec_virt_facts){0};
}
