/* SPDX-License-Identifier: Apache-2.0 */
/* lsec_check_vmi(), and the settings that it settled. */
#ifndef LAUNCHSEC_CORE_CHECK_VMI_H
#define LAUNCHSEC_CORE_CHECK_VMI_H

#include "launchsec/check.h"
#include "settings.h"

/* What annotations ask for. */
struct lsec_plan {
	unsigned tees;                 /* as lsec_check_vmi() returns them */
	struct lsec_settings settings; /* of the one TEE; empty where it is not one */
};

/* lsec_check_vmi(). *ret is for lsec_plan_clear() in any case. */
int lsec_plan_vmi(const struct lsec_vmi *vmi, const struct lsec_expected *expected,
                  struct lsec_plan *ret, struct lsec_report *report,
                  struct lsec_problems *problems);

void lsec_plan_clear(struct lsec_plan *plan);

/* Maps a place in the domain, as warnings have it, to the place in the manifest's VMI; other places
 * stay. */
const char *lsec_place_in_manifest(const char *place);

#endif
