/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quote generation service in another spelling than stock libvirt's: Ubuntu's TDX templates have
 * <SocketAddress type='vsock' …/> in <quoteGenerationService>, for a patched libvirt, older ones
 * <Quote-Generation-Service> or <quoteGenerationSocket>. libvirt ignores them all.
 */
#ifndef LAUNCHSEC_CORE_FOREIGN_QGS_H
#define LAUNCHSEC_CORE_FOREIGN_QGS_H

#include "settings.h"

/* Whether an element or attribute of that name is one, or libvirt's own. */
bool lsec_is_foreign_qgs(const char *name);

/* Whether libvirt's own element has more than it reads: a path. */
bool lsec_foreign_qgs_inside(const xmlNode *service);

/* Whether such elements are removed, since an annotation or the cluster sets the service. */
bool lsec_foreign_qgs_removed(const struct lsec_settings *settings);

/* The value of the annotation qgs for the service that an element sets, allocated; NULL where it
 * cannot be read. */
char *lsec_foreign_qgs_value(const xmlNode *element);

#endif
