/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves annotations, cluster defaults, the domain and the host to settings. */
#ifndef LAUNCHSEC_CORE_SETTINGS_H
#define LAUNCHSEC_CORE_SETTINGS_H

#include "annotations/value.h"
#include "domain/domain.h"
#include "launchsec/apply.h"

/*
 * The settings of a VM: for each key of its TEE the value and who chose it. After
 * lsec_settings_resolve(), firmware is LSEC_WORD_AUTO or a path, cbitpos and reduced-phys-bits are
 * numbers or not set, policy is always set.
 */
struct lsec_settings {
	enum lsec_tee tee;
	bool automatic; /* the TEE was chosen by the host's facts: `type: auto` */
	struct lsec_value of[LSEC_KEYS];
};

/* A request, and its VMI's annotations by key; NULL where there is none. */
struct lsec_asked {
	const struct lsec_request *request;
	const char *of[LSEC_KEYS];
	bool mistyped; /* there is a mistyped key that may be the type */
};

/* Whether the annotation `type` is exactly this word. */
bool lsec_asked_type_is(const struct lsec_asked *asked, const char *word);

/* Sorts the VMI's annotations by key; refuses unknown and forbidden ones. */
int lsec_settings_ask(const struct lsec_request *request, struct lsec_asked *ret,
                      struct lsec_problems *problems);

/*
 * Which TEE: the annotation's, the domain's, the host's or, where these name none, the VMI's.
 * `domain` is NULL where the domain could not be read. Returns 0 with *ret set, to LSEC_TEE_NONE
 * for `type: none`; or -1.
 */
int lsec_settings_tee(const struct lsec_asked *asked, const struct lsec_domain *domain,
                      enum lsec_tee *ret, struct lsec_problems *problems);

/*
 * Reads the values of `tee`, and fills in what was not asked for. `domain` may be NULL as above;
 * then nothing is taken from it. *ret is for lsec_settings_clear() in any case.
 */
int lsec_settings_resolve(const struct lsec_asked *asked, enum lsec_tee tee,
                          const struct lsec_domain *domain, struct lsec_settings *ret,
                          struct lsec_problems *problems);

/*
 * Whether TDX is configured through QEMU arguments instead of launchSecurity: with a quote
 * generation service that is not on a UNIX socket. In rule_qemu_arguments.c.
 */
bool lsec_by_arguments(const struct lsec_settings *settings);

/* The sentence that says who chose a value. Allocated. */
char *lsec_settings_reason(const struct lsec_value *value);

void lsec_settings_clear(struct lsec_settings *settings);

#endif
