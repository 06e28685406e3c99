/* SPDX-License-Identifier: Apache-2.0 */
/* CPU models that SEV-SNP guests can and cannot have. */
#ifndef LAUNCHSEC_CORE_CPU_MODELS_H
#define LAUNCHSEC_CORE_CPU_MODELS_H

#include "settings.h"

/* Whether no SEV-SNP guest starts with a named model of QEMU, with or without its version (EPYC,
 * EPYC-v3). A model that is not known here may be newer: false. */
bool lsec_cpu_lacks_snp(const char *model);

/*
 * The name that a misspelt model was probably meant to have, with the version that it has: one of
 * QEMU's x86 models, host-passthrough or host-model. NULL for a name that is known, and for one
 * that is not near any: lists grow. To be freed.
 */
char *lsec_cpu_model_near(const char *model);

/* Warns at `place` of a model with which no SEV-SNP guest starts. */
void lsec_warn_cpu_model(const char *place, const char *model, struct lsec_report *report);

/* Warns of such a model, and of a CPU that differs from node to node beside an ID block. */
void lsec_warn_cpu(const struct lsec_settings *settings, const struct lsec_domain *domain,
                   struct lsec_report *report);

#endif
